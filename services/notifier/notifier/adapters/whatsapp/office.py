"""The WhatsApp account as operators see it, and what they may do there."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from chassis.kernel.clock import Clock
from chassis.kernel.errors import Conflict, Reject
from chassis.postgres.pool import Pool
from notifier.adapters.whatsapp import tier
from notifier.adapters.whatsapp.account import WhatsAppAccount
from notifier.adapters.whatsapp.fitting import Wanted, handed_in
from notifier.adapters.whatsapp.graph import Graph, GraphError
from notifier.adapters.whatsapp.registry import Compared

_WHOLE = "select tier, tier_told, quality, templates_at, problem, rests_until, rests_why from whatsapp_account"


class AccountView(NamedTuple):
    """The account as the table has it."""

    tier: int
    tier_told: bool
    quality: str
    templates_at: datetime | None
    problem: str
    rests_until: datetime | None
    rests_why: str
    people_left: int


class Submitted(NamedTuple):
    """What became of a template that was handed in; `status` is empty where `problem` says why it was not taken."""

    name: str
    language: str
    status: str
    problem: str


class Office:
    """Questions read the table; commands ask the account."""

    def __init__(self, account: WhatsAppAccount, pool: Pool, graph: Graph, clock: Clock) -> None:
        self._account, self._pool, self._graph, self._clock = account, pool, graph, clock

    async def read(self) -> str:
        """Ask the account for everything; gives what went wrong, empty where nothing did."""
        return await self._account.read()

    async def view(self) -> AccountView:
        """What is known of it."""
        now = self._clock.now()
        [row] = await self._pool.fetch(_WHOLE)
        view = AccountView(**row, people_left=await tier.left(self._pool, now))
        rests = view.rests_until is not None and view.rests_until > now
        return view if rests else view._replace(rests_until=None, rests_why="")

    def compare(self) -> list[Compared]:
        """The region pack's templates beside the account's."""
        return self._account.registry.compare()

    async def submit(self, names: Sequence[str] = ()) -> list[Submitted]:
        """Create in the account what the pack wants, it has not, and `names` holds (all, where it is empty).

        Raises Conflict without the business account's id, or when the account's list cannot be read; Reject for a
        name that the pack does not know.
        """
        if not self._graph.knows_templates:
            raise Conflict("names", "business_id", "atur KENTONGAN_WHATSAPP_BUSINESS_ID dahulu")
        if unknown := sorted(set(names) - {one.name for one in self._account.registry.wanted}):
            raise Reject("names", "known", f"templat {unknown[0]} tidak ada di paket wilayah")
        if problem := await self.read():
            raise Conflict("names", "account", f"akun WhatsApp tidak terbaca: {problem}")
        missing = [one.wanted for one in self.compare() if one.wanted is not None and one.known is None]
        done = [await self._hand_in(one) for one in missing if not names or one.name in names]
        await self.read()
        return done

    async def _hand_in(self, wanted: Wanted) -> Submitted:
        try:
            return Submitted(wanted.name, wanted.language, await self._graph.create(handed_in(wanted)), "")
        except GraphError as error:
            return Submitted(wanted.name, wanted.language, "", str(error))
