"""Envelopes for one reader: what people wrote crosses the bus so that only one service can open it.

A libsodium sealed box (X25519, XSalsa20-Poly1305): the sender is anonymous and cannot open it again.
"""

from functools import lru_cache

from nacl.exceptions import CryptoError
from nacl.public import PrivateKey, PublicKey, SealedBox

from chassis.kernel.errors import Poison

OVERHEAD = 48  # bytes that sealing adds: the one-time public key and the authentication tag


class SealError(Poison):
    """It was closed for somebody else, or changed on the way: it can never be opened."""

    def __init__(self) -> None:
        super().__init__("cannot_unseal", "sealed for another reader, or damaged")


def seal(public_key: bytes, data: bytes) -> bytes:
    """Close `data` for whoever holds the private key of `public_key` (32 bytes)."""
    return _closer(public_key).encrypt(data)


def unseal(private_key: bytes, sealed: bytes) -> bytes:
    """Open an envelope. Raises SealError."""
    try:
        return _opener(private_key).decrypt(sealed)
    except CryptoError:
        raise SealError from None


@lru_cache(maxsize=16)
def _closer(public_key: bytes) -> SealedBox[PublicKey]:
    return SealedBox(PublicKey(public_key))


@lru_cache(maxsize=16)
def _opener(private_key: bytes) -> SealedBox[PrivateKey]:
    """Making the public half of a key costs as much as opening with it; a process has one key and keeps it anyway."""
    return SealedBox(PrivateKey(private_key))
