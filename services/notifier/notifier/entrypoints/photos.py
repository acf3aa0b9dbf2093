"""Fetches photos that people sent, makes them clean and keeps them, however long their carrier is away."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from chassis.kernel.clock import Clock
from chassis.kernel.errors import Poison, Transient
from chassis.kernel.hearing import heard
from chassis.kernel.ids import derived_id
from notifier import metrics
from notifier.application.incoming import IncomingWhatsApp, Quarantined
from notifier.application.ports import MediaStore, Medium, WaitingPhoto
from notifier.domain.message import Picture

AT_ONCE = 2
"""Photos in memory at a time: sixteen megabytes each as they come, ten times that while they are decoded."""

LEASE = timedelta(minutes=5)
"""After this a photo that somebody took is taken again: longer than the longest download and cleaning."""

KEPT_BY_CARRIER = timedelta(days=7)
"""So long Meta keeps what came in; after it there is nothing left to try for."""

FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=2), timedelta(hours=1)
LOOK = 2.0  # seconds between looks without being woken
_log = logging.getLogger(__name__)


class Shelf(Protocol):
    """The table of media (`adapters.media.shelf`)."""

    async def expect(self, medium: Medium, now: datetime) -> None:
        """Note one."""

    async def claim(self, now: datetime, until: datetime, limit: int) -> Sequence[WaitingPhoto]:
        """Take some that are due."""

    async def kept(self, id_: UUID, media_type: str, size: int, now: datetime) -> None:
        """It lies in the store."""

    async def again(self, id_: UUID, reason: str, wait: timedelta, now: datetime) -> None:
        """Try it later."""

    async def gone(self, id_: UUID, reason: str, now: datetime) -> None:
        """It will never come."""


class Photos:
    """A part of the process, and what notes the photos as they come in.

    `fetch` gives a carrier's bytes by its name; `clean` and `encrypt` work in threads.
    """

    name = "photos"
    ready = True

    def __init__(
        self,
        shelf: Shelf,
        store: MediaStore,
        fetch: Mapping[str, Callable[[str], Awaitable[bytes]]],
        clean: Callable[[bytes], tuple[bytes, str]],
        encrypt: Callable[[bytes, bytes], bytes],
        quarantine: Callable[[Quarantined], Awaitable[None]],
        clock: Clock,
    ) -> None:
        self._shelf, self._store, self._fetch = shelf, store, fetch
        self._clean, self._encrypt, self._quarantine = clean, encrypt, quarantine
        self._clock = clock
        self._news = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin with what a former life left."""
        self._task = asyncio.create_task(self._work(), name=self.name)

    async def stop(self) -> None:
        """Leave the rest to the next start; what is under way is taken again."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    async def expect(self, message: IncomingWhatsApp) -> Picture | None:
        """Note what a message brought; a photo gets the reference under which it will be found."""
        media = message.media
        if media is None:
            return None
        id_, about = derived_id("media", message.carrier, message.id), derived_id("whatsapp", message.id)
        medium = Medium(id_, about, message.carrier, media.id, message.kind, media.mime_type, message.at)
        await self._shelf.expect(medium, self._clock.now())
        if message.kind != "image":
            return None
        self._news.set()
        return Picture(f"media/{id_}", media.mime_type)

    async def _work(self) -> None:
        while True:
            self._news.clear()
            try:
                taken = await self.turn()
            except Exception as error:  # noqa: BLE001 - a keeper outlives a database that is away
                _log.warning("photos wait: %s", type(error).__name__)
                taken = 0
            if taken < AT_ONCE:
                await heard(self._news, LOOK)

    async def turn(self) -> int:
        """Try the photos that are due; gives how many."""
        now = self._clock.now()
        taken = await self._shelf.claim(now, now + LEASE, AT_ONCE)
        await asyncio.gather(*[self._try(one) for one in taken])
        return len(taken)

    async def _try(self, one: WaitingPhoto) -> None:
        try:
            media_type, size = await self._keep(one)
        except Poison as error:
            await self._give_up(one, error.reason)
        except Transient as error:
            await self._later(one, str(error))
        except Exception as error:  # noqa: BLE001 - a bug with one photo is told, and ends with the photo's time
            _log.exception("a photo waits")
            await self._later(one, type(error).__name__)
        else:
            await self._shelf.kept(one.id, media_type, size, self._clock.now())
            metrics.MEDIA.labels("kept", "").inc()

    async def _keep(self, one: WaitingPhoto) -> tuple[str, int]:
        fetch = self._fetch.get(one.carrier)
        if fetch is None:
            raise Poison("no_such_carrier")
        content, media_type = await asyncio.to_thread(self._clean, await fetch(one.carrier_id))
        await self._store.put(str(one.id), await asyncio.to_thread(self._encrypt, content, one.id.bytes))
        return media_type, len(content)

    async def _later(self, one: WaitingPhoto, reason: str) -> None:
        now = self._clock.now()
        if now - one.received_at > KEPT_BY_CARRIER:
            await self._give_up(one, "media_gone")
            return
        pause = min(FIRST_PAUSE * (1 << min(one.tries - 1, 16)), LONGEST_PAUSE)
        await self._shelf.again(one.id, reason, pause, now)
        metrics.MEDIA.labels("again", "").inc()

    async def _give_up(self, one: WaitingPhoto, reason: str) -> None:
        """The operator finds its reference in the quarantine; the message went its way long ago."""
        await self._shelf.gone(one.id, reason, self._clock.now())
        metrics.MEDIA.labels("gone", reason).inc()
        await self._quarantine(Quarantined(one.carrier, reason, f"media/{one.id}".encode()))
