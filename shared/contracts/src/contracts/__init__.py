"""The events that services promise each other, and the schemas generated from them."""

from contracts.base import (
    LONGEST_EVENT_BYTES,
    AddressV1,
    CountryCode,
    CurrencyCode,
    DecimalString,
    Event,
    MoneyV1,
)
from contracts.registry import (
    SERVICES,
    TOPICS,
    Topic,
    TopicKind,
    UnknownEventTypeError,
    UnknownTopicError,
    event_class,
    events,
    topic,
    topic_of,
    topics_of,
)

__all__ = [
    "LONGEST_EVENT_BYTES",
    "SERVICES",
    "TOPICS",
    "AddressV1",
    "CountryCode",
    "CurrencyCode",
    "DecimalString",
    "Event",
    "MoneyV1",
    "Topic",
    "TopicKind",
    "UnknownEventTypeError",
    "UnknownTopicError",
    "event_class",
    "events",
    "topic",
    "topic_of",
    "topics_of",
]
