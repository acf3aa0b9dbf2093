"""SMPP as a carrier: spreads messages over its links, says what their answers mean."""

import asyncio
from collections.abc import Coroutine, Sequence

from notifier.adapters.smpp.inbound import Inbound
from notifier.adapters.smpp.links import Links
from notifier.adapters.smpp.outgoing import Writer
from notifier.adapters.smpp.receipts import canonical
from notifier.adapters.smpp.settings import SmppSettings
from notifier.adapters.smpp.statuses import error_of
from notifier.adapters.smpp.window import Batch, Response
from notifier.adapters.tally import Tally
from notifier.application.carrier_errors import CarrierError
from notifier.application.carriers import Answer, Answers, Channel, put_answer
from notifier.application.incoming import Sink
from notifier.application.outgoing import Accepted, Outgoing
from notifier.domain.lane import Lane


class SmppCarrier:
    """A `Carrier` over SMPP 3.4. `counters` tell what happened; the words are in the README."""

    channel = Channel.SMS

    def __init__(self, settings: SmppSettings, sink: Sink) -> None:
        self.name = settings.name
        self.counters = Tally(settings.name)
        self._settings = settings
        self._writer = Writer(settings)
        self._inbound = Inbound(settings, sink, self.counters)
        self._links = Links(settings, self._inbound, self.counters)

    @property
    def up(self) -> bool:
        """Whether at least one link is bound."""
        return len(self._links) > 0

    @property
    def fault(self) -> CarrierError | None:
        """Why the last link ended or did not come up."""
        return self._links.fault

    def cost(self, outgoing: Outgoing) -> int:
        """Parts still to send, also where the carrier cuts them itself. Raises RejectedForGood."""
        return self._writer.cost(outgoing)

    async def start(self) -> None:
        """Begin to keep the links bound."""
        self._links.start()

    async def stop(self) -> None:
        """Drain and unbind every link; no new one is opened."""
        await self._links.stop()

    async def submit(self, outgoing: Outgoing) -> Accepted:
        """Send the parts one after another, so that what was accepted is always the first ones."""
        bodies = self._writer.bodies(outgoing)
        ids = outgoing.already_accepted
        for body in bodies[len(ids) :]:
            ids = (*ids, await self._part(body, ids, outgoing.lane))
        return Accepted(ids)

    async def submit_all(self, outgoings: Sequence[Outgoing]) -> Answers:
        """Send what is one part, and has a slot, without a coroutine for each; the others as `submit` does."""
        batch, tasks = Batch(len(outgoings)), []
        for place, outgoing in enumerate(outgoings):
            body = self._only_body(outgoing)
            waits = (
                put_answer(batch, place, self.submit(outgoing))
                if body is None
                else self._begin(body, outgoing.lane, batch, place)
            )
            if waits is not None:
                tasks.append(asyncio.create_task(waits))
        try:
            while (some := await batch.more()) is not None:
                yield self._answers(some)
        finally:
            for task in tasks:
                task.cancel()

    def _only_body(self, outgoing: Outgoing) -> bytes | None:
        """The body of a message that is one part; None where it is more, or `submit` has to say why it is none."""
        if outgoing.already_accepted:
            return None
        try:
            bodies = self._writer.bodies(outgoing)
        except Exception:  # noqa: BLE001 - said by `submit`, of this message alone
            return None
        return bodies[0] if len(bodies) == 1 else None

    def _answers(self, some: Sequence[tuple[int, Response | Answer]]) -> list[tuple[int, Answer]]:
        """What responses mean; what is an answer already stays one."""
        taken = 0
        answers: list[tuple[int, Answer]] = []
        for place, one in some:
            if isinstance(one, Accepted | Exception):
                answers.append((place, one))
            elif one[0]:
                answers.append((place, self._refused(one[0])))
            else:
                taken += 1
                answers.append((place, Accepted((_known_as(one[1]),))))
        if taken:
            self.counters.count("accepted", taken)
        return answers

    def _refused(self, status: int) -> Exception:
        self.counters.count(f"status_0x{status:08x}")
        return error_of(status, self._settings.pause)

    async def _part(self, body: bytes, accepted: tuple[str, ...], lane: Lane) -> str:
        batch = Batch(1)
        if waits := self._begin(body, lane, batch, 0):
            await waits
        [(_, answer)] = self._answers([(0, await batch.only())])
        if isinstance(answer, Accepted):
            return answer.carrier_message_ids[0]
        if isinstance(answer, CarrierError):
            answer.accepted = accepted
        raise answer

    def _begin(self, body: bytes, lane: Lane, batch: Batch, place: int) -> Coroutine[None, None, None] | None:
        """Send it; or give what waits until it can be."""
        try:
            link = self._links.pick(lane)
        except CarrierError as error:
            batch.put(place, error)
            return None
        return None if link.submit_now(body, lane, batch, place) else link.submit(body, lane, batch, place)


def _known_as(message_id: str) -> str:
    return canonical(message_id) if message_id else ""
