"""Phone numbers as people write them, by the phone library: 0812, 62812 and +62812 are one number."""

import phonenumbers

COUNTRY = "ID"


class NoPhoneError(ValueError):
    """Not a number that a phone could have."""


def read_phone(text: str) -> str:
    """E.164 with plus. Raises NoPhoneError."""
    digits = text.strip()
    if digits.startswith("62"):  # WhatsApp and SMS centres leave the plus out
        digits = "+" + digits
    try:
        number = phonenumbers.parse(digits, COUNTRY)
    except phonenumbers.NumberParseException as error:
        raise NoPhoneError(text) from error
    if not phonenumbers.is_possible_number(number):
        raise NoPhoneError(text)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
