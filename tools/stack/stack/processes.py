"""What the stack runs: one table, and the environment each process is given."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec

from stack import database
from stack.home import CHECKOUT, Home
from stack.secret_files import Secrets

SERVERS = ("kafka", "postgres")
SYSTEM_ID = "kentongan"  # who binds to the handset's SMPP server
SECOND_SYSTEM_ID = "kentongan2"  # and who to its second one
TWILIO_SID = "AC00000000000000000000000000000001"  # the account of its Twilio look-alike
PHONE_NUMBER_ID = "100000000000001"  # the handset's business number on WhatsApp
BUSINESS_ID = "100200300400500"  # the handset's business account


@dataclass(frozen=True, slots=True)
class Service:
    """A process of ours: `python -m module`. A GET of `path` at its `listener` answers 200 once it is ready."""

    name: str
    module: str
    listener: str
    environment: Callable[[Home, str], dict[str, str]]
    path: str = "/readyz"

    @property
    def is_written(self) -> bool:
        """Whether the package can be run at all."""
        return find_spec(self.module) is not None and find_spec(f"{self.module}.__main__") is not None


def _kentongan(home: Home, name: str) -> dict[str, str]:
    """What every service on the bus is told."""
    return {
        "KENTONGAN_REGION": str(CHECKOUT / "regions/33.17"),
        "KENTONGAN_SECRETS": str(home.secrets),
        "KENTONGAN_KAFKA_BOOTSTRAP": home.address("kafka"),
        "KENTONGAN_KAFKA_USER": name,
        "KENTONGAN_KAFKA_CA": str(home.secrets / "ca.pem"),
        "KENTONGAN_POSTGRES_URL": database.url(home, name),
        "KENTONGAN_GRPC_ADDRESS": home.address(f"{name}.grpc"),
        "KENTONGAN_HTTP_ADDRESS": home.address(f"{name}.http"),
        "KENTONGAN_TLS_CERT": str(home.secrets / "tls.crt"),
        "KENTONGAN_TLS_KEY": str(home.secrets / "tls.key"),
        "KENTONGAN_TLS_CA": str(home.secrets / "ca.pem"),
        "KENTONGAN_JWKS": str(home.secrets / "jwks.json"),
        "KENTONGAN_LOG_LEVEL": "info",
        "KENTONGAN_TRACES": "off",
    }


def _carriers(home: Home) -> dict[str, str]:
    """The carriers are the handset unless the environment names others."""
    secrets = Secrets(home.secrets)
    password = secrets.get("smpp-password")
    return {
        "KENTONGAN_SMPP_URL": f"smpp://{SYSTEM_ID}:{password}@{home.address('handset.smpp')}",
        **_spare(home, password),
        "KENTONGAN_WHATSAPP_URL": f"http://{home.address('handset')}/v23.0",
        "KENTONGAN_WHATSAPP_TOKEN": secrets.get("whatsapp-token"),
        "KENTONGAN_WHATSAPP_APP_SECRET": secrets.get("whatsapp-app-secret"),
        "KENTONGAN_WHATSAPP_VERIFY_TOKEN": secrets.get("whatsapp-verify-token"),
        "KENTONGAN_WHATSAPP_PHONE_NUMBER_ID": PHONE_NUMBER_ID,
        # Another account than the handset's has another id, or none: then its templates are not asked for.
        **({} if os.environ.get("KENTONGAN_WHATSAPP_URL") else {"KENTONGAN_WHATSAPP_BUSINESS_ID": BUSINESS_ID}),
    }


def _spare(home: Home, password: str) -> dict[str, str]:
    """The handset's second SMPP carrier takes over from its first. It is no spare for a real one."""
    if os.environ.get("KENTONGAN_SMPP_URL"):
        return {}
    url = f"smpp://{SECOND_SYSTEM_ID}:{password}@{home.address('handset.smpp2')}?name=operator-2"
    return {"KENTONGAN_SMS_CARRIERS": url}


def _notifier(home: Home, name: str) -> dict[str, str]:
    at = home.address("notifier.webhook")
    webhook = {"KENTONGAN_WEBHOOK_ADDRESS": at, "KENTONGAN_PUBLIC_URL": f"http://{at}"}
    # Whoever tries the stack, at night and ten times in a row, wants to see every message.
    awake = {"KENTONGAN_QUIET_HOURS": "off", "KENTONGAN_ROUTINE_PER_DAY": "off"}
    media = {"KENTONGAN_MEDIA_URL": (home.root.resolve() / "media").as_uri()}
    return _kentongan(home, name) | webhook | awake | media | _carriers(home)


def _handset(home: Home, _: str) -> dict[str, str]:
    secrets, region = Secrets(home.secrets), CHECKOUT / "regions/33.17"
    places = (region / f"{kind}.csv" for kind in ("villages", "facilities", "districts"))
    return {
        "HANDSET_HTTP": home.address("handset"),
        "HANDSET_SMPP": home.address("handset.smpp"),
        "HANDSET_SMPP_SYSTEM_ID": SYSTEM_ID,
        "HANDSET_SMPP_PASSWORD": secrets.get("smpp-password"),
        "HANDSET_SMPP2": home.address("handset.smpp2"),
        "HANDSET_SMPP2_SYSTEM_ID": SECOND_SYSTEM_ID,
        "HANDSET_SMPP2_PASSWORD": secrets.get("smpp-password"),
        **_aggregators(home, secrets),
        "HANDSET_WHATSAPP_TOKEN": secrets.get("whatsapp-token"),
        "HANDSET_WHATSAPP_APP_SECRET": secrets.get("whatsapp-app-secret"),
        "HANDSET_WHATSAPP_VERIFY_TOKEN": secrets.get("whatsapp-verify-token"),
        "HANDSET_WHATSAPP_PHONE_NUMBER_ID": PHONE_NUMBER_ID,
        "HANDSET_WEBHOOK_URL": f"http://{home.address('notifier.webhook')}/webhooks/whatsapp",
        "HANDSET_PEOPLE": str(region / "demo/people.csv"),
        "HANDSET_PLACES": ",".join(map(str, places)),
        "HANDSET_STATE": str(home.root / "handset"),
    }


def _aggregators(home: Home, secrets: Secrets) -> dict[str, str]:
    """What the handset's HTTP look-alikes are told; phones may write there where a carrier of the notifier is one."""
    carriers = os.environ.get("KENTONGAN_SMS_CARRIERS", "")
    hook = f"http://{home.address('notifier.webhook')}/webhooks"
    words = f"secret={secrets.get('kannel-secret')}&id=%I&from=%p&to=%P&text=%b&coding=%c&charset=%C"
    return {
        "HANDSET_TWILIO_SID": TWILIO_SID,
        "HANDSET_TWILIO_TOKEN": secrets.get("twilio-token"),
        "HANDSET_TWILIO_INBOUND_URL": f"{hook}/twilio/twilio" if "twilio://" in carriers else "",
        "HANDSET_KANNEL_USER": SYSTEM_ID,
        "HANDSET_KANNEL_PASSWORD": secrets.get("kannel-password"),
        "HANDSET_KANNEL_GET_URL": f"{hook}/kannel/kannel?{words}" if "kannel://" in carriers else "",
    }


SERVICES = (
    Service("handset", "handset", "handset", _handset, "/healthz"),
    Service("telponi", "telponi", "telponi.http", _kentongan),
    Service("gareng-mesem", "gareng_mesem", "gareng-mesem.http", _kentongan),
    Service("destana", "destana", "destana.http", _kentongan),
    Service("notifier", "notifier", "notifier.http", _notifier),
)


def written() -> tuple[Service, ...]:
    """The services whose packages can be run."""
    return tuple(service for service in SERVICES if service.is_written)


def environment(home: Home, service: Service) -> dict[str, str]:
    """All that the process sees. What the person who started the stack set wins, above all the carriers."""
    given = {name: text for name, text in os.environ.items() if name.startswith("KENTONGAN_") and text}
    plain = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR", "LANG") if name in os.environ}
    return plain | {"PYTHONUNBUFFERED": "1"} | service.environment(home, service.name) | given
