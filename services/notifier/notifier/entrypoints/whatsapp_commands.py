"""The operator's questions and commands about the WhatsApp account, over gRPC."""

from collections.abc import Sequence
from typing import Any, Protocol

from kentongan.notifier.v1 import whatsapp_service_pb2 as pb
from kentongan.notifier.v1 import whatsapp_service_pb2_grpc as rpc
from wire.times import stamp


class Account(Protocol):
    """The account (`adapters.whatsapp.account`)."""

    async def view(self) -> Any:
        """Its state as the table has it."""

    def compare(self) -> Sequence[Any]:
        """The region pack's templates beside the account's."""

    async def read(self) -> str:
        """Ask the account; gives what went wrong."""

    async def submit(self, names: Sequence[str]) -> Sequence[Any]:
        """Hand templates in. Raises Reject, Conflict."""


class WhatsAppService(rpc.WhatsAppServiceServicer):
    """WhatsAppService of the contract."""

    def __init__(self, account: Account) -> None:
        self._account = account

    async def GetWhatsAppAccount(
        self, _request: pb.GetWhatsAppAccountRequest, _context: Any
    ) -> pb.GetWhatsAppAccountResponse:
        """Tell the account's state."""
        found = await self._account.view()
        return pb.GetWhatsAppAccountResponse(
            tier=found.tier,
            tier_told=found.tier_told,
            people_left=found.people_left,
            quality=found.quality,
            rests_until=stamp(found.rests_until),
            rests_why=found.rests_why,
            problem=found.problem,
        )

    async def ListWhatsAppTemplates(
        self, request: pb.ListWhatsAppTemplatesRequest, _context: Any
    ) -> pb.ListWhatsAppTemplatesResponse:
        """List the templates."""
        if request.sync:
            await self._account.read()
        found = await self._account.view()
        templates = [_template(one) for one in self._account.compare()]
        return pb.ListWhatsAppTemplatesResponse(
            templates=templates, read_at=stamp(found.templates_at), problem=found.problem
        )

    async def SubmitWhatsAppTemplates(
        self, request: pb.SubmitWhatsAppTemplatesRequest, _context: Any
    ) -> pb.SubmitWhatsAppTemplatesResponse:
        """Create what is missing."""
        done = await self._account.submit(request.names)
        return pb.SubmitWhatsAppTemplatesResponse(
            templates=[
                pb.SubmittedWhatsAppTemplate(name=o.name, language=o.language, status=o.status, problem=o.problem)
                for o in done
            ]
        )


def _template(one: Any) -> pb.WhatsAppTemplate:
    told = pb.WhatsAppTemplate(
        name=one.name, language=one.language, wanted=one.wanted is not None, differences=one.differences
    )
    if one.known is not None:
        told.status, told.category, told.quality = one.known.status, one.known.category, one.known.quality
        told.reason = one.known.reason
    return told
