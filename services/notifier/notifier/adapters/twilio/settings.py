"""What a Twilio-compatible carrier must know, all of it in one URL."""

from dataclasses import dataclass
from types import MappingProxyType

from notifier.adapters.aggregator.settings import AggregatorSettings, read_url

_ALIASES = MappingProxyType({"from": "sender"})


@dataclass(frozen=True, slots=True, kw_only=True)
class TwilioSettings(AggregatorSettings):
    """One account; `user` is its SID, `password` its auth token, which also signs the callbacks. Times in seconds."""

    name: str = "twilio"
    service: str = ""  # SID of a Messaging Service that chooses the sender
    retry: str = "rc=5&rp=all"  # of status callbacks: put after "#", as Twilio's connection overrides; empty: nothing


def parse(url: str) -> TwilioSettings:
    """Read `twilio://SID:TOKEN@host:port/path?from=KENTONGAN&name=...&tls=false`.

    Raises ValueError in one line that does not repeat the token.
    """
    settings = read_url(url, TwilioSettings, "twilio", _ALIASES)
    if not settings.sender and not settings.service:
        raise ValueError("a twilio carrier needs from=NAME or service=MG...")
    return settings
