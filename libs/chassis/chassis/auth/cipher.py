"""Fields that are unreadable in the database: encrypted, and looked up by a keyed hash."""

import hashlib
import hmac
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE = 12  # bytes, as NIST SP 800-38D wants it; random, so one key is good for 2**32 fields
_TAG = 16
_MAX_KEYS = 255


class CannotDecryptError(Exception):
    """Another key, other associated data, or changed bytes: a bug or tampering, so nothing catches it."""


class Cipher:
    """AES-256-GCM under the last key given; fields of earlier keys stay readable (rotation: append a key).

    A field is one byte of key id (1 for the first key), 12 of nonce, the ciphertext, 16 of tag.
    """

    def __init__(self, *keys: bytes) -> None:
        if not 1 <= len(keys) <= _MAX_KEYS:
            raise ValueError(f"{len(keys)} keys; from 1 to {_MAX_KEYS} are allowed")
        self._ciphers = [AESGCM(key) for key in keys]

    def encrypt(self, plain: bytes, about: bytes) -> bytes:
        """Encrypt. `about` binds the field to its row (for instance the aggregate's id) and is not stored."""
        head = bytes((len(self._ciphers),)) + os.urandom(_NONCE)
        return head + self._ciphers[-1].encrypt(head[1:], plain, head[:1] + about)

    def decrypt(self, stored: bytes, about: bytes) -> bytes:
        """Give back what was encrypted about the same thing. Raises CannotDecryptError."""
        if len(stored) < 1 + _NONCE + _TAG or not 1 <= stored[0] <= len(self._ciphers):
            raise CannotDecryptError("no field of ours, or of a key that is not given")
        head = stored[: 1 + _NONCE]
        try:
            return self._ciphers[head[0] - 1].decrypt(head[1:], stored[1 + _NONCE :], head[:1] + about)
        except InvalidTag:
            raise CannotDecryptError("changed, or encrypted about something else") from None

    def is_current(self, stored: bytes) -> bool:
        """Say whether the field is under the newest key; if not, encrypt it again when it is next written."""
        return stored[:1] == bytes((len(self._ciphers),))


def keyed_hash(key: bytes, text: str) -> bytes:
    """Hash `text` under the key (HMAC-SHA-256, 32 bytes): equal texts meet, and without the key nobody can guess."""
    return hmac.new(key, text.encode(), hashlib.sha256).digest()
