"""All phones and what stands on their screens. Every change is kept in the journal before it is shown."""

import itertools
import time
from collections.abc import Callable
from typing import Any

from handset.journal import Journal
from handset.messages import Channel, Direction, Event, Message, Owed
from handset.people import Person
from handset.refusals import Refusals
from handset.stream import Stream

WINDOW = 24 * 3600.0
"""Seconds after a person's WhatsApp message in which free text may be sent to them."""


class Conversations:
    """The phones' memory."""

    def __init__(
        self,
        journal: Journal,
        stream: Stream,
        people: dict[str, Person],
        now: Callable[[], float] = time.time,
    ) -> None:
        self.people = people
        self.stream = stream
        self.refusals = Refusals(stream)
        self.now = now
        self._journal = journal
        self._messages: dict[int, Message] = {}
        self._by_phone: dict[str, list[Message]] = {}
        self._by_carrier: dict[str, Message] = {}
        self._ids = itertools.count(1)
        self._owed: dict[str, Owed] = {}
        self._parts: dict[str, dict[int, dict[str, Any]]] = {}
        self._window: dict[str, float] = {}
        self._restore()

    def _restore(self) -> None:
        apply: dict[str, Callable[[Any], object]] = {
            "message": lambda data: self._put(Message.from_json(data)),
            "changed": lambda data: self._alter(data["id"], data["fields"]),
            "event": lambda data: self._happened(data["id"], Event(**data["event"])),
            "owed": lambda data: self._owed.__setitem__(data["id"], Owed(**data)),
            "settled": lambda data: self._owed.pop(data, None),
            "told": self._restore_told,
            "part": lambda data: self._parts.setdefault(data["key"], {}).__setitem__(data["number"], data),
            "parts_done": lambda data: self._parts.pop(data, None),
            "cursor": lambda data: setattr(self, "_ids", itertools.count(data + 1)),
        }
        for kind, data in self._journal.read():
            apply[kind](data)

    def _restore_told(self, data: dict[str, Any]) -> None:
        self._owed.pop(data["owed"], None)
        self._happened(data["id"], Event(**data["event"]))

    def _put(self, message: Message) -> None:
        self._messages[message.id] = message
        self._by_phone.setdefault(message.phone, []).append(message)
        for carrier_id in message.carrier_ids:
            self._by_carrier[carrier_id] = message
        if message.direction == "sent" and message.channel == "whatsapp":
            self._window[message.phone] = message.at
        self._ids = itertools.count(message.id + 1)

    def _happened(self, message_id: int, event: Event) -> None:
        if (message := self._messages.get(message_id)) is not None:
            message.events.append(event)

    def _alter(self, message_id: int, fields: dict[str, Any]) -> None:
        message = self._messages.get(message_id)
        for name, value in fields.items():
            setattr(message, name, value)

    def add(self, phone: str, direction: Direction, channel: Channel, text: str, **more: Any) -> Message:
        """Keep and show a new message. Raises OSError: it could not be kept, so it is not shown."""
        at = self.now()
        before = self.refusals.take(phone) if direction == "received" else []
        events = [*before, *more.pop("events", ()), Event(at, "delivered" if direction == "received" else "typed")]
        message = Message(next(self._ids), phone, direction, channel, text, at, events=events, **more)
        shown = message.to_json()
        self._journal.write("message", shown)
        self._put(message)
        self.stream.publish("message", shown)
        return message

    def change(self, message: Message, **fields: Any) -> None:
        """Change a message that is shown."""
        if self._messages.get(message.id) is not message:
            return  # cleared meanwhile
        self._journal.write("changed", {"id": message.id, "fields": fields})
        self._alter(message.id, fields)
        self.stream.publish("changed", message.to_json())

    def happened(self, message: Message | None, what: str, note: str = "") -> None:
        """Add a moment to the story of a message; None: it is not shown (yet)."""
        if message is None or self._messages.get(message.id) is not message:
            return
        told = {"id": message.id, "event": Event(self.now(), what, note)}
        self._journal.write("event", told)
        self._tell(message, told)

    def _tell(self, message: Message, told: dict[str, Any]) -> None:
        message.events.append(told["event"])
        self.stream.publish("event", {"phone": message.phone, **told})

    def refused(self, phone: str, carrier: str, why: str, text: str) -> None:
        """Show that a message did not reach a phone."""
        self.refusals.note(phone, self.now(), carrier, why, text)

    def owe(self, owed: Owed) -> None:
        """Remember that the service has to be told."""
        self._journal.write("owed", owed)
        self._owed[owed.id] = owed

    def settle(self, owed: Owed) -> None:
        """Note that the service took it."""
        if self._owed.pop(owed.id, None) is None:
            return
        subject = self._by_carrier.get(owed.about) if owed.about else self._messages.get(owed.message)
        if subject is None:
            self._journal.write("settled", owed.id)
            return
        event = Event(self.now(), "told", owed.news) if owed.about else Event(self.now(), "taken")
        told = {"owed": owed.id, "id": subject.id, "event": event}
        self._journal.write("told", told)
        self._tell(subject, told)
        if subject.direction == "sent":
            self.change(subject, state="taken")

    def owed(self, carrier: str) -> list[Owed]:
        """Give what the service was not told yet by a carrier, oldest first."""
        return [owed for owed in self._owed.values() if owed.carrier == carrier]

    def keep_part(self, part: dict[str, Any]) -> int:
        """Keep a part (`key`, `number` and more) of a long SMS; tell how many parts with this key there are."""
        self._journal.write("part", part)
        parts = self._parts.setdefault(part["key"], {})
        parts[part["number"]] = part
        return len(parts)

    def unfinished(self) -> list[str]:
        """Give the keys of long SMS whose parts have not all come."""
        return list(self._parts)

    def take_parts(self, key: str) -> list[dict[str, Any]]:
        """Give, in order, and forget the parts with this key."""
        parts = self._parts.pop(key, {})
        self._journal.write("parts_done", key)
        return [parts[number] for number in sorted(parts)]

    def of(self, phone: str) -> list[Message]:
        """Give the conversation of a phone, oldest first."""
        return self._by_phone.get(phone, [])

    def get(self, message_id: int) -> Message | None:
        """Give a message by its id."""
        return self._messages.get(message_id)

    def by_carrier(self, carrier_id: str) -> Message | None:
        """Give the message that a carrier id belongs to."""
        return self._by_carrier.get(carrier_id)

    def after(self, message_id: int) -> list[Message]:
        """Give every phone's messages after this one, oldest first."""
        newest = self.newest()
        if newest - message_id > len(self._messages):
            return list(self._messages.values())
        return [self._messages[n] for n in range(message_id + 1, newest + 1) if n in self._messages]

    def newest(self) -> int:
        """Give the id of the newest message, 0 when there is none."""
        return next(reversed(self._messages), 0)

    def phones(self) -> list[str]:
        """Give every phone that is somebody's or has a message."""
        return list(dict.fromkeys([*self.people, *self._by_phone]))

    def window_open(self, phone: str) -> bool:
        """Tell whether free WhatsApp text may be sent to this phone now."""
        return self.now() - self._window.get(phone, 0.0) < WINDOW

    def close_window(self, phone: str) -> None:
        """Behave as if the phone's last WhatsApp message were older than a day."""
        self._window.pop(phone, None)

    def reset(self) -> None:
        """Forget all messages and debts; ids go on, so that cursors stay good."""
        next_id = self.newest() + 1
        self._journal.clear()
        self.refusals.clear()
        for kept in (self._messages, self._by_phone, self._by_carrier, self._owed, self._parts, self._window):
            kept.clear()
        self._ids = itertools.count(next_id)
        self._journal.write("cursor", next_id - 1)
        self.stream.publish("reset", {"cursor": next_id - 1})
