"""What a setting's text may be: how it is read, what is allowed, and an example to copy."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Generic, TypeVar
from urllib.parse import urlsplit

from chassis.region.clocks import read_duration

T = TypeVar("T")
KEY_BYTES = 32
_PORTS = range(65536)


@dataclass(frozen=True, slots=True)
class Rule(Generic[T]):
    """How one kind of setting is read. `read` raises ValueError when the text is not allowed."""

    read: Callable[[str], T]
    allowed: str
    example: str


@dataclass(frozen=True, slots=True)
class Address:
    """Where something listens. Port 0 asks the machine for a free one."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


def _text(value: str) -> str:
    if not value.strip():
        raise ValueError("it is empty")
    return value.strip()


def _file(value: str) -> Path:
    path = Path(value)
    if not path.is_file():
        raise ValueError("there is no such file")
    return path


def _folder(value: str) -> Path:
    path = Path(value)
    if not path.is_dir():
        raise ValueError("there is no such folder")
    return path


def _address(value: str) -> Address:
    host, colon, port = value.rpartition(":")
    if not (host and colon and port.isdecimal() and int(port) in _PORTS):
        raise ValueError("it is no host:port")
    return Address(host, int(port))


def _clocks(value: str) -> Mapping[str, timedelta]:
    clocks: dict[str, timedelta] = {}
    for item in filter(None, (part.strip() for part in value.split(","))):
        name, equals, duration = item.partition("=")
        if not (equals and name.strip()):
            raise ValueError(f"{item!r} is no name=duration")
        clocks[name.strip()] = read_duration(duration)
    return MappingProxyType(clocks)


def _key(value: str) -> bytes:
    try:
        key = bytes.fromhex(value.strip())
    except ValueError:
        raise ValueError("it is not hexadecimal") from None
    if len(key) != KEY_BYTES:
        raise ValueError(f"it holds {len(key)} bytes")
    return key


def _keys(value: str) -> tuple[bytes, ...]:
    keys = tuple(_key(line) for line in value.split())
    if not keys:
        raise ValueError("it is empty")
    return keys


TEXT = Rule(_text, "any text that is not empty", "kentongan")
FILE = Rule(_file, "the path of a file that can be read", "/etc/kentongan/ca.pem")
FOLDER = Rule(_folder, "the path of a folder", "regions/33.17")
ADDRESS = Rule(_address, "host:port with a port from 0 to 65535", "127.0.0.1:8820")
CLOCKS = Rule(
    _clocks,
    "name=duration, more of them after commas; a duration is a number and s, m, h or d",
    "telponi.emergency_offer=15s,gareng_mesem.pile_target=1m",
)
KEY = Rule(_key, f"{KEY_BYTES} bytes as {2 * KEY_BYTES} hexadecimal digits", "0f" * 4 + "…")
KEYS = Rule(_keys, f"one key a line, each {2 * KEY_BYTES} hexadecimal digits; the last one encrypts", "0f" * 4 + "…")


def one_of(*choices: str) -> Rule[str]:
    """One of these words, in any case."""

    def read(value: str) -> str:
        word = value.strip().lower()
        if word not in choices:
            raise ValueError(f"{value!r} is none of them")
        return word

    return Rule(read, " or ".join(choices), choices[0])


def number(low: float, high: float) -> Rule[float]:
    """A number from `low` to `high`, both allowed."""

    def read(value: str) -> float:
        found = float(value)
        if not low <= found <= high:
            raise ValueError(f"{value} is outside")
        return found

    return Rule(read, f"a number from {low:g} to {high:g}", f"{high:g}")


def url(*schemes: str, example: str) -> Rule[str]:
    """A URL of one of the schemes, with a host."""

    def read(value: str) -> str:
        parts = urlsplit(value.strip())
        if parts.scheme not in schemes or not parts.hostname:
            raise ValueError("scheme or host is missing or another one")  # the URL may hold a password: not echoed
        return value.strip()

    return Rule(read, f"a URL that starts with {' or '.join(scheme + '://' for scheme in schemes)}", example)
