"""The fleets that the settings ask for."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from aiohttp import web

from notifier.adapters.fleet import Fleet
from notifier.adapters.kannel.client import KannelCarrier
from notifier.adapters.kannel.settings import KannelSettings
from notifier.adapters.kannel.settings import parse as parse_kannel
from notifier.adapters.member import Limits, Member
from notifier.adapters.smpp.client import SmppCarrier
from notifier.adapters.smpp.settings import SmppSettings
from notifier.adapters.smpp.settings import parse as parse_smpp
from notifier.adapters.twilio.client import TwilioCarrier
from notifier.adapters.twilio.settings import TwilioSettings
from notifier.adapters.twilio.settings import parse as parse_twilio
from notifier.adapters.whatsapp.settings import WhatsAppSettings
from notifier.application.carriers import Carrier, Channel
from notifier.application.incoming import Sink

SmsSettings = SmppSettings | TwilioSettings | KannelSettings
SmsCarrier = SmppCarrier | TwilioCarrier | KannelCarrier
Now = Callable[[], datetime]

_READERS: dict[str, Callable[[str], SmsSettings]] = {
    "smpp": parse_smpp,
    "smpps": parse_smpp,
    "twilio": parse_twilio,
    "kannel": parse_kannel,
}


def read_carriers(text: str) -> tuple[SmsSettings, ...]:
    """Read URLs of SMS carriers, separated by white space, the most wanted first.

    Raises ValueError in one line that repeats no password.
    """
    found = tuple(_read(url) for url in text.split())
    if twice := _twice([one.name for one in found]):
        raise ValueError(f"two carriers are called {twice}: give each its own name=")
    return found


def reached_at(settings: SmsSettings, public_url: str) -> SmsSettings:
    """The same carrier; told where our webhooks are, where its own URL does not say so."""
    if isinstance(settings, SmppSettings) or settings.callback:
        return settings
    return replace(settings, callback=public_url)


def _read(url: str) -> SmsSettings:
    scheme = url.partition("://")[0]
    if scheme not in _READERS:
        raise ValueError(f"an SMS carrier begins with one of {', '.join(f'{known}://' for known in _READERS)}")
    return _READERS[scheme](url)


def _twice(names: Sequence[str]) -> str:
    return next((name for place, name in enumerate(names) if name in names[:place]), "")


def sms_carriers(settings: Sequence[SmsSettings], sink: Sink) -> list[SmsCarrier]:
    """The carriers of these settings, in their order."""
    return [_carrier(one, sink) for one in settings]


def _carrier(settings: SmsSettings, sink: Sink) -> SmsCarrier:
    match settings:
        case SmppSettings():
            return SmppCarrier(settings, sink)
        case TwilioSettings():
            return TwilioCarrier(settings, sink)
        case KannelSettings():
            return KannelCarrier(settings, sink)


def sms_fleet(carriers: Sequence[SmsCarrier], settings: Sequence[SmsSettings], now: Now) -> Fleet:
    """All SMS carriers as one, each at its own rate."""
    pairs = zip(carriers, settings, strict=True)
    return Fleet(
        Channel.SMS, [Member(carrier, Limits(rate=one.rate, window=_window(one)), now) for carrier, one in pairs]
    )


def _window(settings: SmsSettings) -> int:
    """Messages that may be unanswered, over all links."""
    return settings.window * settings.binds if isinstance(settings, SmppSettings) else settings.window


def whatsapp_fleet(carrier: Carrier, settings: WhatsAppSettings, now: Now) -> Fleet:
    """The one WhatsApp number, at Meta's rate and at most so fast to one person."""
    limits = Limits(settings.rate, settings.pair_burst, settings.pair_pause)
    return Fleet(Channel.WHATSAPP, [Member(carrier, limits, now)])


def callbacks(carriers: Sequence[SmsCarrier]) -> list[web.RouteDef]:
    """Where carriers that speak HTTP bring receipts and messages."""
    return [route for one in carriers if not isinstance(one, SmppCarrier) for route in one.routes()]
