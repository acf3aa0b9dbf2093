"""What a carrier behind Kannel's sendsms must know, all of it in one URL."""

import re
from dataclasses import dataclass, field
from types import MappingProxyType

from notifier.adapters.aggregator.settings import AggregatorSettings, read_url

_ALIASES = MappingProxyType({"from": "sender"})
_SECRET = re.compile(r"[A-Za-z0-9_-]{16,}")
_SENDSMS = "/cgi-bin/sendsms"


@dataclass(frozen=True, slots=True, kw_only=True)
class KannelSettings(AggregatorSettings):
    """One sendsms user of a Kannel, or of a gateway that speaks like it. Times in seconds."""

    tls: bool = False
    name: str = "kannel"
    smsc: str = ""  # smsc-id that Kannel is to use; empty: its own routing
    secret: str = field(default="", repr=False)  # of the callbacks; without it none is asked for and none believed

    @property
    def sendsms(self) -> str:
        """The address of sendsms."""
        return self.base if self.path else self.base + _SENDSMS

    @property
    def missing_for_receipts(self) -> str:
        """The setting without which no receipts are asked for; empty: they are."""
        return "callback" if not self.callback else "" if self.secret else "secret"


def parse(url: str) -> KannelSettings:
    """Read `kannel://user:password@host:port?from=...&name=...&secret=...`; a path replaces `/cgi-bin/sendsms`.

    Raises ValueError in one line that repeats neither password nor secret.
    """
    settings = read_url(url, KannelSettings, "kannel", _ALIASES)
    if settings.secret and not _SECRET.fullmatch(settings.secret):
        raise ValueError("kannel setting secret: at least 16 letters, digits, dashes or underscores")
    return settings
