"""Everything that keeps names, numbers and words unreadable: keys in, closures out."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

import orjson

from chassis.auth.cipher import Cipher, keyed_hash
from chassis.auth.sealing import seal, unseal
from chassis.kernel.errors import Poison


@dataclass(frozen=True, slots=True, repr=False)
class Vault:
    """The notifier's keys. `readers` holds the public sealing key of each service."""

    cipher: Cipher
    hash_key: bytes
    private_key: bytes
    public_key: bytes
    readers: Mapping[str, bytes]

    def digest(self, number: str) -> bytes:
        """The keyed hash under which a number or user id is looked up."""
        return keyed_hash(self.hash_key, number)

    def name_key(self, beginning: str) -> int:
        """The keyed hash under which the beginning of a word of a name is found: 8 bytes, as PostgreSQL's bigint."""
        digest = hashlib.blake2b(beginning.encode(), digest_size=8, key=self.hash_key, person=b"name").digest()
        return int.from_bytes(digest, "big", signed=True)

    def hide(self, text: str, about: UUID) -> bytes | None:
        """Encrypt a field of a row; an empty one stays empty."""
        return self.cipher.encrypt(text.encode(), about.bytes) if text else None

    def show(self, stored: bytes | None, about: UUID) -> str:
        """What `hide` hid."""
        return self.cipher.decrypt(stored, about.bytes).decode() if stored else ""

    def seal_for(self, service: str, content: bytes) -> bytes:
        """Close content for one service."""
        return seal(self.readers[service], content)

    def seal_values(self, values: Mapping[str, str]) -> bytes:
        """Close an alert's values for ourselves."""
        return seal(self.public_key, orjson.dumps(dict(values)))

    def open_values(self, sealed: bytes) -> dict[str, str]:
        """An alert's values. Raises Poison when they are not for us or no object of strings."""
        try:
            values = orjson.loads(unseal(self.private_key, sealed))
        except orjson.JSONDecodeError as error:
            raise Poison("malformed_values") from error
        if not isinstance(values, dict) or not all(isinstance(value, str) for value in values.values()):
            raise Poison("malformed_values")
        return values
