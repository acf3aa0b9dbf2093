"""`kentongan topics`: the catalogue beside what is on the broker."""

from dataclasses import asdict, dataclass
from typing import Any

from kafka.structs import TopicPartition

from chassis.kafka.catalogue import Catalogue
from operator_cli import broker
from operator_cli.home import Home, from_environment
from operator_cli.output import Json, show_json, show_table

_INTERNAL = "__"


@dataclass(frozen=True, slots=True)
class TopicState:
    """One topic: `partitions` as the catalogue wants them and as they are, records kept, lag by group."""

    topic: str
    owner: str
    wanted: int | None
    partitions: int | None
    records: int
    lag: dict[str, int]

    @property
    def remark(self) -> str:
        """What is not as the catalogue says."""
        if self.partitions is None:
            return "belum ada di broker"
        if self.wanted is None:
            return "tidak ada di katalog"
        return "" if self.wanted == self.partitions else f"partisi seharusnya {self.wanted}"


def topics(*, as_json: Json = False) -> None:
    """Daftar topik: katalog di samping keadaan broker, banyaknya catatan, dan ketertinggalan tiap pembaca."""
    found = states(from_environment(), broker.catalogue())
    if as_json:
        show_json([asdict(each) | {"remark": each.remark} for each in found])
        return
    rows = [(each.topic, each.partitions, each.records, _lag(each.lag), each.remark) for each in found]
    show_table(("topik", "partisi", "catatan", "tertinggal", "keterangan"), rows, "Tidak ada topik.")


def states(home: Home, wanted: Catalogue) -> list[TopicState]:
    """Every topic of the catalogue or the broker."""
    with broker.admin(home) as admin, broker.consumer(home, broker.ADMIN) as consumer:
        there = {name for name in admin.list_topics() if not name.startswith(_INTERNAL)}
        committed = _committed(admin)
        return [_state(consumer, wanted, there, committed, name) for name in sorted(there | set(wanted.topics))]


def _state(
    consumer: Any, wanted: Catalogue, there: set[str], committed: dict[str, dict[TopicPartition, int]], name: str
) -> TopicState:
    topic = wanted.topics.get(name)
    owner, planned = (topic.owner, topic.partitions) if topic else ("", None)
    if name not in there:
        return TopicState(name, owner, planned, None, 0, {})
    parts = [TopicPartition(name, number) for number in consumer.partitions_for_topic(name) or ()]
    begin, end = consumer.beginning_offsets(parts), consumer.end_offsets(parts)
    lag = {
        group: sum(end[part] - max(offsets[part], begin[part]) for part in parts if part in offsets)
        for group, offsets in committed.items()
        if any(part in offsets for part in parts)
    }
    records = sum(end[part] - begin[part] for part in parts)
    return TopicState(name, owner, planned, len(parts), records, lag)


def _committed(admin: Any) -> dict[str, dict[TopicPartition, int]]:
    """Offsets committed, by group."""
    groups = [group["group_id"] for group in admin.list_groups()]
    if not groups:
        return {}
    found = admin.list_group_offsets(dict.fromkeys(groups))
    return {
        group: {part: each.offset for part, each in offsets.items() if each.offset >= 0}
        for group, offsets in found.items()
    }


def _lag(lag: dict[str, int]) -> str:
    return ", ".join(f"{group} {count}" for group, count in sorted(lag.items()))
