"""What was mended in Faust's transport, by itself."""

from unittest.mock import Mock

from chassis.kafka.transport import ConsumerThread


def test_a_reader_that_was_not_stopped_in_time_keeps_no_process_alive():
    assert ConsumerThread.Worker(Mock()).daemon
