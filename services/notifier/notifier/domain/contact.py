"""A person or desk that can be reached."""

from dataclasses import dataclass, field
from uuid import UUID

from chassis.kernel.aggregate import Aggregate
from notifier.domain.channel import Channel


@dataclass(frozen=True, slots=True, order=True)
class Grant:
    """A role held at a place."""

    role: str
    place: str

    def __str__(self) -> str:
        """As in a token: midwife@33.17.09.2004."""
        return f"{self.role}@{self.place}"

    @classmethod
    def read(cls, text: str) -> "Grant":
        """Read what `str` gave."""
        role, _, place = text.partition("@")
        return cls(role, place)


@dataclass(frozen=True, slots=True)
class ContactStated:
    """The contact is new or what others may know of it changed."""

    contact: UUID
    grants: tuple[Grant, ...]
    on_duty: bool


@dataclass(frozen=True, slots=True)
class ContactNoted:
    """Something about the contact changed that is nobody else's business."""

    contact: UUID


@dataclass(slots=True, eq=False)
class Contact(Aggregate):
    """A person or desk. Everybody who ever wrote is one; strangers have no grants.

    `phone` is E.164 with plus, or empty where WhatsApp told only its user id.
    """

    phone: str = ""
    whatsapp_id: str = ""
    name: str = ""
    grants: frozenset[Grant] = frozenset()
    preferred: Channel = Channel.SMS
    on_duty: bool = True
    opted_out: bool = False
    applied_for: Grant | None = field(default=None)

    def state(self) -> None:
        """Tell the others what they may know."""
        self.record(ContactStated(self.id, tuple(sorted(self.grants)), self.on_duty))

    def learn(self, name: str, grant: Grant | None, preferred: Channel | None) -> bool:
        """Take in a row about this person; say whether anything was new."""
        before = (self.name, self.grants, self.preferred)
        self.name = name or self.name
        self.preferred = preferred or self.preferred
        if grant is not None and grant not in self.grants:
            self.grants |= {grant}
            self.state()
        changed = before != (self.name, self.grants, self.preferred)
        if changed:
            self.record(ContactNoted(self.id))
        return changed

    def revoke(self, grant: Grant) -> None:
        """Take a role away; one that is not held is no error."""
        if grant in self.grants:
            self.grants -= {grant}
            self.state()

    def set_duty(self, *, on_duty: bool) -> None:
        """Go on or off duty."""
        if self.on_duty != on_duty:
            self.on_duty = on_duty
            self.state()

    def opt(self, *, out: bool) -> None:
        """STOP and MULAI: whether routine messages are wanted."""
        self.opted_out = out
        self.record(ContactNoted(self.id))

    def wrote_as(self, phone: str, user_id: str) -> None:
        """Remember the phone of somebody known by WhatsApp user id, or the id of somebody known by phone."""
        before = (self.phone, self.whatsapp_id)
        self.phone, self.whatsapp_id = self.phone or phone, self.whatsapp_id or user_id
        if before != (self.phone, self.whatsapp_id):
            self.record(ContactNoted(self.id))

    def apply(self, name: str, grant: Grant) -> None:
        """DAFTAR: ask for a role, for an operator to approve."""
        self.name = self.name or name
        self.applied_for = grant
        self.record(ContactNoted(self.id))
