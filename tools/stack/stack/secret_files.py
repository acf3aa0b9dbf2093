"""Secrets: made once, at first start, one file each, mode 600."""

import base64
import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from nacl.public import PrivateKey

KAFKA_ADMIN = "admin"
KAFKA_CONTROLLER = "controller"
OPERATOR = "operator"
SERVICES = ("telponi", "gareng-mesem", "destana", "notifier")
KAFKA_USERS = (KAFKA_ADMIN, OPERATOR, *SERVICES)
POSTGRES_USERS = ("admin", *SERVICES)


@dataclass(frozen=True, slots=True)
class Secrets:
    """The folder of secrets."""

    folder: Path

    def has(self, name: str) -> bool:
        """Whether the secret was made already."""
        return (self.folder / name).exists()

    def get(self, name: str) -> str:
        """The secret's text, without the closing line end of one-line secrets."""
        text = (self.folder / name).read_text()
        return text if text.startswith("-----") else text.rstrip("\n")

    def put(self, name: str, text: str) -> None:
        """Store a secret whole or not at all: a half-written key would be believed for ever."""
        draft = self.folder / f".{name}.draft"
        draft.unlink(missing_ok=True)
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(text)
        draft.rename(self.folder / name)

    def ensure(self, name: str) -> str:
        """Give the secret of this name, a random one of 256 bits in hex if there was none."""
        if not self.has(name):
            self.put(name, secrets.token_hex(32))
        return self.get(name)


def make_secrets(folder: Path) -> Secrets:
    """Make every secret that is missing: a user or a service added later gets its own at the next start."""
    store = Secrets(folder)
    for name in _random_ones():
        store.ensure(name)
    for service in SERVICES:
        if not store.has(f"sealing-{service}.pub"):
            key = PrivateKey.generate()
            store.put(f"sealing-{service}.key", bytes(key).hex())
            store.put(f"sealing-{service}.pub", bytes(key.public_key).hex())
    if not store.has("smpp-password"):
        store.put("smpp-password", secrets.token_hex(4))  # SMPP 3.4 allows eight characters
    if not store.has("jwks.json"):
        _make_token_key(store)
    return store


def _random_ones() -> list[str]:
    return [
        *(f"kafka-{user}.password" for user in (*KAFKA_USERS, KAFKA_CONTROLLER)),
        *(f"postgres-{user}.password" for user in POSTGRES_USERS),
        *(f"{use}-{service}.key" for use in ("cipher", "hash") for service in SERVICES),
        *("whatsapp-token", "whatsapp-app-secret", "whatsapp-verify-token"),
        *("twilio-token", "kannel-password", "kannel-secret"),
    ]


def _make_token_key(store: Secrets) -> None:
    key = Ed25519PrivateKey.generate()
    store.put("jwt.key", key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode())
    point = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    public = base64.urlsafe_b64encode(point).rstrip(b"=").decode()
    entry = {"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig", "kid": "local-1", "x": public}
    store.put("jwks.json", json.dumps({"keys": [entry]}))
