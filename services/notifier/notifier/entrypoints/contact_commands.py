"""The operator's commands and queries about contacts, over gRPC."""

from typing import Any
from uuid import UUID

from chassis.kernel.clock import Clock
from chassis.kernel.errors import NotFound
from chassis.kernel.work import Work
from kentongan.notifier.v1 import contact_changes_pb2
from kentongan.notifier.v1 import contacts_service_pb2 as pb
from kentongan.notifier.v1 import contacts_service_pb2_grpc as rpc
from notifier.application.contacts import revoke_grant, set_duty
from notifier.application.delete_contact import DeleteContact, delete_contact
from notifier.application.looks import Look, Looks, What
from notifier.application.phones import phones_of
from notifier.domain.contact import Contact, Grant
from notifier.entrypoints.application_commands import ApplicationCommands
from notifier.entrypoints.bureau import Bureau, asked, operator
from notifier.entrypoints.import_commands import ImportCommands
from notifier.entrypoints.phone_commands import PhoneCommands
from notifier.entrypoints.shown import contact_shown


class ContactService(ImportCommands, PhoneCommands, ApplicationCommands, rpc.ContactServiceServicer):
    """ContactService of the contract."""

    def __init__(self, bureau: Bureau, looks: Looks, clock: Clock) -> None:
        self._bureau, self._looks, self._clock = bureau, looks, clock

    async def FindContact(self, request: pb.FindContactRequest, context: Any) -> pb.FindContactResponse:
        """Find a contact by any of its phones."""
        found = await self._bureau.people.by_phone(self._bureau.phone(request.phone).digest)
        await self._note(What.FIND, found, request.phone)
        return pb.FindContactResponse(contact=await self._shown(found))

    async def GetContact(self, request: pb.GetContactRequest, context: Any) -> pb.GetContactResponse:
        """Give a contact by id."""
        found = await self._bureau.people.by_id(UUID(request.contact_id))
        await self._note(What.GET, found)
        return pb.GetContactResponse(contact=await self._shown(found))

    async def SetDuty(self, request: pb.SetDutyRequest, context: Any) -> pb.SetDutyResponse:
        """Put a contact on or off duty."""
        id_ = UUID(request.contact_id)

        async def handle(work: Work) -> pb.SetDutyResponse:
            return pb.SetDutyResponse(contact=await _after(await set_duty(id_, request.on_duty, work), work))

        return await self._bureau.once(request, pb.SetDutyResponse, handle, *asked(id_))

    async def RevokeGrant(self, request: pb.RevokeGrantRequest, context: Any) -> pb.RevokeGrantResponse:
        """Take a contact's role at a place away."""
        id_, grant = UUID(request.contact_id), Grant(request.grant.role, request.grant.place)

        async def handle(work: Work) -> pb.RevokeGrantResponse:
            return pb.RevokeGrantResponse(contact=await _after(await revoke_grant(id_, grant, work), work))

        return await self._bureau.once(request, pb.RevokeGrantResponse, handle, *asked(id_))

    async def DeleteContact(
        self, request: contact_changes_pb2.DeleteContactRequest, context: Any
    ) -> contact_changes_pb2.DeleteContactResponse:
        """Forget a person."""
        command = DeleteContact(UUID(request.contact_id), operator(), request.reason)

        async def handle(work: Work) -> contact_changes_pb2.DeleteContactResponse:
            return contact_changes_pb2.DeleteContactResponse(changed=await delete_contact(command, work))

        answer = contact_changes_pb2.DeleteContactResponse
        return await self._bureau.once(request, answer, handle, *asked(command.contact))

    async def _note(self, what: What, found: Contact | None, asked: str = "") -> None:
        """Keep who looks at whom, before anything is shown."""
        about = (found.id,) if found else ()
        await self._looks.note(Look(operator(), what, about, self._clock.now()), asked)

    async def _shown(self, contact: Contact | None) -> pb.Contact:
        if contact is None:
            raise NotFound("contact")
        further = await self._bureau.people.further([contact.id])
        return contact_shown(contact, further.get(contact.id, ()))


async def _after(contact: Contact, work: Work) -> pb.Contact:
    """The contact as the running step leaves it."""
    phones = await phones_of(contact, work)
    return contact_shown(contact, phones[1:] if contact.phone else phones)
