"""Puts what a service submits on the phones' screens, and owes it the receipts."""

import asyncio
import secrets
import time
from typing import Any

from handset.conversations import Conversations
from handset.faults import Faults
from handset.lanes import Lanes
from handset.messages import Carrier, Event, Message, Owed, opening
from handset.numbers import international
from handset.smpp import fragments, pdu
from handset.smpp.fragments import Fragment
from handset.smpp.pdu import Short

PARTS_TIME = 60.0
"""Seconds that a phone waits for missing parts before it shows what it has."""
_GAP = "[…]"


class Inbox:
    """The phones' side of the message centre."""

    def __init__(self, conversations: Conversations, faults: Faults, lanes: Lanes, carrier: Carrier = "sms") -> None:
        self._carrier = carrier
        self._conversations = conversations
        self._faults = faults
        self._lanes = lanes
        self._timers: dict[str, asyncio.TimerHandle] = {}

    def restore(self) -> None:
        """After a restart: wait again for parts that are missing."""
        for key in self._conversations.unfinished():
            self._wait_for_rest(key)

    def take(self, short: Short, came: float) -> str:
        """Show a message or keep its part, which came at this time; give the id it got.

        Raises MalformedError, TooLongError, ValueError (no destination), OSError (it could not be kept).
        """
        phone = international(short.destination)
        fragment = fragments.read(short)
        message_id = secrets.token_hex(8)
        arrives = not self._faults.of(self._carrier).takes("undeliverable")
        if not arrives:
            self._conversations.refused(phone, self._carrier, "undeliverable", fragment.text)
        elif fragment.total == 1:
            self._show(phone, short.source, [(message_id, fragment)], opening(came, late=self._is_late))
        else:
            self._keep(phone, short.source, message_id, fragment, came)
        self._owe_receipt(phone, short, message_id, fragment.text, "delivered" if arrives else "failed")
        return message_id

    @property
    def _is_late(self) -> bool:
        return bool(self._faults.of(self._carrier).late)

    def accepted(self, message_id: str) -> None:
        """Note that the service was answered."""
        self._conversations.happened(self._conversations.by_carrier(message_id), "accepted")

    def refused(self, short: Short, why: str) -> None:
        """Show that a message did not reach its phone. Raises as `take`."""
        text = fragments.read(short).text
        self._conversations.refused(international(short.destination), self._carrier, why, text)

    def _keep(self, phone: str, source: str, message_id: str, fragment: Fragment, at: float) -> None:
        key = f"{phone}|{source}|{fragment.reference}|{fragment.total}"
        count = self._conversations.keep_part(
            {
                "key": key,
                "number": fragment.number,
                "message_id": message_id,
                "text": fragment.text,
                "encoding": fragment.encoding,
                "flash": fragment.flash,
                "at": at,
            }
        )
        if count == fragment.total:
            self._finish(key)
        else:
            self._wait_for_rest(key)

    def _wait_for_rest(self, key: str) -> None:
        if key not in self._timers:
            self._timers[key] = asyncio.get_running_loop().call_later(PARTS_TIME, self._finish, key)

    def _finish(self, key: str) -> None:
        timer = self._timers.pop(key, None)
        if timer is not None:
            timer.cancel()
        phone, source, _, total = key.split("|")
        parts = [{"at": time.time(), **part} for part in self._conversations.take_parts(key)]
        came = {
            part["number"]: (part["message_id"], Fragment(part["text"], part["encoding"], flash=part["flash"]))
            for part in parts
        }
        if came:
            some = next(iter(came.values()))[1]
            missing = ("", Fragment(_GAP, some.encoding))
            shown = [came.get(number, missing) for number in range(1, int(total) + 1)]
            self._show(phone, source, shown, _story(parts, total, late=self._is_late))

    def _show(self, phone: str, source: str, parts: list[tuple[str, Fragment]], events: list[Event]) -> Message:
        encodings = dict.fromkeys(fragment.encoding for _, fragment in parts)
        return self._conversations.add(
            phone,
            "received",
            "sms",
            "".join(fragment.text for _, fragment in parts),
            sender=source,
            parts=sum(fragment.on_air for _, fragment in parts),
            encoding=" + ".join(encodings),
            carrier_ids=[message_id for message_id, _ in parts if message_id],
            flash=parts[0][1].flash,
            carrier=self._carrier,
            events=events,
        )

    def _owe_receipt(self, phone: str, short: Short, message_id: str, text: str, news: str) -> None:
        if short.registered & 0x03 != 1:
            return
        if self._faults.of(self._carrier).lose_receipts:
            self._conversations.happened(self._conversations.by_carrier(message_id), "lost")
            return
        owed = Owed(
            id=f"receipt-{message_id}",
            channel="sms",
            phone=phone,
            body={"receipt": message_id, "to": short.source, "at": time.time(), "text": text[:20], "news": news},
            carrier=self._carrier,
            about=message_id,
            news=news,
        )
        self._conversations.owe(owed)
        self._lanes.put(owed, lane=f"receipt-{message_id}")


def _story(parts: list[dict[str, Any]], total: str, *, late: bool) -> list[Event]:
    """The parts of a long message as they came."""
    came = sorted(parts, key=lambda part: float(part["at"]))
    return opening(came[0]["at"], late=late) + [
        Event(part["at"], "part", f"{part['number']}/{total}") for part in came
    ]


def receipt(owed: Owed) -> Short:
    """Write the delivery receipt that is owed (SMPP 3.4 appendix B, and the optional parameters)."""
    message_id = owed.body["receipt"]
    when = time.strftime("%y%m%d%H%M", time.gmtime(owed.body["at"]))
    words = owed.body["text"].encode("ascii", errors="replace").decode("ascii")
    arrived = owed.body.get("news", "delivered") == "delivered"
    count, fate, state = ("001", "stat:DELIVRD err:000", 2) if arrived else ("000", "stat:UNDELIV err:001", 5)
    line = f"id:{message_id} sub:001 dlvrd:{count} submit date:{when} done date:{when} {fate} text:{words}"
    return Short(
        source=owed.phone,
        destination=owed.body["to"],
        message=line.encode("ascii"),
        esm_class=pdu.IS_RECEIPT,
        optional={
            pdu.RECEIPTED_ID: message_id.encode("ascii") + b"\0",
            pdu.MESSAGE_STATE: bytes((state,)),
            pdu.NETWORK_ERROR: b"\x03\x00\x00" if arrived else b"\x03\x00\x01",
        },
    )
