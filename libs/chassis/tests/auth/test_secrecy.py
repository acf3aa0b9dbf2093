"""What is sealed or encrypted opens for its reader, about its own thing, and not after a change."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.auth.cipher import CannotDecryptError, Cipher, keyed_hash
from chassis.auth.keys import new_key, new_sealing_pair
from chassis.auth.sealing import OVERHEAD, SealError, seal, unseal
from chassis.kernel.errors import Poison

OLD, NEW = bytes(32), b"\x01" * 32


@given(st.binary(max_size=300))
def test_an_envelope_opens_for_its_reader_alone(data: bytes):
    private, public = map(bytes.fromhex, new_sealing_pair())
    sealed = seal(public, data)
    assert len(sealed) == len(data) + OVERHEAD
    assert unseal(private, sealed) == data
    other = bytes.fromhex(new_sealing_pair()[0])
    for key, envelope in (
        (other, sealed),
        (private, sealed[:-1]),
        (private, b""),
        (private, sealed[:-1] + b"\x00\x00"),
    ):
        with pytest.raises(SealError):
            unseal(key, envelope)
    assert issubclass(SealError, Poison)


@given(st.binary(max_size=100), st.binary(max_size=20))
def test_a_field_comes_back_about_the_same_thing(plain: bytes, about: bytes):
    stored = Cipher(OLD).encrypt(plain, about)
    assert Cipher(OLD).decrypt(stored, about) == plain
    with pytest.raises(CannotDecryptError):
        Cipher(OLD).decrypt(stored, about + b"x")
    with pytest.raises(CannotDecryptError):
        Cipher(NEW).decrypt(stored, about)


def test_every_changed_byte_is_noticed():
    stored = Cipher(OLD).encrypt(b"Siti", b"id")
    for place in range(len(stored)):
        changed = bytearray(stored)
        changed[place] ^= 1
        with pytest.raises(CannotDecryptError):
            Cipher(OLD).decrypt(bytes(changed), b"id")
    with pytest.raises(CannotDecryptError):
        Cipher(OLD).decrypt(b"", b"id")


def test_after_a_rotation_old_fields_are_read_and_new_ones_use_the_new_key():
    old = Cipher(OLD).encrypt(b"Siti", b"id")
    rotated = Cipher(OLD, NEW)
    assert rotated.decrypt(old, b"id") == b"Siti"
    new = rotated.encrypt(b"Siti", b"id")
    assert (rotated.is_current(old), rotated.is_current(new)) == (False, True)
    with pytest.raises(CannotDecryptError):
        Cipher(OLD).decrypt(new, b"id")


def test_the_same_text_is_never_encrypted_the_same():
    assert len({Cipher(OLD).encrypt(b"Siti", b"id") for _ in range(100)}) == 100


def test_the_keyed_hash_is_hmac_sha_256():
    # RFC 4231, test case 2
    assert keyed_hash(b"Jefe", "what do ya want for nothing?").hex() == (
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    )
    assert keyed_hash(OLD, "a") != keyed_hash(NEW, "a")


def test_keys_have_32_bytes():
    assert len(bytes.fromhex(new_key())) == 32
