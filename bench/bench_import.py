"""`kentongan contacts import` of 100,000 people, and `export`: the real command against a whole notifier over gRPC.

The limit does what cannot be left out: it reads the same file, hashes, encrypts and writes the same rows by COPY, as
many in a commit as the command sends in a call. Before that one import is broken off: the notifier is killed with -9
in the middle and started again, the command waits for it and goes on; nobody may be missing or there twice.

KENTONGAN_BENCH_PEOPLE (100000) is how many.
"""

import asyncio
import csv
import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

import psutil

from bench_growth import Peak
from chassis.region.pack import Region
from crowd import settings
from launched import SERVICES, launched, prepare
from measure import RUNS, Corner, both_servers, corner, cpu, in_turns, last_line, ratio, run, table
from notifier.adapters.phones import read_phone
from notifier.adapters.tables import contacts
from notifier.adapters.vault import Vault
from notifier.application.contacts import contact_id
from notifier.bootstrap.ground import vault_of
from notifier.domain.channel import Channel
from notifier.domain.contact import Contact, Grant
from operator_cli.commands_contacts import BATCH
from stack import database
from stack.home import CHECKOUT, PORTS, Home

PEOPLE = int(os.environ.get("KENTONGAN_BENCH_PEOPLE") or 100_000)
GOAL = 0.25
FIRST = ("Siti", "Sri", "Nur", "Dewi", "Slamet", "Agus", "Budi", "Eko", "Suparman", "Wahyuni", "Joko")
LAST = ("Rahayu", "Lestari", "Widodo", "Santoso", "Handayani", "Prasetyo", "Utami", "Hidayat", "Kusuma")
COMMAND = (sys.executable, "-c", "from operator_cli.main import main; main()")


def write_file(path: Path) -> None:
    """People of all villages, each with a name, a role and a channel."""
    villages = sorted(Region.load(CHECKOUT / "regions/33.17").villages)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("phone", "name", "role", "place", "channel"))
        for n in range(PEOPLE):
            name = f"{FIRST[n % len(FIRST)]} {LAST[n % len(LAST)]}"
            writer.writerow((f"0813{n:08d}", name, "resident", villages[n % len(villages)], "sms"))


@dataclass(slots=True)
class Bench:
    """The file, and what importing it costs each process, in CPU seconds; memory in megabytes."""

    at: Corner
    file: Path
    notifier: psutil.Process | None = None
    used: dict[str, list[float]] = field(default_factory=dict)
    memory: dict[str, list[float]] = field(default_factory=dict)

    @property
    def home(self) -> Home:
        """The state folder."""
        return self.at.home

    async def import_(self) -> float:
        """People a second of an import into an empty notifier."""
        await self._empty()
        seconds = await self._measured("import", "contacts", "import", str(self.file), "--json")
        await self.check()
        return PEOPLE / seconds

    async def export(self) -> float:
        """People a second of an export of those."""
        to = self.file.with_name("out.csv")
        seconds = await self._measured("export", "contacts", "export", "--to", str(to), "--reason", "bench")
        with to.open(encoding="utf-8-sig") as file:
            if (found := sum(1 for _ in csv.DictReader(file))) != PEOPLE:
                raise RuntimeError(f"{found} of {PEOPLE} people came out")
        to.unlink()
        return PEOPLE / seconds

    async def by_hand(self) -> float:
        """People a second of what cannot be left out."""
        await self._empty()
        vault, connection = vault_of(settings(self.home)), await database.connect(self.home, "notifier")
        columns = ("id", "version", *contacts(vault).columns)
        began = time.monotonic()
        with self.file.open(encoding="utf-8") as file:
            rows = _rows(csv.DictReader(file), vault)
            while some := list(islice(rows, BATCH)):
                await connection.copy_records_to_table("contact", records=some, columns=columns)
        seconds = time.monotonic() - began
        await connection.close()
        return PEOPLE / seconds

    async def check(self) -> None:
        """Raise RuntimeError where somebody is missing, or there twice."""
        connection = await database.connect(self.home, "notifier")
        row = await connection.fetchrow(
            "select count(*), count(distinct phone_hash), count(*) filter (where version = 1),"
            " (select created from contact_import where done) from contact"
        )
        await connection.close()
        if row is None or set(row) != {PEOPLE}:
            raise RuntimeError(f"of {PEOPLE} people there are {row}")

    async def broken_off(self) -> float:
        """Import while the notifier is killed in the middle; give the seconds until all are in."""
        await self._empty()
        began = time.monotonic()
        async with launched(self.home, SERVICES["notifier"]) as first:
            importing = asyncio.create_task(self._command("contacts", "import", str(self.file), "--json"))
            connection = await database.connect(self.home, "notifier")
            while await connection.fetchval("select count(*) from contact") < PEOPLE // 2:  # noqa: ASYNC110 - it is another process
                await asyncio.sleep(0.05)
            await connection.close()
            first.kill()
        async with launched(self.home, SERVICES["notifier"]):
            said = json.loads(await importing)
            seconds = time.monotonic() - began
        await self.check()
        if (said["created"], said["refused"]) != (PEOPLE, 0):
            raise RuntimeError(f"the command says {said}")
        return seconds

    async def _measured(self, what: str, *line: str) -> float:
        if self.notifier is None:
            raise RuntimeError("nothing runs")
        parts = {"notifier": self.notifier, **both_servers(self.home)}
        before, began = {part: cpu(process) for part, process in parts.items()}, time.monotonic()
        async with Peak(self.notifier) as peak:
            await self._command(*line)
        seconds = time.monotonic() - began
        for part, process in parts.items():
            self.used.setdefault(f"{what}, {part}", []).append(cpu(process) - before[part])
        self.memory.setdefault(f"{what}, notifier", []).append(peak.most / 1e6)
        return seconds

    async def _command(self, *line: str) -> str:
        told = os.environ | {"KENTONGAN_HOME": str(self.home.root)}
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(*COMMAND, *line, env=told, stdout=pipe)
        said, _ = await process.communicate()
        if process.returncode:
            raise RuntimeError(f"kentongan {line[1]} ended with {process.returncode}: {said.decode()[-500:]}")
        return said.decode()

    async def _empty(self) -> None:
        connection = await database.connect(self.home, "notifier")
        await connection.execute("truncate contact, contact_import, contact_audit, consent, idempotency")
        await connection.close()


def _rows(rows: Any, vault: Vault) -> Iterator[tuple[Any, ...]]:
    to_row = contacts(vault).to_row
    for row in rows:
        phone = read_phone(row["phone"])
        grants = frozenset((Grant(row["role"], row["place"]),))
        id_ = contact_id(vault.digest(phone))
        contact = Contact(id_, phone=phone, name=row["name"], grants=grants, preferred=Channel(row["channel"]))
        yield (id_, 1, *to_row(contact))


async def main() -> None:
    """Measure."""
    with tempfile.TemporaryDirectory(prefix="kentongan-bench-") as folder:
        async with corner() as at, asyncio.timeout(7200):
            await prepare(at.home)
            addresses = {name: at.home.address(name) for name in PORTS}
            (at.home.run / "addresses.json").write_text(json.dumps(addresses))
            bench = Bench(at, Path(folder) / "people.csv")
            write_file(bench.file)
            broken = await bench.broken_off()
            async with launched(at.home, SERVICES["notifier"]) as bench.notifier:
                kinds = {"import": bench.import_, "export": bench.export, "by hand": bench.by_hand}
                values = await in_turns(kinds, RUNS)
    table(f"import of {PEOPLE:,} people", values, "people a second")
    table("import: CPU", bench.used, "s")
    table("import: peak resident memory", bench.memory, "MB")
    print(f"\nkilled in the middle and started again: all in after {broken:.1f} s, nobody lost, nobody twice")
    ours, limit = (sorted(values[name])[len(values[name]) // 2] for name in ("import", "by hand"))
    last_line("import", ours, limit, ratio(values, "import", "by hand"), "people a second", goal=GOAL)


if __name__ == "__main__":
    run(main)
