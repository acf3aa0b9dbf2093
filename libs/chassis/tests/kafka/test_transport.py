"""What was mended in Faust's transport, by itself."""

from types import SimpleNamespace
from unittest.mock import Mock

from chassis.kafka.transport import FETCH_WAIT_MS, QUIET, QUIET_WAIT_MS, ConsumerThread


def test_a_reader_that_was_not_stopped_in_time_keeps_no_process_alive():
    assert ConsumerThread.Worker(Mock()).daemon


def test_fetches_wait_longer_in_quiet_times_and_briefly_while_records_come():
    reader, fetcher, now = object.__new__(ConsumerThread), SimpleNamespace(_fetch_max_wait_ms=0), [100.0]
    reader.thread_loop = SimpleNamespace(time=lambda: now[0])
    waits = []
    for passed, came in ((0, False), (1, True), (QUIET - 0.1, False), (0.2, False), (1, True)):
        now[0] += passed
        reader.pace(fetcher, came=came)
        waits.append(fetcher._fetch_max_wait_ms)
    assert waits == [QUIET_WAIT_MS, FETCH_WAIT_MS, FETCH_WAIT_MS, QUIET_WAIT_MS, FETCH_WAIT_MS]
