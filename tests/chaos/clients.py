"""Clients that write down what they ask for and what they are answered: callers of gRPC, and people with phones."""

import asyncio
import itertools
import random
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import aiohttp
import grpc
from chaos.checker import Row

from chassis.auth.cipher import keyed_hash
from chassis.auth.grants import Grant
from chassis.auth.tokens import Signer
from chassis.kernel.ids import derived_id, new_id
from handset.client import Handset, RefusedError
from kentongan.destana.v1 import incident_pb2
from kentongan.destana.v1 import service_pb2 as hazards
from kentongan.destana.v1.service_pb2_grpc import HazardServiceStub
from kentongan.gareng_mesem.v1 import report_pb2
from kentongan.gareng_mesem.v1 import service_pb2 as waste
from kentongan.gareng_mesem.v1.service_pb2_grpc import WasteServiceStub
from kentongan.telponi.v1 import pregnancy_service_pb2 as mothers
from kentongan.telponi.v1 import risk_pb2
from kentongan.telponi.v1.pregnancy_service_pb2_grpc import PregnancyServiceStub
from stack.home import CHECKOUT, Home

CATEGORIES = (
    "PILE",
    "FULL_CONTAINER",
    "ILLEGAL_DUMP",
    "RIVER",
    "DRAIN",
    "BULKY",
    "HAZARDOUS",
    "DEAD_ANIMAL",
    "MISSED_COLLECTION",
)
WORDS = ("TUMPUKAN", "PENUH", "LIAR", "SUNGAI", "SELOKAN", "BESAR", "B3", "BANGKAI", "TERLEWAT")
UNSURE = {
    grpc.StatusCode.UNAVAILABLE,
    grpc.StatusCode.DEADLINE_EXCEEDED,
    grpc.StatusCode.CANCELLED,
    grpc.StatusCode.UNKNOWN,
    grpc.StatusCode.INTERNAL,
    grpc.StatusCode.ABORTED,
    grpc.StatusCode.RESOURCE_EXHAUSTED,
}
_AN_HOUR = timedelta(hours=1)
CHANNEL = (("grpc.initial_reconnect_backoff_ms", 200), ("grpc.max_reconnect_backoff_ms", 1000))


def villages() -> list[str]:
    lines = (CHECKOUT / "regions/33.17/villages.csv").read_text().splitlines()[1:]
    return [line.split(",")[0] for line in lines]


@dataclass(slots=True)
class Values:
    """Values that nobody else uses in this run."""

    mothers: Iterator[tuple[int, int]] = field(
        default_factory=lambda: iter([(height, age) for age in range(18, 42) for height in range(131, 199)])
    )
    depths: Iterator[tuple[str, int]] = field(
        default_factory=lambda: iter([(kind, depth) for depth in range(1, 1000) for kind in ("BANJIR", "ROB")])
    )
    heaps: Iterator[tuple[int, str]] = field(
        default_factory=lambda: iter([(kind, village) for village in villages() for kind in range(len(WORDS))])
    )
    names: Iterator[str] = field(
        default_factory=lambda: (
            f"{a.title()}{b} {c.title()}{d}"
            for a, b, c, d in itertools.product(("su", "wi", "la", "me", "ra", "ti", "nu", "da"), repeat=4)
        )
    )


@dataclass(slots=True)
class History:
    """Operations in the order of their outcomes."""

    rows: list[Row] = field(default_factory=list)

    def note(self, began: float, outcome: str, **told: Any) -> None:
        self.rows.append({"began": began, "ended": time.time(), "outcome": outcome, **told})


class Caller:
    """Calls until it knows the outcome, with the same key; some calls are repeated although it knows."""

    def __init__(self, home: Home, history: History, values: Values, running: asyncio.Event) -> None:
        self._home, self._history, self._values, self._running = home, history, values, running
        self._signer = Signer.from_pem((home.secrets / "jwt.key").read_bytes())
        self._credentials = grpc.ssl_channel_credentials((home.secrets / "ca.pem").read_bytes())

    def channel(self, service: str) -> grpc.aio.Channel:
        return grpc.aio.secure_channel(self._home.address(f"{service}.grpc"), self._credentials, options=CHANNEL)

    async def register_mothers(self, village: str) -> None:
        async with self.channel("telponi") as channel:
            method = PregnancyServiceStub(channel).RegisterPregnancy
            while self._running.is_set():
                height, age = next(self._values.mothers)
                request = mothers.RegisterPregnancyRequest(
                    idempotency_key=new_id().hex,
                    name=next(self._values.names),
                    age_years=age,
                    gestation_weeks=30,
                    height_cm=height,
                    years_since_birth=4,
                    village=village,
                    signs=[risk_pb2.DANGER_SIGN_BLEEDING] if random.random() < 0.25 else [],
                )
                request.gpa.gravida, request.gpa.para = 2, 1
                await self._surely(method, request, ["mother", height, age], Grant("midwife", village))

    async def report_waste(self) -> None:
        async with self.channel("gareng-mesem") as channel:
            method = WasteServiceStub(channel).ReportWaste
            while self._running.is_set():
                kind, village = next(self._values.heaps)
                category = report_pb2.Category.Value(f"CATEGORY_{CATEGORIES[kind]}")
                request = waste.ReportWasteRequest(idempotency_key=new_id().hex, category=category, village=village)
                await self._surely(method, request, ["waste", WORDS[kind], village], Grant("resident", village))

    async def report_hazards(self) -> None:
        places = villages()
        async with self.channel("destana") as channel:
            method = HazardServiceStub(channel).ReportHazard
            while self._running.is_set():
                kind, depth = next(self._values.depths)
                hazard = incident_pb2.HAZARD_FLOOD if kind == "BANJIR" else incident_pb2.HAZARD_COASTAL_FLOOD
                village = random.choice(places)
                request = hazards.ReportHazardRequest(
                    idempotency_key=new_id().hex, hazard=hazard, village=village, depth_cm=depth
                )
                await self._surely(method, request, ["hazard", kind, depth], Grant("resident", village))

    async def _surely(self, method: Callable[..., Any], request: Any, value: list[Any], grant: Grant) -> None:
        token = self._signer.issue(new_id(), [grant], lifetime=_AN_HOUR)
        give_up = time.monotonic() + 90
        while not await self._try(method, request, value, token) and time.monotonic() < give_up:
            await asyncio.sleep(0.4)
        if random.random() < 0.2:
            await self._try(method, request, value, token)
        await asyncio.sleep(random.uniform(0.6, 1.5))

    async def _try(self, method: Callable[..., Any], request: Any, value: list[Any], token: str) -> bool:
        began = time.time()
        told = {"op": "call", "key": request.idempotency_key, "value": value}
        try:
            answer = await method(request, timeout=8, metadata=(("authorization", f"Bearer {token}"),))
        except grpc.aio.AioRpcError as error:
            outcome = "unknown" if error.code() in UNSURE else "fail"
            self._history.note(began, outcome, error=f"{error.code().name} {error.details()}", **told)
            return outcome == "fail"
        self._history.note(began, "ok", answer=answer.SerializeToString(deterministic=True).hex(), **told)
        return True


class People:
    """Everybody with a phone: those who report, and those who answer what they are asked."""

    def __init__(self, home: Home, history: History, values: Values, running: asyncio.Event) -> None:
        self._history, self._values, self._running = history, values, running
        self._key = bytes.fromhex((home.secrets / "hash-notifier.key").read_text().strip())
        self._address = f"http://{home.address('handset')}"
        self._answering: set[asyncio.Task[None]] = set()
        self.last_heard = 0.0

    def contact(self, phone: str) -> str:
        number = "+62" + "".join(filter(str.isdigit, phone)).removeprefix("62").removeprefix("0")
        return str(derived_id("contact", keyed_hash(self._key, number).hex()))

    async def say(self, phones: Handset, phone: str, text: str, channel: str, value: list[Any] | None = None) -> None:
        began, told = time.time(), {"op": "say", "contact": self.contact(phone), "value": value, "text": text}
        try:
            async with asyncio.timeout(6):
                await phones.say(phone, text, channel)
        except RefusedError as error:
            self._history.note(began, "fail", error=str(error), **told)
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            self._history.note(began, "unknown", error=repr(error), **told)
        else:
            self._history.note(began, "ok", **told)

    async def report(self, phone: str, channel: str) -> None:
        """Somebody who reports waste and floods."""
        places = villages()
        async with Handset(self._address) as phones:
            while self._running.is_set():
                if random.random() < 0.5:
                    kind, village = next(self._values.heaps)
                    value = ["waste", WORDS[kind], village]
                    await self.say(phones, phone, f"SAMPAH {WORDS[kind]} # {village} # MOTOR", channel, value)
                else:
                    kind, depth = next(self._values.depths)
                    text = f"{kind} {random.choice(places)} {depth}"
                    await self.say(phones, phone, text, channel, ["hazard", kind, depth])
                await asyncio.sleep(random.uniform(1.5, 4.0))

    async def care(self, phone: str, channel: str, village: str) -> None:
        """A midwife who registers mothers and reports danger."""
        async with Handset(self._address) as phones:
            while self._running.is_set():
                height, age = next(self._values.mothers)
                text = (
                    f"BUMIL {next(self._values.names)} # {age} # UK 30 # G2P1A0 # {height} # JARAK 4 # DESA {village}"
                )
                if random.random() < 0.3:
                    text += " # KEJANG"
                await self.say(phones, phone, text, channel, ["mother", height, age])
                await asyncio.sleep(random.uniform(3.0, 6.0))

    async def answer(self, cast: list[dict[str, Any]]) -> None:
        """Look at all phones and let those who are asked answer, once, each in their way."""
        roles = {one["phone"]: (one["role"], one["channel"]) for one in cast}
        seen: set[tuple[str, str]] = set()
        cursor = 0
        async with Handset(self._address) as phones:
            while True:
                with suppress(aiohttp.ClientError, OSError, TimeoutError, RefusedError):
                    async with asyncio.timeout(6):
                        told = await phones._call(
                            "GET", "/api/messages", params={"after": str(cursor), "limit": "500"}
                        )
                    for one in told["messages"]:
                        cursor = max(cursor, one["id"])
                        if one["direction"] == "received":
                            self.last_heard = time.time()
                            self._react(phones, one, roles.get(one["phone"]), seen)
                await asyncio.sleep(0.4)

    async def stop(self, answering: "asyncio.Task[None]") -> None:
        """Let those who are answering finish, then nobody looks any more."""
        if self._answering:
            await asyncio.wait(self._answering, timeout=10)
        answering.cancel()
        await asyncio.wait([answering])

    def _react(self, phones: Handset, one: Row, who: tuple[str, str] | None, seen: set[tuple[str, str]]) -> None:
        letter = {"facility_duty": "R", "collector": "J", "bpbd_duty": "B", "village_head": "B"}.get(
            who[0] if who else ""
        )
        code = letter and _code(letter, one["text"])
        if not code or (one["phone"], code) in seen:
            return
        seen.add((one["phone"], code))
        task = asyncio.create_task(self._answer(phones, one["phone"], who[1], letter, code))
        self._answering.add(task)
        task.add_done_callback(self._answering.discard)

    async def _answer(self, phones: Handset, phone: str, channel: str, letter: str, code: str) -> None:
        chance = random.random()
        await asyncio.sleep(random.uniform(0.2, 1.5))
        if letter == "R" and chance < 0.7:
            await self.say(phones, phone, f"TERIMA {code}" if chance < 0.35 else f"TOLAK {code} PENUH", channel)
        elif letter == "J" and chance < 0.7:
            await self.say(phones, phone, f"TERIMA {code}", channel)
            await asyncio.sleep(random.uniform(1, 3))
            await self.say(phones, phone, f"SELESAI {code} MOTOR", channel)
        elif letter == "B" and chance < 0.7:
            await self.say(phones, phone, f"SIAP {code}", channel)


def _code(letter: str, text: str) -> str:
    words = text.replace(":", " ").replace(".", " ").split()
    return next((word for word in words if len(word) == 5 and word[0] == letter and _is_code(word)), "")


def _is_code(word: str) -> bool:
    return set(word[1:]) <= set("23456789ACDEFGHJKMNPQRTUVWXY") and not word.isalpha()
