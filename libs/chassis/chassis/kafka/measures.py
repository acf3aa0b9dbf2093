"""Names of the metrics and spans that the chassis makes of Kafka. No label names a person, key or place."""

from chassis.telemetry.metrics import counter, gauge

SPAN_CONSUME = "kafka.consume"  # a batch of one partition, linked to its events' traces; a lone event's is continued

CONSUMED = counter("kentongan_events_consumed_total", "Events taken from Kafka, ignored ones too", ["topic"])
DEAD = counter("kentongan_dlq_records_total", "Events sent to the dead letters", ["topic", "reason"])
PARKED = counter("kentongan_events_parked_total", "Events that had to wait in the parked table", ["topic"])
BREAKER = gauge("kentongan_dead_letter_breaker_open", "1 while too many events of the topic died", ["topic"])
PUBLISHED = counter("kentongan_events_published_total", "Outbox rows that Kafka acknowledged", ["topic"])
LAG = gauge("kentongan_consumer_lag_records", "Records behind the last commit", ["topic", "partition"])
