"""Makes keys, in the form in which the secrets folder keeps them."""

import json
import secrets

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from nacl.public import PrivateKey

from chassis.auth.tokens import jwks_of


def new_key() -> str:
    """32 random bytes in hexadecimal, for cipher-*.key and hash-*.key."""
    return secrets.token_hex(32)


def new_sealing_pair() -> tuple[str, str]:
    """A private key and its public half, both in hexadecimal, for sealing-*.key and sealing-*.pub."""
    key = PrivateKey.generate()
    return bytes(key).hex(), bytes(key.public_key).hex()


def new_signing_pair() -> tuple[str, str]:
    """An Ed25519 private key as PEM and the key set that trusts it, for jwt.key and jwks.json."""
    key = Ed25519PrivateKey.generate()
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    return pem, json.dumps(jwks_of(key.public_key()))
