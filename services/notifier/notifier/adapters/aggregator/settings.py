"""What every carrier reached over HTTP must know, read from one URL."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import timedelta
from typing import Any, TypeVar
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

_NAME = re.compile(r"[A-Za-z0-9._-]{1,64}")
_CALLBACK = re.compile(r"https?://[A-Za-z0-9._:\[\]/-]+")
CALLBACK = "an http(s) address without query, for instance https://sms.example.id"
_IN_THE_ADDRESS = frozenset({"host", "port", "user", "password", "path"})


@dataclass(frozen=True, slots=True, kw_only=True)
class AggregatorSettings:
    """One carrier reached over HTTP. Times in seconds."""

    host: str
    port: int = 0  # 0: the scheme's own
    user: str
    password: str = field(repr=False)
    path: str = ""  # before the API's own paths
    tls: bool = True
    name: str
    sender: str = ""  # a registered name, or a number; `from` in the URL
    callback: str = ""  # where the carrier finds our webhook, without the path: https://sms.example.id
    rate: float = 0.0  # parts a second; 0: as many as it answers
    window: int = 20  # requests without an answer
    reserve: int = 4  # of them never used by routine
    timeout: float = 20.0
    throttle_pause: float = 5.0  # where the answer has no Retry-After
    sink_timeout: float = 10.0
    max_unanswered: int = 1000  # callbacks in work; more are told to come again
    unicode_supported: bool = True
    max_parts: int = 10

    @property
    def base(self) -> str:
        """The API's address, without a slash at its end."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        at = f"{host}:{self.port}" if self.port else host
        return f"{'https' if self.tls else 'http'}://{at}{self.path}"

    @property
    def pause(self) -> timedelta:
        """For how long to stop where the carrier does not say."""
        return timedelta(seconds=self.throttle_pause)

    @property
    def missing_for_receipts(self) -> str:
        """The setting without which no receipts are asked for; empty: they are."""
        return "" if self.callback else "callback"


S = TypeVar("S", bound=AggregatorSettings)


def read_callback(text: str) -> str:
    """Check where carriers find our webhooks. Raises ValueError."""
    if not _CALLBACK.fullmatch(text.strip()):
        raise ValueError("it is no address that a path can be added to")
    return text.strip().rstrip("/")


def read_url(url: str, kind: type[S], scheme: str, aliases: Mapping[str, str]) -> S:
    """Read `scheme://user:password@host:port/path?from=...&name=...`; the query takes every setting's name.

    `aliases`: the query's names that are no Python names. Raises ValueError, in one line that repeats nothing of what
    may be a password.
    """
    parts, port = _split(url, scheme)
    known = {f.name: f.type for f in fields(kind) if f.name not in _IN_THE_ADDRESS}
    options: dict[str, Any] = {}
    for told, text in parse_qsl(parts.query, keep_blank_values=True):
        name = aliases.get(told, told)
        if name not in known:
            raise ValueError(f"a {scheme} carrier has no setting {told}")
        options[name] = _typed(scheme, told, text, known[name])
    settings = kind(
        host=parts.hostname or "",
        port=port,
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        path=parts.path.rstrip("/"),
        **options,
    )
    _check(settings, scheme)
    return settings


def _split(url: str, scheme: str) -> tuple[SplitResult, int]:
    allowed = (
        f"a {scheme} carrier is {scheme}://user:password@host:port?from=...; write / ? # @ in a password as %2F..."
    )
    try:
        parts = urlsplit(url)
        port = parts.port or 0
    except ValueError:
        raise ValueError(allowed) from None
    if parts.scheme != scheme or not parts.hostname or not parts.username or not parts.password or parts.fragment:
        raise ValueError(allowed)
    return parts, port


def _typed(scheme: str, name: str, text: str, kind: object) -> object:
    try:
        if kind is bool:
            return {"true": True, "1": True, "false": False, "0": False}[text.lower()]
        if kind in {int, float}:
            return _above_zero(kind(text))
    except (KeyError, ValueError):
        raise ValueError(f"{scheme} setting {name}: {text!r} makes no sense") from None
    return text


def _above_zero(number: float) -> float:
    if not 0 <= number < float("inf"):
        raise ValueError
    return number


def _check(settings: AggregatorSettings, scheme: str) -> None:
    if not _NAME.fullmatch(settings.name):
        raise ValueError(f"{scheme} setting name: letters, digits, dot, dash and underscore, at most 64")
    if settings.callback and not _CALLBACK.fullmatch(settings.callback):
        raise ValueError(f"{scheme} setting callback: {CALLBACK}")
    if settings.window < 1 or settings.max_parts < 1:
        raise ValueError(f"{scheme} settings window and max_parts are at least 1")
