"""What is done to a fan-out while it runs, and how many messages each fault may bring a second time."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from chaos.apart import Apart, LaneProcesses
from chaos.clients import History, People, Values
from chaos.fanout import Fanout
from chaos.faults import Faults

from handset.client import Handset

WINDOW = 50  # of one lane's walk, from claim to recorded outcome
PACE = {"slow": 0.25, "late": 0.0, "lose_receipts": False, "webhook_twice": False, "webhook_out_of_order": False}
"""So slow a carrier is that a fault finds messages under way."""


@dataclass(slots=True)
class Trial:
    """What a run is made of."""

    running: Apart
    fanout: Fanout
    lanes: LaneProcesses
    faults: Faults
    history: History

    async def wave(self, what: str, place: str, people: int) -> None:
        """Alerts in all lanes, and a fault when the first of them are under way."""
        fault = FAULTS.get(what)
        alerts = await self.fanout.raise_in(place, people, what)
        await self.fanout.under_way(alerts, people // 4)
        if fault is not None:
            await fault(self)

    async def pace(self, **more: Any) -> None:
        """Let both carriers be so, as slow as ever."""
        async with Handset(self.running.handset) as phones:
            await phones.faults(sms=PACE | more, whatsapp=PACE | more)


def kill_lane(role: str) -> Callable[[Trial], Awaitable[None]]:
    """kill -9 one lane's process."""

    async def fault(trial: Trial) -> None:
        await _kill(trial, role)

    return fault


async def kill_all_lanes(trial: Trial) -> None:
    """kill -9 the whole fan-out."""
    await _kill(trial, *trial.lanes.of)


async def _kill(trial: Trial, *roles: str) -> None:
    begin = time.time()
    before = {role: trial.lanes.of[role].now.pid for role in roles}
    for role in roles:
        trial.lanes.of[role].kill()
    for role in roles:
        await trial.lanes.of[role].back(before[role])
    trial.faults.windows.append([begin, time.time()])
    trial.faults.told.append((f"kill -9 {', '.join(roles)}", time.time() - begin))


def kill(name: str) -> Callable[[Trial], Awaitable[None]]:
    """kill -9 a process of the stack."""

    async def fault(trial: Trial) -> None:
        await trial.faults.kill(name)

    return fault


async def cut_the_link(trial: Trial) -> None:
    """Every SMPP link is cut, and none comes up for a while."""
    await trial.faults.drop("sms", 3)


def carrier(seconds: float, **so: Any) -> Callable[[Trial], Awaitable[None]]:
    """Both carriers misbehave for a while; who speaks to us meanwhile is heard."""

    async def fault(trial: Trial) -> None:
        begin = time.time()
        await trial.pace(**so)
        await _menu(trial, so)
        await asyncio.sleep(seconds)
        await trial.pace(throttle=0)
        trial.faults.windows.append([begin, time.time()])
        trial.faults.told.append((f"carriers {so}", time.time() - begin))

    return fault


async def _menu(trial: Trial, so: dict[str, Any]) -> None:
    """Two people ask for the menu: what a carrier does to us, it does to their words too."""
    people = People(trial.running.home, trial.history, Values(), asyncio.Event())
    async with Handset(trial.running.handset) as phones:
        for channel in ("sms", "whatsapp"):
            number = f"0818-2000-{len(trial.history.rows):04}"
            await people.say(phones, number, "MENU", channel, ["menu", str(so), channel])


CALM, ALL_LANES = "calm", "kill -9 every lane"
FAULTS: dict[str, Callable[[Trial], Awaitable[None]]] = {
    "kill -9 lane:life_safety": kill_lane("lane:life_safety"),
    "kill -9 lane:urgent": kill_lane("lane:urgent"),
    "kill -9 lane:routine": kill_lane("lane:routine"),
    "kill -9 planner, inbound, webhook, grpc": kill("notifier"),
    "kill -9 kafka": kill("kafka"),
    "kill -9 postgres": kill("postgres"),
    "cut the SMPP links": cut_the_link,
    "carriers slow": carrier(3, slow=1.5),
    "carriers throttle": carrier(3, throttle=40),
    "carriers answer late": carrier(3, late=1.5),
    "carriers lose receipts": carrier(3, lose_receipts=True),
    "webhooks twice, out of order": carrier(3, webhook_twice=True, webhook_out_of_order=True),
    ALL_LANES: kill_all_lanes,
}
ALLOWED = {
    "kill -9 lane:life_safety": WINDOW,
    "kill -9 lane:urgent": WINDOW,
    "kill -9 lane:routine": WINDOW,
    "kill -9 postgres": 3 * WINDOW,  # with it goes who owns a lane: whoever takes it over finds tries in doubt
    "cut the SMPP links": 3 * WINDOW,
    ALL_LANES: 3 * WINDOW,
}
"""Messages beyond one: a window for each lane whose tries were left in doubt, none for anything else."""
