"""How the trail of readings lies in PostgreSQL."""

from chassis.postgres.table import Table
from telponi.domain.record_read import RecordRead

RECORD_READS: Table[RecordRead] = Table(
    kind=RecordRead,
    name="record_read",
    columns={"pregnancy": "uuid", "reader": "uuid", "means": "text", "at": "timestamptz"},
    to_row=lambda one: (one.pregnancy, one.reader, one.means, one.at),
    from_row=lambda read_id, version, pregnancy, reader, means, at: RecordRead(
        read_id, pregnancy, reader, means, at, version=version
    ),
)
