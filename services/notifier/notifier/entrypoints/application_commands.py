"""Applications for roles (DAFTAR): the operator's list and answers."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from chassis.kernel.work import Work
from kentongan.notifier.v1 import contact_changes_pb2 as pb
from notifier.application.applications import Telling, Verdict, approve, refuse
from notifier.domain.contact import Grant
from notifier.entrypoints.bureau import Bureau, asked, operator
from notifier.entrypoints.shown import application_shown

DEFAULT_PAGE = 100
Asked = pb.ApproveApplicationRequest | pb.RefuseApplicationRequest


class ApplicationCommands:
    """Part of the ContactService."""

    _bureau: Bureau

    async def ListApplications(
        self, request: pb.ListApplicationsRequest, context: Any
    ) -> pb.ListApplicationsResponse:
        """Give those that wait, the oldest first."""
        found, token = await self._bureau.people.applications(request.page_token, request.page_size or DEFAULT_PAGE)
        return pb.ListApplicationsResponse(
            applications=[application_shown(contact) for contact in found], next_page_token=token
        )

    async def ApproveApplication(
        self, request: pb.ApproveApplicationRequest, context: Any
    ) -> pb.ApproveApplicationResponse:
        """Give the role and tell the person."""
        answer = self._answering(request, approve)

        async def handle(work: Work) -> pb.ApproveApplicationResponse:
            return pb.ApproveApplicationResponse(changed=await answer(work))

        return await self._bureau.once(
            request, pb.ApproveApplicationResponse, handle, *asked(UUID(request.contact_id))
        )

    async def RefuseApplication(
        self, request: pb.RefuseApplicationRequest, context: Any
    ) -> pb.RefuseApplicationResponse:
        """Turn it down and tell the person."""
        answer = self._answering(request, refuse)

        async def handle(work: Work) -> pb.RefuseApplicationResponse:
            return pb.RefuseApplicationResponse(changed=await answer(work))

        return await self._bureau.once(
            request, pb.RefuseApplicationResponse, handle, *asked(UUID(request.contact_id))
        )

    def _answering(
        self, request: Asked, do: Callable[[Verdict, Work, Telling], Awaitable[bool]]
    ) -> Callable[[Work], Awaitable[bool]]:
        command = Verdict(UUID(request.contact_id), Grant(request.grant.role, request.grant.place), operator())
        telling = Telling(self._bureau.seal, self._bureau.place_name)

        async def answer(work: Work) -> bool:
            return await do(command, work, telling)

        return answer
