"""Envelopes for one reader: what people wrote crosses the bus so that only one service can open it.

A libsodium sealed box (X25519, XSalsa20-Poly1305): the sender is anonymous and cannot open it again.
"""

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
    return SealedBox(PublicKey(public_key)).encrypt(data)


def unseal(private_key: bytes, sealed: bytes) -> bytes:
    """Open an envelope. Raises SealError."""
    try:
        return SealedBox(PrivateKey(private_key)).decrypt(sealed)
    except CryptoError:
        raise SealError from None
