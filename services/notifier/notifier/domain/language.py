"""Languages that people may be written to in."""

from enum import StrEnum


class Language(StrEnum):
    """ISO 639-1; every text exists in Indonesian, some in the others."""

    INDONESIAN = "id"
    JAVANESE = "jv"
    ENGLISH = "en"
