"""Tokens: JWT signed with Ed25519 (RFC 8037), checked against a JWKS (RFC 7517)."""

import base64
import hashlib
import json
import time
from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from chassis.auth.grants import Caller, Grant

ISSUER = "kentongan"
ALGORITHM = "EdDSA"
KEPT = 10_000  # verified tokens remembered at most, about 5 MB


class InvalidToken(Exception):  # noqa: N818 - what is wrong, not that something is
    """The token proves nothing; the text says why without quoting the token."""


class Signer:
    """Issues tokens. Holds the private key: only the operator's tool and the login have one."""

    def __init__(self, key: Ed25519PrivateKey, now: Callable[[], float] = time.time) -> None:
        self._key = key
        self._kid = key_id(key.public_key())
        self._now = now

    @classmethod
    def from_pem(cls, pem: bytes) -> "Signer":
        """Read the private key from PKCS #8 PEM. Raises ValueError."""
        key = load_pem_private_key(pem, password=None)
        if not isinstance(key, Ed25519PrivateKey):
            raise ValueError("the signing key is no Ed25519 key")  # noqa: TRY004 - wrong content, not a wrong argument
        return cls(key)

    def issue(self, contact_id: UUID, grants: Iterable[Grant], lifetime: timedelta) -> str:
        """Sign a token that says these grants for the lifetime."""
        now = int(self._now())
        claims = {
            "iss": ISSUER,
            "sub": str(contact_id),
            "grants": sorted(map(str, grants)),
            "iat": now,
            "exp": now + int(lifetime.total_seconds()),
        }
        return jwt.encode(claims, self._key, ALGORITHM, headers={"kid": self._kid})


class Verifier:
    """Checks tokens. A good one is remembered until it expires: decoding costs 150 µs, remembering none.

    Expiry goes by the machine's clock (`now`, seconds since 1970), never by the one that tests move.
    """

    def __init__(self, jwks: Mapping[str, Any], now: Callable[[], float] = time.time) -> None:
        self._keys = dict(_keys(jwks))
        self._now = now
        self._known: dict[str, Caller] = {}

    @classmethod
    def from_file(cls, path: Path) -> "Verifier":
        """Read the JWKS. Raises OSError or ValueError."""
        return cls(json.loads(path.read_text("utf-8")))

    def verify(self, token: str) -> Caller:
        """Give the caller that the token proves. Raises InvalidToken."""
        caller = self._known.get(token) or self._known_now(token)
        if self.left(caller) <= 0:
            self._known.pop(token, None)
            raise InvalidToken("the token has expired")
        return caller

    def left(self, caller: Caller) -> float:
        """Give the seconds for which the caller's token still proves something."""
        return caller.until - self._now()

    def _known_now(self, token: str) -> Caller:
        caller = self._decode(token)
        if self.left(caller) > 0:
            if len(self._known) >= KEPT:
                del self._known[next(iter(self._known))]
            self._known[token] = caller
        return caller

    def _decode(self, token: str) -> Caller:
        try:
            key = self._keys.get(jwt.get_unverified_header(token).get("kid", ""))
            if key is None:
                raise InvalidToken("the token is signed with an unknown key")
            # Expiry and time of issue are ours to compare, by `now`; PyJWT would ask the machine.
            options: Any = {"require": ["exp", "sub", "iss"], "verify_exp": False, "verify_iat": False}
            claims = jwt.decode(token, key, algorithms=[ALGORITHM], issuer=ISSUER, options=options)
            grants = frozenset(map(Grant.parse, claims.get("grants", ())))
            return Caller(UUID(claims["sub"]), grants, float(claims["exp"]))
        except jwt.PyJWTError as error:
            raise InvalidToken(f"the token is not valid ({type(error).__name__})") from None
        except (ValueError, TypeError, AttributeError):
            raise InvalidToken("the token's claims are not ours") from None


def jwks_of(*keys: Ed25519PublicKey) -> dict[str, Any]:
    """The key set that says: whoever holds these keys may sign."""
    return {"keys": [_jwk(key) | {"kid": key_id(key), "use": "sig", "alg": ALGORITHM} for key in keys]}


def key_id(key: Ed25519PublicKey) -> str:
    """The key's thumbprint (RFC 7638)."""
    canonical = json.dumps(_jwk(key), sort_keys=True, separators=(",", ":")).encode()
    return _base64(hashlib.sha256(canonical).digest())


def _jwk(key: Ed25519PublicKey) -> dict[str, Any]:
    return {"crv": "Ed25519", "kty": "OKP", "x": _base64(key.public_bytes(Encoding.Raw, PublicFormat.Raw))}


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _keys(jwks: Mapping[str, Any]) -> Iterable[tuple[str, Ed25519PublicKey]]:
    for entry in jwks.get("keys", ()):
        key = jwt.PyJWK(entry).key
        if not isinstance(key, Ed25519PublicKey):
            raise ValueError("the key set holds a key that is no Ed25519 public key")  # noqa: TRY004 - as above
        yield entry.get("kid", ""), key
        yield key_id(key), key  # a signer knows its key's thumbprint, whatever name the key set gives it
