"""What operators watch: the age of the outbox, the lag of consumers, what waits for a person."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

OUTBOX_UNSENT = Gauge(
    "tradewind_outbox_unsent", "Committed events that the broker has not acknowledged yet."
)
OUTBOX_OLDEST_SECONDS = Gauge(
    "tradewind_outbox_oldest_seconds", "Age of the oldest unsent event, in seconds."
)
RELAY_SENT = Counter(
    "tradewind_relay_sent", "Events that the broker acknowledged.", ["topic", "replay"]
)
RELAY_FAILED = Counter(
    "tradewind_relay_failed", "Sends that failed; the event stays and is sent again.", ["topic"]
)
RELAY_LEADER = Gauge("tradewind_relay_leader", "1 while this process holds the relay's lock.")
RELAY_LOST_LOGS = Counter(
    "tradewind_relay_lost_logs", "Topics found shorter than what had been acknowledged.", ["topic"]
)
EVENTS = Counter(
    "tradewind_consumer_events",
    "Events by what became of them: applied, skipped, duplicate, gap, waiting, healed, parked.",
    ["consumer", "outcome"],
)
LAG_RECORDS = Gauge(
    "tradewind_consumer_lag_records", "Records not yet applied.", ["consumer", "topic"]
)
LAG_SECONDS = Gauge(
    "tradewind_consumer_lag_seconds",
    "Age of the newest applied event while others wait, else 0, in seconds.",
    ["consumer", "topic"],
)
POLL_AGE = Gauge(
    "tradewind_consumer_poll_age_seconds", "Seconds since the consumer last polled.", ["consumer"]
)
CONSUMER_UP = Gauge(
    "tradewind_consumer_up", "1 while the consumer reads, 0 when it has stopped.", ["consumer"]
)
RETRIES = Counter(
    "tradewind_consumer_retries", "Batches put back for a passing fault.", ["consumer"]
)
LOST_TOPICS = Counter(
    "tradewind_consumer_lost_topics", "Partitions found shorter than read.", ["consumer", "topic"]
)
PARKED = Gauge(
    "tradewind_parked_messages",
    "Messages set aside: parked wait for a person, waiting for an earlier event.",
    ["consumer", "status"],
)
BATCH_SECONDS = Histogram(
    "tradewind_consumer_batch_seconds",
    "Time to apply one partition batch, commit included.",
    ["consumer"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
JOB_RUNS = Counter("tradewind_job_runs", "Runs of a job by outcome.", ["job", "outcome"])
