"""The gRPC server and the gate before its methods (see README.md)."""

from chassis.grpc.caller import caller, method
from chassis.grpc.idempotency import idempotent
from chassis.grpc.server import CannotListenError, GrpcServer, server_credentials

__all__ = ["CannotListenError", "GrpcServer", "caller", "idempotent", "method", "server_credentials"]
