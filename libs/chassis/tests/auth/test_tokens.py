"""A token proves what its signer said, until it expires, and nothing else."""

import json
from datetime import timedelta
from uuid import UUID

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from chassis.auth import tokens
from chassis.auth.grants import Caller, Grant
from chassis.auth.keys import new_signing_pair
from chassis.auth.tokens import InvalidToken, Signer, Verifier, jwks_of

CONTACT = UUID("5f6f3a52-61a4-4bb7-8f0e-2ad7f3f0a001")
GRANT = Grant("midwife", "33.17.09.2004")


class Time:
    def __init__(self) -> None:
        self.now = 1_790_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def key() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.generate()


@pytest.fixture
def verifier(key: Ed25519PrivateKey, time: Time) -> Verifier:
    return Verifier(jwks_of(key.public_key()), time)


def test_a_token_proves_contact_and_grants(key: Ed25519PrivateKey, verifier: Verifier, time: Time):
    token = Signer(key, time).issue(CONTACT, [GRANT], timedelta(minutes=5))
    claims = jwt.decode(token, options={"verify_signature": False})
    assert claims == {
        "iss": "kentongan", "sub": str(CONTACT), "grants": ["midwife@33.17.09.2004"],
        "iat": 1_790_000_000, "exp": 1_790_000_300,
    }  # fmt: skip
    for _ in range(2):  # decoded, then remembered
        assert verifier.verify(token) == Caller(CONTACT, frozenset({GRANT}))
    time.now += 100
    assert verifier.left(verifier.verify(token)) == 200


def test_a_remembered_token_expires_too(key: Ed25519PrivateKey, verifier: Verifier, time: Time):
    token = Signer(key, time).issue(CONTACT, [GRANT], timedelta(seconds=60))
    verifier.verify(token)
    time.now += 59
    verifier.verify(token)
    time.now += 1
    for _ in range(2):
        with pytest.raises(InvalidToken, match="expired"):
            verifier.verify(token)


def test_what_is_remembered_is_bounded(
    key: Ed25519PrivateKey, verifier: Verifier, time: Time, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(tokens, "KEPT", 3)
    for number in range(10):
        verifier.verify(Signer(key, time).issue(UUID(int=number), [], timedelta(seconds=60)))
    assert len(verifier._known) == 3


def test_another_key_and_a_changed_token_prove_nothing(key: Ed25519PrivateKey, verifier: Verifier, time: Time):
    with pytest.raises(InvalidToken, match="unknown key"):
        verifier.verify(Signer(Ed25519PrivateKey.generate(), time).issue(CONTACT, [GRANT], timedelta(seconds=60)))
    head, body, signature = Signer(key, time).issue(CONTACT, [GRANT], timedelta(seconds=60)).split(".")
    other = Signer(key, time).issue(UUID(int=7), [GRANT], timedelta(seconds=60)).split(".")[1]
    for forged in (f"{head}.{other}.{signature}", f"{head}.{body}.", "", "x", "a.b.c"):
        with pytest.raises(InvalidToken):
            verifier.verify(forged)


def test_unsigned_and_symmetric_tokens_prove_nothing(key: Ed25519PrivateKey, verifier: Verifier, time: Time):
    kid = tokens.key_id(key.public_key())
    claims = {"iss": "kentongan", "sub": str(CONTACT), "exp": time.now + 60, "grants": []}
    public = key.public_key().public_bytes_raw()
    for forged in (
        jwt.encode(claims, None, "none", headers={"kid": kid}),
        jwt.encode(claims, public, "HS256", headers={"kid": kid}),
        jwt.encode(claims | {"iss": "somebody"}, key, "EdDSA", headers={"kid": kid}),
        jwt.encode(claims | {"grants": ["midwife"]}, key, "EdDSA", headers={"kid": kid}),
        jwt.encode(claims | {"sub": "me"}, key, "EdDSA", headers={"kid": kid}),
        jwt.encode({"iss": "kentongan", "sub": str(CONTACT)}, key, "EdDSA", headers={"kid": kid}),
    ):
        with pytest.raises(InvalidToken):
            verifier.verify(forged)


def test_a_key_set_may_name_its_key_otherwise():
    pem, jwks = new_signing_pair()
    known = json.loads(jwks)
    known["keys"][0]["kid"] = "local-1"
    token = Signer.from_pem(pem.encode()).issue(CONTACT, [GRANT], timedelta(seconds=60))
    assert Verifier(known).verify(token).contact_id == CONTACT


@pytest.mark.parametrize(
    ("held", "place", "covers"),
    [
        ("33.17", "33.17.09.2004", True),
        ("33.17.09", "33.17.09.2004", True),
        ("33.17.09.2004", "33.17.09.2004", True),
        ("33.17.09.2004", "33.17.09", False),
        ("33.17.0", "33.17.09", False),
        ("RSUD", "RSUD", True),
        ("RSUD", "RSUD.IGD", False),
    ],
)
def test_a_grant_covers_its_place_and_what_lies_in_it(held: str, place: str, covers: bool):  # noqa: FBT001 - a table
    caller = Caller(CONTACT, frozenset({Grant("midwife", held)}))
    assert caller.may("midwife", place) is covers
    assert not caller.may("doctor", place)


@pytest.mark.parametrize("text", ["midwife", "@33.17", "midwife@", ""])
def test_a_grant_is_a_role_at_a_place(text: str):
    with pytest.raises(ValueError, match="role@place"):
        Grant.parse(text)
