"""Did it reach somebody, over gRPC: who asked and who was shown is noted before anything is answered."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from chassis.grpc import caller
from chassis.kernel.clock import Clock
from chassis.kernel.errors import NotFound
from kentongan.common.v1 import place_pb2
from kentongan.notifier.v1 import channel_pb2
from kentongan.notifier.v1 import people_service_pb2 as pb
from kentongan.notifier.v1 import people_service_pb2_grpc as rpc
from notifier.application.contacts import Address
from notifier.application.find_people import Asked, Histories, Names, PersonDelivery, Register, find_people
from notifier.application.looks import Look, Looks, What
from notifier.domain.contact import Contact
from notifier.domain.names import masked_name, masked_phone
from notifier.domain.reasons import in_words
from notifier.domain.timeline import Step
from notifier.entrypoints.operator_queries import LANES, STATES
from wire.alerts import CHANNELS
from wire.times import stamp

MOST_FOUND, DELIVERIES, LOOKS = 20, 10, 50  # where the caller does not say
LOOKS_BACK = timedelta(days=30)


class PeopleService(rpc.PeopleServiceServicer):
    """PeopleService of the contract. `address` reads a phone as people write it."""

    def __init__(
        self,
        register: Register,
        names: Names,
        histories: Histories,
        looks: Looks,
        address: Callable[[str], Address | None],
        clock: Clock,
    ) -> None:
        self._register, self._names, self._histories = register, names, histories
        self._looks, self._address, self._clock = looks, address, clock

    async def SearchPeople(self, request: pb.SearchPeopleRequest, _context: Any) -> pb.SearchPeopleResponse:  # noqa: N802 - the contract's name
        """Find people by name or phone."""
        asked = Asked(request.query, request.role, request.place, request.limit or MOST_FOUND)
        found = await find_people(asked, self._register, self._names, self._address)
        await self._note(What.SEARCH, [one.id for one in found.people], request.query)
        return pb.SearchPeopleResponse(people=[_person(one) for one in found.people], more=found.more)

    async def GetPerson(self, request: pb.GetPersonRequest, _context: Any) -> pb.GetPersonResponse:  # noqa: N802 - as above
        """Give the last messages to somebody."""
        contact = UUID(request.contact_id)
        person = await self._register.by_id(contact)
        if person is None:
            raise NotFound("contact_id")
        await self._note(What.SHOW, [contact], request.alert_id)
        alert = UUID(request.alert_id) if request.alert_id else None
        since = self._clock.now() - LOOKS_BACK
        deliveries = await self._histories.latest(contact, alert, since, request.limit or DELIVERIES)
        return pb.GetPersonResponse(person=_person(person), deliveries=[_delivery(one) for one in deliveries])

    async def ListLooks(self, request: pb.ListLooksRequest, _context: Any) -> pb.ListLooksResponse:  # noqa: N802 - as above
        """List who looked at whom."""
        about = UUID(request.about) if request.about else None
        found = await self._looks.latest(about, request.limit or LOOKS)
        return pb.ListLooksResponse(looks=[_look(one) for one in found])

    async def _note(self, what: What, about: Sequence[UUID], asked: str) -> None:
        await self._looks.note(Look(caller().contact_id, what, tuple(about), self._clock.now()), asked)


def _person(contact: Contact) -> pb.Person:
    return pb.Person(
        contact_id=str(contact.id),
        masked_name=masked_name(contact.name),
        masked_phone=masked_phone(contact.phone),
        grants=[place_pb2.Grant(role=grant.role, place=grant.place) for grant in sorted(contact.grants)],
        channel=CHANNELS[contact.preferred],
        on_duty=contact.on_duty,
        opted_out=contact.opted_out,
    )


def _delivery(one: PersonDelivery) -> pb.PersonDelivery:
    return pb.PersonDelivery(
        delivery_id=str(one.id),
        alert_id=str(one.alert),
        template=one.template,
        lane=LANES[one.lane],
        state=STATES[one.state],
        tries=one.tries,
        steps=[_step(step) for step in one.steps],
    )


def _step(step: Step) -> pb.DeliveryStep:
    return pb.DeliveryStep(
        at=stamp(step.at),
        what=step.what,
        channel=CHANNELS[step.channel] if step.channel else channel_pb2.CHANNEL_UNSPECIFIED,
        carrier=step.carrier,
        reason=step.reason,
        reason_words=in_words(step.reason),
    )


def _look(one: Look) -> pb.Look:
    return pb.Look(
        at=stamp(one.at), reader_id=str(one.reader), what=one.what.value, about=[str(each) for each in one.about]
    )
