"""An operator's changes to one contact: its phones, language and consents."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar
from uuid import UUID

from chassis.kernel.errors import NotFound
from chassis.kernel.work import Work
from kentongan.notifier.v1 import contact_changes_pb2 as pb
from notifier.application.consents import SetConsent, set_consent
from notifier.application.contacts import set_language
from notifier.application.phones import PhoneOf, add_phone, make_first, phones_of, remove_phone
from notifier.domain.consent import BY_OPERATOR, Matter
from notifier.domain.contact import Contact
from notifier.domain.language import Language
from notifier.entrypoints.bureau import Bureau, asked, operator
from notifier.entrypoints.shown import consent_shown

R = TypeVar("R", pb.AddPhoneResponse, pb.RemovePhoneResponse, pb.MakePhoneFirstResponse)


class PhoneCommands:
    """Part of the ContactService."""

    _bureau: Bureau

    async def AddPhone(self, request: pb.AddPhoneRequest, context: Any) -> pb.AddPhoneResponse:
        """Let the contact write from another phone."""
        return await self._change(request, pb.AddPhoneResponse, add_phone)

    async def RemovePhone(self, request: pb.RemovePhoneRequest, context: Any) -> pb.RemovePhoneResponse:
        """Take a phone away."""
        return await self._change(request, pb.RemovePhoneResponse, remove_phone)

    async def MakePhoneFirst(self, request: pb.MakePhoneFirstRequest, context: Any) -> pb.MakePhoneFirstResponse:
        """Write to this phone from now on."""

        async def change(command: PhoneOf, work: Work) -> Contact:
            return await make_first(command, self._bureau.digest, work)

        return await self._change(request, pb.MakePhoneFirstResponse, change)

    async def SetLanguage(self, request: pb.SetLanguageRequest, context: Any) -> pb.SetLanguageResponse:
        """Choose the language."""

        async def handle(work: Work) -> pb.SetLanguageResponse:
            contact = await set_language(UUID(request.contact_id), Language(request.language), work)
            return pb.SetLanguageResponse(language=contact.language.value)

        return await self._bureau.once(request, pb.SetLanguageResponse, handle)

    async def SetConsent(self, request: pb.SetConsentRequest, context: Any) -> pb.SetConsentResponse:
        """Write down what was agreed to."""
        source = f"{BY_OPERATOR}:{operator()}"
        command = SetConsent(UUID(request.contact_id), Matter(request.what), request.given, source)

        async def handle(work: Work) -> pb.SetConsentResponse:
            await set_consent(command, work)
            return pb.SetConsentResponse()

        return await self._bureau.once(request, pb.SetConsentResponse, handle)

    async def ListConsents(self, request: pb.ListConsentsRequest, context: Any) -> pb.ListConsentsResponse:
        """Give what was agreed to."""
        contact = UUID(request.contact_id)
        if await self._bureau.people.by_id(contact) is None:
            raise NotFound("contact_id", "tidak ada kontak dengan id ini")
        said = await self._bureau.people.consents(contact)
        return pb.ListConsentsResponse(consents=[consent_shown(one) for one in said])

    async def _change(
        self,
        request: pb.AddPhoneRequest | pb.RemovePhoneRequest | pb.MakePhoneFirstRequest,
        answer: type[R],
        change: Callable[[PhoneOf, Work], Awaitable[Contact]],
    ) -> R:
        command = PhoneOf(UUID(request.contact_id), self._bureau.phone(request.phone))

        async def handle(work: Work) -> R:
            return answer(phones=await phones_of(await change(command, work), work))

        return await self._bureau.once(request, answer, handle, *asked(command.contact, command.phone))
