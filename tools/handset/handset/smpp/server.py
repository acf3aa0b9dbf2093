"""The message centre: listens, admits, takes messages, and hands phones' messages to whoever is bound."""

import asyncio
import contextlib
import itertools
import time
from typing import Any

from handset.faults import Faults
from handset.messages import Carrier, Owed
from handset.smpp import pdu, text
from handset.smpp.fragments import TooLongError
from handset.smpp.inbox import Inbox, receipt
from handset.smpp.pdu import MalformedError, Pdu, Short
from handset.smpp.session import LinkDownError, Session
from handset.stream import Stream


class SmppServer:
    """An SMPP 3.4 message centre for invented phones."""

    def __init__(
        self,
        credentials: tuple[str, str],
        service_number: str,
        faults: Faults,
        stream: Stream,
        enquire_every: float = 30.0,
        carrier: Carrier = "sms",
    ) -> None:
        self.inbox: Inbox | None = None
        self.service_number = service_number
        self._carrier = carrier
        self._credentials = credentials
        self._faults = faults
        self._stream = stream
        self._enquire_every = enquire_every
        self._sessions: set[Session] = set()
        self._someone_bound = asyncio.Event()
        self._turn = itertools.count()
        self._parts_taken: dict[str, int] = {}
        self._server: asyncio.Server | None = None

    async def start(self, host: str, port: int) -> int:
        """Listen; give the port. Raises OSError: the address is taken."""
        self._server = await asyncio.start_server(self._serve, host, port)
        taken: int = self._server.sockets[0].getsockname()[1]
        return taken

    async def stop(self) -> None:
        """End all connections."""
        if self._server is not None:
            self._server.close()
        self.drop()

    def links(self) -> list[dict[str, Any]]:
        """Describe who is bound."""
        return [
            {
                "system_id": session.system_id,
                "mode": session.mode,
                "peer": session.peer,
                "in_flight": session.in_flight,
                "most_in_flight": session.most_in_flight,
            }
            for session in self._sessions
            if session.mode
        ]

    def drop(self) -> None:
        """Cut every connection, as a cable does."""
        for session in tuple(self._sessions):
            session.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        session = Session(reader, writer, self._admit, self._submit, self._bound)
        self._sessions.add(session)
        try:
            await session.serve(self._enquire_every)
        finally:
            self._sessions.discard(session)
            self._tell()

    def _admit(self, system_id: str, password: str) -> int:
        if time.time() < self._faults.of(self._carrier).down_until:
            return pdu.BIND_FAILED
        if system_id != self._credentials[0]:
            return pdu.BAD_SYSTEM_ID
        return pdu.OK if password == self._credentials[1] else pdu.BAD_PASSWORD

    def _bound(self, session: Session) -> None:
        if session.receives:
            self._someone_bound.set()
        self._tell()

    def _tell(self) -> None:
        self._stream.publish("links", {self._carrier: self.links()})

    async def _submit(self, asked: Pdu) -> Pdu:
        faults, came = self._faults.of(self._carrier), time.time()
        if faults.slow:
            await asyncio.sleep(faults.slow)
        status, message_id = self._refused(asked) or self._take(asked, came)
        if faults.late:
            await asyncio.sleep(faults.late)
            if status == pdu.OK and self.inbox is not None:
                self.inbox.accepted(message_id)
        body = pdu.string(message_id) if status == pdu.OK else b""
        return Pdu(asked.command | pdu.RESPONSE, status, asked.sequence, body)

    def _refused(self, asked: Pdu) -> tuple[int, str] | None:
        for why, status in (("throttle", pdu.THROTTLED), ("reject", pdu.SUBMIT_FAILED)):
            if self._faults.of(self._carrier).takes(why):
                self._show_refused(asked, why)
                return status, ""
        return None

    def _show_refused(self, asked: Pdu, why: str) -> None:
        with contextlib.suppress(MalformedError, TooLongError, ValueError):  # what is no message is shown to nobody
            if self.inbox is not None:
                self.inbox.refused(Short.decode(asked.body), why)

    def _take(self, asked: Pdu, came: float) -> tuple[int, str]:
        if self.inbox is None:
            return pdu.SYSTEM_ERROR, ""
        try:
            return pdu.OK, self.inbox.take(Short.decode(asked.body), came)
        except MalformedError:
            return pdu.BAD_LENGTH, ""
        except TooLongError:
            return pdu.BAD_MESSAGE_LENGTH, ""
        except ValueError:
            return pdu.BAD_DESTINATION, ""
        except OSError:
            return pdu.SYSTEM_ERROR, ""

    async def deliver(self, owed: Owed) -> bool:
        """Hand a phone's message or a receipt to a bound service; False: it did not take it (yet)."""
        session = await self._someone()
        shorts = self._shorts(owed)
        taken = self._parts_taken.pop(owed.id, 0)
        try:
            while taken < len(shorts) and await session.ask(pdu.DELIVER_SM, shorts[taken].encode()) == pdu.OK:
                taken += 1
        except LinkDownError:
            pass  # the rest goes by the next link
        if taken < len(shorts):
            self._parts_taken[owed.id] = taken
        return taken == len(shorts)

    async def _someone(self) -> Session:
        while True:
            able = [session for session in self._sessions if session.receives]
            if able:
                return able[next(self._turn) % len(able)]
            self._someone_bound.clear()
            await self._someone_bound.wait()

    def _shorts(self, owed: Owed) -> list[Short]:
        if "receipt" in owed.body:
            return [receipt(owed)]
        parts, encoding = text.split(owed.body["text"])
        coding = 0x08 if encoding == text.UCS2 else 0x00
        destination = owed.body.get("to") or self.service_number
        if len(parts) == 1:
            return [Short(owed.phone, destination, parts[0], data_coding=coding)]
        reference = owed.message % 256
        return [
            Short(
                owed.phone,
                destination,
                bytes((5, 0, 3, reference, len(parts), number)) + part,
                esm_class=pdu.HAS_HEADER,
                data_coding=coding,
            )
            for number, part in enumerate(parts, start=1)
        ]
