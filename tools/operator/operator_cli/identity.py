"""Tokens that the command signs with the stack's own key."""

from collections.abc import Iterable
from datetime import timedelta
from uuid import UUID

from chassis.auth.grants import Grant
from chassis.auth.tokens import Signer
from chassis.kernel.ids import derived_id
from operator_cli.errors import CliError
from operator_cli.home import Home

OPERATOR = derived_id("contact", "operator")
SHORT = timedelta(minutes=5)


def sign(home: Home, contact: UUID, grants: Iterable[Grant], lifetime: timedelta) -> str:
    """Sign a token. Raises CliError when the key is absent or none."""
    try:
        return Signer.from_pem(home.secret("jwt.key")).issue(contact, grants, lifetime)
    except ValueError:
        raise CliError("jwt.key bukan kunci Ed25519", "BAD_KEY") from None


def operator_token(home: Home) -> str:
    """A token with which the command itself asks."""
    return sign(home, OPERATOR, [Grant("operator", home.region)], SHORT)


def parse_grant(text: str) -> Grant:
    """Read ROLE@PLACE. Raises CliError."""
    try:
        return Grant.parse(text)
    except ValueError:
        raise CliError(f"{text!r} bukan PERAN@TEMPAT; contoh: midwife@33.17.09.2004", "BAD_ROLE") from None
