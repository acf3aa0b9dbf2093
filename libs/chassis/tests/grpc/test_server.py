"""What the server brings besides the methods."""

import grpc
import pytest
from bell_server import CONTACT, Bell, Ringer, pb, rpc
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

from chassis.auth.grants import Caller, Grant
from chassis.auth.tokens import Verifier
from chassis.grpc import CannotListenError, GrpcServer, idempotent
from chassis.grpc.caller import CALLER, METHOD
from chassis.settings import Address


async def test_health_answers_without_a_token_and_follows_readiness(bell: Ringer):
    stub = health_pb2_grpc.HealthStub(bell.channel)
    assert (await stub.Check(health_pb2.HealthCheckRequest())).status == health_pb2.HealthCheckResponse.SERVING
    await bell.server.set_ready(ready=False)
    assert (await stub.Check(health_pb2.HealthCheckRequest())).status == health_pb2.HealthCheckResponse.NOT_SERVING


async def test_reflection_lists_the_services(bell: Ringer):
    stub = reflection_pb2_grpc.ServerReflectionStub(bell.channel)
    asked = reflection_pb2.ServerReflectionRequest(list_services="")
    answers = [each async for each in stub.ServerReflectionInfo(iter([asked]))]
    names = {each.name for each in answers[0].list_services_response.service}
    assert {"kentongan.bell.v1.BellService", "grpc.health.v1.Health"} <= names


async def test_a_taken_port_is_said_in_one_line(bell: Ringer):
    key = grpc.ssl_server_credentials([(b"", b"")])
    taken = Address("localhost", bell.server.port)
    second = GrpcServer([(rpc.add_BellServiceServicer_to_server, Bell())], taken, key, Verifier({"keys": []}))
    with pytest.raises(CannotListenError, match=rf"cannot listen on localhost:{bell.server.port}: "):
        await second.start()


def test_the_same_request_of_the_same_caller_has_the_same_idempotency():
    def of(contact: int, word: str) -> tuple[str, str, bytes]:
        CALLER.set(Caller(CONTACT.__class__(int=contact), frozenset({Grant("midwife", "33.17")})))
        METHOD.set("/kentongan.bell.v1.BellService/Ring")
        made = idempotent(pb.RingRequest(idempotency_key="12345678", word=word), pb.RingResponse)
        answer = pb.RingResponse(heard="x")
        assert made.load(made.dump(answer)) == answer
        return made.key, made.method, made.digest

    assert of(1, "a") == of(1, "a")
    assert of(1, "a")[:2] == of(1, "b")[:2]
    assert of(1, "a")[2] != of(1, "b")[2]
    assert of(1, "a")[0] != of(2, "a")[0]
