"""The score card as others read it: `python -m telponi.adapters.kspr_published > published/kspr.json`."""

import json
import sys
from typing import Any

from telponi.domain import kspr
from telponi.domain.gestation import POST_TERM_WEEKS
from telponi.domain.kspr_rows import ROWS, START, VERSION


def published() -> dict[str, Any]:
    """The rows, the limits of those that are derived, and the classes, as JSON values."""
    return {
        "version": VERSION,
        "start": START,
        "rows": {
            number: {"group": row.group, "points": row.points, "name": row.name, "words": list(row.words)}
            for number, row in ROWS.items()
        },
        "limits": {
            "1": {"age_years_at_most": kspr.TOO_YOUNG},
            "2a": {"first_pregnancy": True, "years_married_at_least": kspr.LATE_AFTER_MARRIAGE},
            "2b": {"first_pregnancy": True, "age_years_at_least": kspr.TOO_OLD, "instead_of": "6"},
            "3": {"first_pregnancy": False, "years_since_birth_below": kspr.SHORT_INTERVAL},
            "4": {"first_pregnancy": False, "years_since_birth_at_least": kspr.LONG_INTERVAL},
            "5": {"para_at_least": kspr.MANY_CHILDREN},
            "6": {"age_years_at_least": kspr.TOO_OLD},
            "7": {"height_cm_at_most": kspr.SHORT_CM},
            "8": {"abortus_at_least": 1},
            "16": {"gestation_days_at_least": 7 * POST_TERM_WEEKS},
        },
        "classes": {"KRR": START, "KRT": kspr.HIGH_FROM, "KRST": kspr.VERY_HIGH_FROM},
    }


if __name__ == "__main__":
    json.dump(published(), sys.stdout, indent=2)
    sys.stdout.write("\n")
