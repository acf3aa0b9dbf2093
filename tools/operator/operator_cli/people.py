"""Asks the notifier who a phone belongs to."""

from datetime import timedelta
from uuid import UUID

import grpc

from chassis.auth.grants import Grant
from kentongan.notifier.v1 import contacts_service_pb2 as pb
from kentongan.notifier.v1.contacts_service_pb2_grpc import ContactServiceStub
from operator_cli.channels import TIMEOUT_S, bearer, connected
from operator_cli.errors import CliError, from_grpc
from operator_cli.home import Home
from operator_cli.identity import operator_token, sign


def contact_of(home: Home, phone: str) -> pb.Contact:
    """The contact with this phone. Raises CliError."""
    with connected(home, "notifier") as channel:
        request = pb.FindContactRequest(phone=phone)
        try:
            answer = ContactServiceStub(channel).FindContact(
                request, metadata=bearer(operator_token(home)), timeout=TIMEOUT_S
            )
        except grpc.RpcError as error:
            if from_grpc(error).code == "NOT_FOUND":
                raise CliError(f"tidak ada kontak dengan nomor {phone}", "NOT_FOUND") from None
            raise
    return answer.contact


def token_of(home: Home, phone: str, lifetime: timedelta) -> str:
    """A token of the contact with this phone. Raises CliError."""
    contact = contact_of(home, phone)
    grants = [Grant(grant.role, grant.place) for grant in contact.grants]
    return sign(home, UUID(contact.contact_id), grants, lifetime)
