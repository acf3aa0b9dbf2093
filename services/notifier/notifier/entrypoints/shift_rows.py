"""Rows of a roster's file, checked column by column."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, tzinfo

from chassis.kernel.errors import Reject
from kentongan.notifier.v1 import roster_service_pb2 as pb
from notifier.application.contacts import Address
from notifier.application.rosters import ShiftRow
from notifier.domain.contact import Grant
from notifier.domain.file_import import RowError
from notifier.domain.roster import check_times
from notifier.entrypoints.contact_rows import NO_PHONE, read_grant

MOST_TURNS = 99


class ShiftReader:
    """Reads rows; times without an offset are those of the region's clocks."""

    def __init__(
        self, address: Callable[[str], Address | None], knows_place: Callable[[str], bool], zone: tzinfo
    ) -> None:
        self._address, self._knows, self._zone = address, knows_place, zone

    def read(
        self, first: int, rows: Sequence[pb.ShiftRow], now: datetime
    ) -> tuple[tuple[ShiftRow, ...], tuple[RowError, ...]]:
        """The rows that can be taken, and what is wrong with the others. `first` is the number of the first."""
        good: list[ShiftRow] = []
        wrong: list[RowError] = []
        for number, row in enumerate(rows, start=first):
            try:
                good.append(self._row(number, row, now))
            except Reject as error:
                wrong.append(RowError(number, error.field, error.rule, error.message))
        return tuple(good), tuple(wrong)

    def _row(self, number: int, row: pb.ShiftRow, now: datetime) -> ShiftRow:
        phone = self._address(row.phone)
        if phone is None:
            raise Reject("phone", "phone", NO_PHONE)
        begins, ends = self._moment("begins", row.begins), self._moment("ends", row.ends)
        check_times(begins, ends, now)
        return ShiftRow(number, self._duty(row), phone, _turn(row.turn), begins, ends)

    def _duty(self, row: pb.ShiftRow) -> Grant:
        grant = read_grant(row.role, row.place, self._knows)
        if grant is None:
            raise Reject("role", "required", "isi peran dan tempatnya, contoh bpbd_duty dan 33.17")
        return grant

    def _moment(self, field: str, text: str) -> datetime:
        try:
            moment = datetime.fromisoformat(text.strip())
        except ValueError:
            raise Reject(field, "time", "tulis 2026-12-01 07:00 (waktu setempat) atau 2026-12-01T00:00Z") from None
        return (moment if moment.tzinfo else moment.replace(tzinfo=self._zone)).astimezone(UTC)


def _turn(text: str) -> int:
    given = text.strip() or "1"
    if not given.isascii() or not given.isdigit() or not 1 <= int(given) <= MOST_TURNS:
        raise Reject("turn", "out_of_range", f"isi 1 sampai {MOST_TURNS}; 1 dihubungi lebih dulu")
    return int(given)
