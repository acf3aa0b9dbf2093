"""SMPP as a carrier: keeps its links bound, spreads messages over them, says what to do when it cannot."""

import asyncio
import random
import ssl
from collections.abc import Coroutine, Sequence

import structlog

from notifier.adapters.smpp.inbound import Inbound
from notifier.adapters.smpp.link import Link
from notifier.adapters.smpp.outgoing import Writer
from notifier.adapters.smpp.receipts import canonical
from notifier.adapters.smpp.settings import SmppSettings
from notifier.adapters.smpp.statuses import error_of
from notifier.adapters.smpp.window import Batch, Response
from notifier.adapters.tally import Tally
from notifier.application.carrier_errors import CarrierDown, CarrierError
from notifier.application.carriers import Answer, Answers, Channel, put_answer
from notifier.application.incoming import Sink
from notifier.application.outgoing import Accepted, Outgoing
from notifier.domain.lane import Lane

log = structlog.get_logger(__name__)


class SmppCarrier:
    """A `Carrier` over SMPP 3.4. `counters` tell what happened; the words are in the README."""

    channel = Channel.SMS

    def __init__(self, settings: SmppSettings, sink: Sink) -> None:
        self.name = settings.name
        self.counters = Tally(settings.name)
        self._settings = settings
        self._writer = Writer(settings)
        self._inbound = Inbound(settings, sink, self.counters)
        self._links: list[Link] = []
        self._keepers: list[asyncio.Task[None]] = []
        self.fault: CarrierError | None = None
        self._why_down: type[CarrierError] = CarrierDown
        self._reason = "not_started"
        self._stopping = False

    @property
    def up(self) -> bool:
        """Whether at least one link is bound."""
        return bool(self._links)

    def cost(self, outgoing: Outgoing) -> int:
        """Parts still to send, also where the carrier cuts them itself. Raises RejectedForGood."""
        return self._writer.cost(outgoing)

    async def start(self) -> None:
        """Begin to keep the links bound."""
        self._keepers = [asyncio.create_task(self._keep()) for _ in range(self._settings.binds)]

    async def stop(self) -> None:
        """Drain and unbind every link; no new one is opened."""
        self._stopping = True
        self._reason = "stopped"
        self._why_down = CarrierDown
        links, self._links = self._links, []
        await asyncio.gather(*(link.unbind() for link in links))
        for keeper in self._keepers:
            keeper.cancel()
        await asyncio.gather(*self._keepers, return_exceptions=True)

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
            link = self._pick(lane)
        except CarrierError as error:
            batch.put(place, error)
            return None
        return None if link.submit_now(body, lane, batch, place) else link.submit(body, lane, batch, place)

    def _pick(self, lane: Lane) -> Link:
        if not self._links:
            raise self._why_down(self._reason, alarm=self._why_down is not CarrierDown)
        if len(self._links) == 1:
            return self._links[0]
        return min(self._links, key=lambda link: link.load(lane))

    async def _keep(self) -> None:
        """Open a link, wait until it ends, open the next, slower while they do not last."""
        loop = asyncio.get_running_loop()
        failures = 0
        while not self._stopping:
            began = loop.time()
            await self._live()
            failures = 0 if loop.time() - began >= self._settings.stable_after else failures + 1
            if not self._stopping:
                await asyncio.sleep(self._pause(failures))

    def _pause(self, failures: int) -> float:
        """Seconds, with full jitter above a tenth: many clients must not come back at once."""
        longest = min(self._settings.backoff_cap, self._settings.backoff_first * float(1 << min(failures, 16)))
        return longest * random.uniform(0.1, 1)  # noqa: S311 - a spread, no secret

    async def _live(self) -> None:
        link: Link | None = None
        try:
            link = await self._connect()
            await link.bind()
            self._came_up(link)
            self._went_down(CarrierDown(await link.closed))
        except CarrierError as error:
            self._went_down(error)
        except OSError as error:
            self._went_down(_not_connected(error))
        except Exception as error:
            # Whatever it is, it is tried again: a keeper that ended would leave the carrier down for ever.
            log.exception("smpp_link_broke", carrier=self.name)
            self._went_down(CarrierDown("link_broke", code=type(error).__name__))
        finally:
            if link is not None:
                self._links = [other for other in self._links if other is not link]
                link.reset("link_given_up")

    async def _connect(self) -> Link:
        own = self._settings
        context = ssl.create_default_context(cafile=own.tls_ca or None) if own.tls else None
        async with asyncio.timeout(own.bind_timeout):
            _, link = await asyncio.get_running_loop().create_connection(
                lambda: Link(own, self._inbound, self.counters), own.host, own.port, ssl=context
            )
        return link

    def _came_up(self, link: Link) -> None:
        self._links.append(link)
        self.counters.count("binds")
        log.info("smpp_bound", carrier=self.name, links=len(self._links))

    def _went_down(self, error: CarrierError) -> None:
        self.counters.count("link_ends")
        if not self._stopping:
            self.fault, self._why_down, self._reason = error, type(error), error.reason
            log.warning("smpp_link_down", carrier=self.name, reason=error.reason, code=error.code)


def _known_as(message_id: str) -> str:
    return canonical(message_id) if message_id else ""


def _not_connected(error: OSError) -> CarrierDown:
    """Why there is no connection, or none that can be trusted."""
    code = type(error).__name__
    match error:
        case ssl.SSLError():
            return CarrierDown("tls_failed", code=error.reason or code)
        case ConnectionRefusedError():
            return CarrierDown("connection_refused", code=code)
        case TimeoutError():
            return CarrierDown("connect_timeout", code=code)
        case _:
            return CarrierDown("no_connection", code=code)
