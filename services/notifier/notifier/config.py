"""What the notifier must be told: everything the chassis needs, its carriers, its work."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from chassis.settings import (
    ADDRESS,
    KEY,
    TEXT,
    Address,
    KeySettings,
    ProcessSettings,
    Rule,
    load_or_stop,
    part,
    secret,
    setting,
    url,
)
from notifier.adapters.aggregator.settings import CALLBACK, read_callback
from notifier.adapters.fleets import SmsSettings, reached_at, read_carriers
from notifier.adapters.media.settings import Place, place_of
from notifier.adapters.quiet_hours import REGION, read_span
from notifier.adapters.rules import read_budget
from notifier.adapters.smpp.settings import SmppSettings, parse
from notifier.adapters.whatsapp.tier import people_of
from notifier.domain import words
from notifier.domain.lane import Lane

SERVICE = "notifier"
PLANNER, INBOUND, WEBHOOK, GRPC = "planner", "inbound", "webhook", "grpc"
LANES: Mapping[str, Lane] = MappingProxyType({f"lane:{lane.word}": lane for lane in Lane})
ROLES = frozenset({PLANNER, INBOUND, WEBHOOK, GRPC, *LANES})
"""The work that a process may do; all of it together, or apart."""


def _roles(text: str) -> frozenset[str]:
    roles = frozenset(role.strip() for role in text.split(",") if role.strip())
    if not roles or not roles <= ROLES:
        raise ValueError(f"{', '.join(sorted(roles - ROLES)) or 'nothing'} is no work of the notifier")
    return roles


SMPP = Rule(parse, "smpp://system_id:password@host:port", "smpp://kentongan:rahasia@127.0.0.1:8801")


def _more_carriers(text: str) -> tuple[SmsSettings, ...]:
    found = read_carriers(text)
    if any(one.name == SmppSettings.__dataclass_fields__["name"].default for one in found):
        raise ValueError("the carrier of KENTONGAN_SMPP_URL is called smpp: give the others another name=")
    return found


SMS_CARRIERS = Rule(
    _more_carriers,
    "URLs of more SMS carriers after white space: smpp://, smpps://, twilio:// or kannel://, each with its own name=",
    "smpp://id:password@10.0.0.2:2775?name=second twilio://SID:TOKEN@api.example.id?from=KENTONGAN",
)
PUBLIC = Rule(read_callback, CALLBACK, "https://sms.example.id")
_GRAPH = url("http", "https", example="https://graph.facebook.com/v23.0")
_VERSION = "v23.0"  # of the Cloud API that the carrier speaks


def _versioned(text: str) -> str:
    """Add the version to an address that names none: a look-alike is often known by its host and port alone."""
    address = _GRAPH.read(text).rstrip("/")
    return address if re.search(r"/v\d+\.\d+$", address) else f"{address}/{_VERSION}"


GRAPH = Rule(_versioned, _GRAPH.allowed, _GRAPH.example)


def _digits(text: str) -> str:
    if not (text.strip().isascii() and text.strip().isdigit()):
        raise ValueError("it is no number")
    return text.strip()


def _tier(text: str) -> int:
    people = people_of(text)
    if not people:
        raise ValueError(f"{text!r} is no tier")
    return people


DIGITS = Rule(_digits, "digits", "106540352242922")
TIER = Rule(_tier, "a number of people, or a tier as Meta writes it", "TIER_2K")
FIRST_TIER = 250  # people a day: what Meta gives a new account


def _window(text: str) -> int:
    window = int(text)
    if not 1 <= window <= MOST_WINDOW:
        raise ValueError(f"{window} is outside")
    return window


BUDGET = Rule(read_budget, "region, off, or a number of messages", "off")
QUIET = Rule(read_span, "region, off, or hours like 21:00-06:00", "off")
MOST_WINDOW = 1000
WINDOW = Rule(_window, f"a whole number from 1 to {MOST_WINDOW}", "50")


@dataclass(frozen=True, slots=True)
class WhatsAppAccount:
    """One phone number of a WhatsApp Business account."""

    url: str = setting("KENTONGAN_WHATSAPP_URL", GRAPH)
    token: str = setting("KENTONGAN_WHATSAPP_TOKEN", TEXT)
    app_secret: str = setting("KENTONGAN_WHATSAPP_APP_SECRET", TEXT)
    verify_token: str = setting("KENTONGAN_WHATSAPP_VERIFY_TOKEN", TEXT)
    phone_number_id: str = setting("KENTONGAN_WHATSAPP_PHONE_NUMBER_ID", Rule(TEXT.read, "digits", "106540352242922"))
    business_id: str = setting("KENTONGAN_WHATSAPP_BUSINESS_ID", DIGITS, default="")
    tier: int = setting("KENTONGAN_WHATSAPP_TIER", TIER, default=FIRST_TIER)


MEDIA = Rule(
    place_of,
    "file:///folder, or s3://bucket/prefix with ?endpoint=https://…&region=…",
    "file:///var/lib/kentongan/media",
)


@dataclass(frozen=True, slots=True)
class MediaSettings:
    """Where photos are kept, encrypted. The keys are for s3; without them the machine's own are looked for."""

    place: Place = setting("KENTONGAN_MEDIA_URL", MEDIA)
    access_key: str = setting("KENTONGAN_MEDIA_ACCESS_KEY", TEXT, default="")
    secret_key: str = setting("KENTONGAN_MEDIA_SECRET_KEY", TEXT, default="")


@dataclass(frozen=True, slots=True)
class Readers:
    """The public sealing keys of the services that field messages go to."""

    telponi: bytes = secret("sealing-telponi.pub", KEY)
    gareng_mesem: bytes = secret("sealing-gareng-mesem.pub", KEY)
    destana: bytes = secret("sealing-destana.pub", KEY)
    notifier: bytes = secret("sealing-notifier.pub", KEY)

    def by_service(self) -> dict[str, bytes]:
        """The keys by the services' names."""
        return {words.TELPONI: self.telponi, words.GARENG_MESEM: self.gareng_mesem, words.DESTANA: self.destana}


@dataclass(frozen=True, slots=True)
class NotifierSettings:
    """All settings of a notifier process."""

    process: ProcessSettings = part(ProcessSettings)
    readers: Readers = part(Readers)
    smpp: SmppSettings = setting("KENTONGAN_SMPP_URL", SMPP)
    more_sms: tuple[SmsSettings, ...] = setting("KENTONGAN_SMS_CARRIERS", SMS_CARRIERS, default=())
    whatsapp: WhatsAppAccount = part(WhatsAppAccount)
    media: MediaSettings = part(MediaSettings)
    webhook_address: Address = setting("KENTONGAN_WEBHOOK_ADDRESS", ADDRESS)
    public_url: str = setting("KENTONGAN_PUBLIC_URL", PUBLIC, default="")
    """Where carriers outside find our webhooks, without the path: the `callback` of those whose URL names none."""
    roles: frozenset[str] = setting(
        "KENTONGAN_NOTIFIER_ROLES", Rule(_roles, ", ".join(sorted(ROLES)), "planner,lane:urgent"), default=ROLES
    )

    quiet_hours: str = setting("KENTONGAN_QUIET_HOURS", QUIET, default=REGION)
    routine_per_day: str = setting("KENTONGAN_ROUTINE_PER_DAY", BUDGET, default=REGION)
    """Routine messages that a person gets a day before the rest waits for the digest."""
    window: int = setting("KENTONGAN_NOTIFIER_WINDOW", WINDOW, default=50)
    """Deliveries of one queue that may be unanswered or unrecorded at a time: what a crash may leave unclear."""

    @property
    def sms(self) -> tuple[SmsSettings, ...]:
        """All SMS carriers, the most wanted first."""
        return tuple(reached_at(one, self.public_url) for one in (self.smpp, *self.more_sms))

    @property
    def keys(self) -> KeySettings:
        """The notifier's own keys."""
        return self.process.keys


def load() -> NotifierSettings:
    """Read the settings, or say on stderr what is wrong and end."""
    return load_or_stop(NotifierSettings, SERVICE)
