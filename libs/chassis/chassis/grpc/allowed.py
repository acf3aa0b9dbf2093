"""Who may call which method: the contract says so, in a method option that is read from the descriptors.

The option is found by its name, so that the chassis imports no contract. It is a message with `roles` (one is
enough) and `anyone` (no token needed). A method without it may be called by nobody.
"""

from dataclasses import dataclass
from typing import Any

from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.descriptor_pool import Default, DescriptorPool

OPTION = "kentongan.rules.v1.allowed"


@dataclass(frozen=True, slots=True)
class Allowed:
    """Who may call a method."""

    roles: frozenset[str] = frozenset()
    anyone: bool = False


NOBODY = Allowed()
ANYONE = Allowed(anyone=True)
OPEN_SERVICES = ("grpc.health.", "grpc.reflection.")
"""Services of gRPC itself, without personal data: probes have no token."""


def allowed(path: str, pool: DescriptorPool | None = None, option: str = OPTION) -> Allowed:
    """Read who may call the method at `path` (`/package.Service/Method`). NOBODY when nothing says so."""
    service, _, name = path.lstrip("/").partition("/")
    if service.startswith(OPEN_SERVICES):
        return ANYONE
    pool = pool or Default()
    try:
        found = pool.FindServiceByName(service).methods_by_name.get(name)
        return _option(found, pool, option) if found else NOBODY
    except KeyError:
        return NOBODY


def _option(found: MethodDescriptor, pool: DescriptorPool, option: str) -> Allowed:
    extension: Any = pool.FindExtensionByName(option)  # the stubs know only extensions generated beforehand
    options = found.GetOptions()
    if not options.HasExtension(extension):
        return NOBODY
    said: Any = options.Extensions[extension]
    return Allowed(frozenset(said.roles), said.anyone)
