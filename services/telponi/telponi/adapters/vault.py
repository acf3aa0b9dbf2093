"""What is stored of persons is unreadable without the service's keys."""

from typing import Any
from uuid import UUID

import orjson

from chassis.auth.cipher import Cipher, keyed_hash


class Vault:
    """Encrypts what names a person, bound to its row, and makes keyed hashes to find it again."""

    def __init__(self, cipher: Cipher, hash_key: bytes) -> None:
        self._cipher = cipher
        self._hash_key = hash_key

    def close(self, content: Any, row: UUID) -> bytes:
        """Encrypt a JSON value for one row."""
        return self._cipher.encrypt(orjson.dumps(content), row.bytes)

    def open(self, stored: bytes, row: UUID) -> Any:
        """Give back what was encrypted for that row. Raises CannotDecryptError."""
        return orjson.loads(self._cipher.decrypt(stored, row.bytes))

    def of(self, *parts: str) -> str:
        """The keyed hash of the parts, in hexadecimal."""
        return keyed_hash(self._hash_key, "\x1f".join(parts)).hex()
