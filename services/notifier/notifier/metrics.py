"""All of the notifier's metrics and spans, one a line, with what they tell."""

from prometheus_client import Counter, Gauge, Histogram

Counted = Counter
"""One row of a counter, as `labels` gives it."""

SPAN_INBOUND = "notifier.inbound"  # a message of a person, from the carrier until Kafka has it; begins the trace
SPAN_DELIVER = "notifier.deliver"  # one try of one delivery, in the trace of what led to its alert

DELIVERIES = Counter(
    "notifier_deliveries_total", "Outcomes of tries, by what became of them", ["lane", "channel", "state"]
)
TRY_SECONDS = Histogram(
    "notifier_try_seconds",
    "From handing messages to a carrier to their answers, once for those that are answered together",
    ["lane", "channel"],
    buckets=(0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30),
)
BACKLOG = Gauge("notifier_lane_backlog", "Deliveries lined up and not begun", ["lane", "channel"])
OLDEST = Gauge(
    "oldest_undelivered_timestamp_seconds",
    "When the oldest alert came in of which somebody was not handed to a carrier yet; now where nobody waits. A time"
    " and not an age, so that a dead exporter looks old",
    ["lane"],
)
CARRIER_UP = Gauge("notifier_carrier_up", "1 while the carrier takes messages", ["carrier"])
WINDOW_USED = Gauge(
    "carrier_window_used", "Messages that this process handed over and that are unanswered", ["carrier"]
)
PLANNED = Counter("notifier_planned_total", "Deliveries lined up", ["lane"])
ESCALATED = Counter("notifier_escalated_total", "People told because others were silent, by step", ["what"])
INBOUND = Counter("notifier_inbound_total", "Messages from phones, by channel", ["channel"])
RECEIPTS = Counter(
    "notifier_receipts_total", "Receipts by state and fate (matched, early, unknown)", ["state", "fate"]
)
DESK_WAITING = Gauge("notifier_desk_waiting", "People who wait for an officer of the service desk")
DESK_OLDEST = Gauge(
    "notifier_desk_oldest_question_timestamp_seconds",
    "Since when the first of them waits; now where nobody does. A time and not an age, as above",
)
CARRIER_EVENTS = Counter(
    "notifier_carrier_events_total",
    "What happened at an SMS carrier, by the words of its adapter",
    ["carrier", "event"],
)
QUARANTINED = Counter("notifier_quarantined_total", "What could not be understood, by reason", ["reason"])
QUARANTINE_FORGOTTEN = Counter("notifier_quarantine_forgotten_total", "Of that, what was kept long enough")
ALARMS = Counter(
    "notifier_carrier_alarms_total",
    "Answers of a carrier that an operator should see, by reason",
    ["carrier", "reason"],
)
WHATSAPP_LEFT = Gauge(
    "whatsapp_people_left_today", "People whom WhatsApp templates may still reach in these 24 hours"
)
WHATSAPP_UNFIT = Gauge(
    "notifier_whatsapp_templates_unfit", "Templates of the region pack that the account cannot send: they go by SMS"
)
MEDIA = Counter("notifier_media_total", "Photos: kept, to be tried again, or gone for a reason", ["state", "reason"])
