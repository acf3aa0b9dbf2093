"""Finds methods by what the services say about themselves (gRPC reflection)."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import grpc
from google.protobuf import json_format
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message_factory import GetMessageClass
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase

from operator_cli.channels import TIMEOUT_S
from operator_cli.errors import CliError

_OWN = "grpc."  # services of gRPC itself


@dataclass(frozen=True, slots=True)
class Method:
    """A method of a running service."""

    descriptor: MethodDescriptor
    pool: DescriptorPool

    @property
    def service(self) -> str:
        """Full name of its service."""
        return str(self.descriptor.containing_service.full_name)

    @property
    def path(self) -> str:
        """The path gRPC calls it by."""
        return f"/{self.service}/{self.descriptor.name}"

    @property
    def fields(self) -> str:
        """The fields of its request, by name."""
        return ", ".join(field.name for field in self.descriptor.input_type.fields)

    def request(self, text: str) -> Any:
        """Read a request from JSON. Raises CliError."""
        message = GetMessageClass(self.descriptor.input_type)()
        try:
            return json_format.Parse(text or "{}", message, descriptor_pool=self.pool)
        except json_format.ParseError as error:
            said = f"{error}; isian {self.descriptor.name}: {self.fields}"
            raise CliError(f"JSON tidak cocok: {said}", "BAD_JSON") from None

    def call(
        self, channel: grpc.Channel, request: Any, metadata: tuple[tuple[str, str], ...]
    ) -> Iterator[dict[str, Any]]:
        """Call it and give its answers, one or many, as JSON's objects."""
        answer_class = GetMessageClass(self.descriptor.output_type)
        multi: Any = channel.stream_stream if self.descriptor.client_streaming else channel.unary_stream
        callee = multi(self.path, lambda message: message.SerializeToString(), answer_class.FromString)
        given = iter([request]) if self.descriptor.client_streaming else request
        for answer in callee(given, metadata=metadata, timeout=TIMEOUT_S):
            yield json_format.MessageToDict(
                answer,
                preserving_proto_field_name=True,
                always_print_fields_with_no_presence=True,
                descriptor_pool=self.pool,
            )


def methods(channel: grpc.Channel) -> list[Method]:
    """Every method that the service behind the channel serves."""
    database = ProtoReflectionDescriptorDatabase(channel)
    pool = DescriptorPool(database)
    names = [name for name in database.get_services() if not name.startswith(_OWN)]
    return [Method(each, pool) for name in names for each in pool.FindServiceByName(name).methods]


def find(found: list[Method], service: str | None, name: str) -> Method:
    """The method of this name, of any service or of the one named shortly or in full. Raises CliError."""
    fits = [each for each in found if each.descriptor.name == name and _is(each.service, service)]
    if len(fits) == 1:
        return fits[0]
    if fits:
        choices = ", ".join(each.path.lstrip("/") for each in fits)
        raise CliError(f"{name} ada di beberapa layanan; pilih: {choices}", "AMBIGUOUS")
    known = ", ".join(sorted(each.descriptor.name for each in found if _is(each.service, service)))
    raise CliError(f"tidak ada perintah {name}; yang ada: {known or '-'}", "NO_METHOD")


def _is(full: str, wanted: str | None) -> bool:
    return wanted is None or wanted in {full, full.rpartition(".")[2]}
