"""A person or desk that can be reached."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from chassis.kernel.aggregate import Aggregate
from chassis.kernel.errors import Conflict
from notifier.domain.channel import Channel
from notifier.domain.consent import Matter
from notifier.domain.language import Language


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

    `phone` is E.164 with plus, or empty where WhatsApp told only its user id. `available` is what an operator said of
    duty, `on_duty` what holds: where a roster decides (`rostered`), its word. A `deleted` one stays for the counts.
    """

    phone: str = ""
    whatsapp_id: str = ""
    name: str = ""
    grants: frozenset[Grant] = frozenset()
    preferred: Channel = Channel.SMS
    on_duty: bool = True
    opted_out: bool = False
    applied_for: Grant | None = field(default=None)
    applied_at: datetime | None = None
    language: Language = Language.INDONESIAN
    whatsapp_opted_in: bool = False
    available: bool = True
    rostered: bool = False
    deleted: bool = False

    def state(self) -> None:
        """Tell the others what they may know."""
        self.restate(ContactStated(self.id, tuple(sorted(self.grants)), self.on_duty))

    def learn(
        self, name: str, grant: Grant | None, preferred: Channel | None, language: Language | None = None
    ) -> bool:
        """Take in a row about this person; say whether anything was new."""
        before = (self.name, self.grants, self.preferred, self.language)
        self.name = name or self.name
        self.preferred = preferred or self.preferred
        self.language = language or self.language
        if grant is not None and grant not in self.grants:
            self.grants |= {grant}
            self.state()
        changed = before != (self.name, self.grants, self.preferred, self.language)
        if changed:
            self.record(ContactNoted(self.id))
        return changed

    def revoke(self, grant: Grant) -> None:
        """Take a role away; one that is not held is no error."""
        if grant in self.grants:
            self.grants -= {grant}
            self.state()

    def set_duty(self, *, on_duty: bool) -> None:
        """Go on or off duty. Where a roster decides, this holds once it does not any more."""
        if self.available != on_duty:
            self.available = on_duty
            self.record(ContactNoted(self.id))
        if not self.rostered:
            self._be_on_duty(on_duty=on_duty)

    def follow_roster(self, *, on_duty: bool | None) -> None:
        """Be on duty as the rosters say; None: no roster decides about this contact now."""
        rostered = on_duty is not None
        if self.rostered != rostered:
            self.rostered = rostered
            self.record(ContactNoted(self.id))
        self._be_on_duty(on_duty=self.available if on_duty is None else on_duty)

    def _be_on_duty(self, *, on_duty: bool) -> None:
        if self.on_duty != on_duty:
            self.on_duty = on_duty
            self.state()

    def agree(self, what: Matter, *, given: bool) -> None:
        """Want something from now on, or not any more."""
        if what is Matter.ROUTINE:
            self.opted_out = not given
        else:
            self.whatsapp_opted_in = given
        self.record(ContactNoted(self.id))

    def agrees(self, what: Matter) -> bool:
        """Whether it is wanted now."""
        return not self.opted_out if what is Matter.ROUTINE else self.whatsapp_opted_in

    def speak(self, language: Language) -> None:
        """Be written to in this language where a text exists in it."""
        if self.language is not language:
            self.language = language
            self.record(ContactNoted(self.id))

    def wrote_as(self, phone: str, user_id: str) -> None:
        """Remember the phone of somebody known by WhatsApp user id, or the id of somebody known by phone."""
        before = (self.phone, self.whatsapp_id)
        self.phone, self.whatsapp_id = self.phone or phone, self.whatsapp_id or user_id
        if before != (self.phone, self.whatsapp_id):
            self.record(ContactNoted(self.id))

    def answer_by(self, phone: str) -> None:
        """Be written to at this number."""
        self.phone = phone
        self.record(ContactNoted(self.id))

    def give_numbers_up(self) -> None:
        """The phone is somebody else's, and with it the WhatsApp account."""
        self.phone, self.whatsapp_id = "", ""
        self.record(ContactNoted(self.id))

    def apply(self, name: str, grant: Grant, at: datetime) -> None:
        """DAFTAR: ask for a role, for an operator to approve."""
        self.name = self.name or name
        self.applied_for, self.applied_at = grant, at
        self.record(ContactNoted(self.id))

    def approve(self, grant: Grant) -> bool:
        """Give what was applied for; False when that was done before. Raises Conflict: it asks for something else."""
        if self.applied_for != grant:
            if grant in self.grants:
                return False
            raise self._asks_for_something_else()
        self.applied_for = self.applied_at = None
        self.grants |= {grant}
        self.state()
        return True

    def refuse(self, grant: Grant) -> bool:
        """Turn the application down; False when that was done before. Raises Conflict: approved, or another asked."""
        if self.applied_for != grant:
            if self.applied_for is None and grant not in self.grants:
                return False
            raise self._asks_for_something_else()
        self.applied_for = self.applied_at = None
        self.record(ContactNoted(self.id))
        return True

    def _asks_for_something_else(self) -> Conflict:
        now = str(self.applied_for) if self.applied_for else "tidak ada"
        return Conflict("grant", "not_applied_for", f"pendaftaran kontak ini sekarang: {now}")

    def delete(self) -> None:
        """Forget who it was: no name, numbers, roles and wishes."""
        self.deleted = True
        self.phone = self.whatsapp_id = self.name = ""
        self.grants, self.applied_for, self.applied_at = frozenset(), None, None
        self.opted_out, self.whatsapp_opted_in, self.language = True, False, Language.INDONESIAN
        self.on_duty = self.available = self.rostered = False
        self.state()
