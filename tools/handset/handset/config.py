"""Arguments of `python -m handset`; each may come from the environment instead."""

import argparse
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(slots=True, frozen=True)
class Config:
    """Everything that a handset is told at its start."""

    http: str
    smpp: str
    smpp_system_id: str
    smpp_password: str
    service_number: str
    whatsapp_token: str
    whatsapp_app_secret: str
    whatsapp_verify_token: str
    whatsapp_phone_number_id: str
    webhook_url: str
    people: str
    places: str
    state: str
    smpp2: str
    smpp2_system_id: str
    smpp2_password: str
    smpp2_number: str
    twilio_sid: str
    twilio_token: str
    twilio_number: str
    twilio_inbound_url: str
    kannel_user: str
    kannel_password: str
    kannel_number: str
    kannel_get_url: str
    smpp_enquire: float = 30.0

    def place_files(self) -> list[Path]:
        """Give the files of places."""
        return [Path(name) for name in self.places.split(",") if name]

    def file(self, name: str) -> Path | None:
        """Give an optional path."""
        value: str = getattr(self, name)
        return Path(value) if value else None


_OPTIONS = {
    "http": ("127.0.0.1:8800", "address of the page, of its API and of the WhatsApp API"),
    "smpp": ("127.0.0.1:8801", "address of the SMPP server"),
    "smpp_system_id": ("kentongan", "who may bind"),
    "smpp_password": ("secret", "and with which password (at most 8 characters in SMPP 3.4)"),
    "service_number": ("2525", "number that phones write SMS to"),
    "whatsapp_token": ("token", "bearer token of the WhatsApp API"),
    "whatsapp_app_secret": ("app-secret", "key of the webhooks' signatures"),
    "whatsapp_verify_token": ("verify-token", "token of the webhook's handshake"),
    "whatsapp_phone_number_id": ("100000000000001", "id of the business phone number"),
    "webhook_url": ("", "where webhooks go, for instance http://127.0.0.1:8828/webhooks/whatsapp"),
    "smpp2": ("", "address of a second SMPP carrier; without it there is one"),
    "smpp2_system_id": ("kentongan2", "who may bind there"),
    "smpp2_password": ("secret", "and with which password"),
    "smpp2_number": ("2626", "number of the second carrier that phones write SMS to"),
    "twilio_sid": ("AC00000000000000000000000000000001", "account of the Twilio look-alike"),
    "twilio_token": ("token", "and its token, which signs the callbacks"),
    "twilio_number": ("+6281100000003", "number of the Twilio look-alike that phones write SMS to"),
    "twilio_inbound_url": ("", "where these go, for instance http://127.0.0.1:8828/webhooks/twilio/twilio"),
    "kannel_user": ("kentongan", "user of the Kannel look-alike's sendsms"),
    "kannel_password": ("secret", "and the password"),
    "kannel_number": ("+6281100000004", "number of the Kannel look-alike that phones write SMS to"),
    "kannel_get_url": ("", "where these go, with Kannel's escapes: http://…?id=%I&from=%p&to=%P&text=%b&charset=%C"),
    "people": ("", "CSV phone,name,role,place,channel: names to show"),
    "places": ("", "CSV files code,name,latitude,longitude, with commas between: places to choose a location from"),
    "state": ("", "folder for conversations and photos; without it they live in memory"),
    "smpp_enquire": ("30", "seconds between enquire_link"),
}


def read(arguments: Sequence[str], environment: Mapping[str, str]) -> Config:
    """Read the configuration; an argument wins over HANDSET_<NAME> in the environment."""
    parser = argparse.ArgumentParser(prog="handset", description="Phones on a page, with their carriers.")
    for name, (default, words) in _OPTIONS.items():
        present = environment.get(f"HANDSET_{name.upper()}", default)
        parser.add_argument(f"--{name.replace('_', '-')}", default=present, help=f"{words} (HANDSET_{name.upper()})")
    values = vars(parser.parse_args(arguments))
    values["smpp_enquire"] = float(values["smpp_enquire"])
    return Config(**values)


def from_outside(arguments: Sequence[str]) -> Config:
    """Read the arguments and this process's environment."""
    return read(arguments, os.environ)


def address(written: str) -> tuple[str, int]:
    """Split host:port. Raises ValueError: it is none."""
    host, _, port = written.rpartition(":")
    return host or "127.0.0.1", int(port)
