"""The topics and the events that travel on them.

Importing this module loads every published event, so that whoever asks the registry gets the
whole catalogue.
"""

from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

import contracts.cpq
import contracts.crm
import contracts.erp  # noqa: F401
from contracts.base import Event


class TopicKind(StrEnum):
    """What a topic keeps, and what a missing event means to a consumer."""

    STATE = "state"
    """Compacted. Each event carries the aggregate's full state: the newest wins, gaps are fine."""
    LOG = "log"
    """Kept for a time. Each event is a step: a gap holds the aggregate back until it is filled."""


@dataclass(frozen=True, slots=True)
class Topic:
    """One aggregate's events."""

    name: str
    kind: TopicKind
    title: str
    """What the topic tells, in a sentence."""
    partitions: int = 6
    """A hint for whoever creates the topic; it must not shrink later."""

    @property
    def owner(self) -> str:
        """The only service that writes to the topic."""
        return self.name.partition(".")[0]

    @property
    def aggregate(self) -> str:
        """The kind of thing whose id is the key."""
        return self.name.partition(".")[2]

    @property
    def events(self) -> tuple[type[Event], ...]:
        """The published events of the topic, in the order of their definition."""
        return tuple(event for event in Event.published.values() if event.topic == self.name)


class UnknownTopicError(LookupError):
    """An event names a topic that the registry does not have."""


class UnknownEventTypeError(LookupError):
    """No published event has this CloudEvents type."""


_STATE, _LOG = TopicKind.STATE, TopicKind.LOG

TOPICS: MappingProxyType[str, Topic] = MappingProxyType(
    {
        topic.name: topic
        for topic in (
            Topic("crm.customer", _STATE, "Who the customer is."),
            Topic("crm.lead", _LOG, "Who may become a customer, and who did."),
            Topic("crm.opportunity", _LOG, "What we hope to sell."),
            Topic("crm.interaction", _LOG, "What passed between us and the customer."),
            Topic("erp.item", _STATE, "What can be bought, stocked and sold."),
            Topic("erp.price", _STATE, "List prices by currency and date."),
            Topic("erp.cost", _STATE, "Standard costs by company and date."),
            Topic("erp.stock", _STATE, "What lies where, and what can be promised when."),
            Topic("erp.credit", _STATE, "What a customer owes, and may still owe."),
            Topic("erp.tax", _STATE, "What tax a company charges, by category and date."),
            Topic("erp.order", _LOG, "What we promised to deliver, and how far that is."),
            Topic("erp.invoice", _LOG, "What a customer was asked to pay."),
            Topic("erp.credit_note", _LOG, "What a customer was credited."),
            Topic("erp.adjustment", _LOG, "What was written off, paid back, given or charged."),
            Topic("erp.payment", _LOG, "What customers paid."),
            Topic("erp.bill", _LOG, "What suppliers billed or credited."),
            Topic("erp.supplier", _LOG, "What suppliers were paid."),
            Topic("cpq.configuration_model", _STATE, "What can be configured, from which day on."),
            Topic("cpq.quote", _LOG, "What we offered, and what the customer said to it."),
            Topic("cpq.contract", _LOG, "What customers bought for a time, and what changed it."),
        )
    }
)
"""Every topic by name."""

SERVICES = ("crm", "erp", "cpq")


def topic(name: str) -> Topic:
    """The topic of that name; raises `UnknownTopicError`."""
    try:
        return TOPICS[name]
    except KeyError:
        raise UnknownTopicError(f"{name!r} is none of {', '.join(TOPICS)}") from None


def topic_of(event: Event | type[Event]) -> Topic:
    """The topic that carries the event; raises `UnknownTopicError`."""
    return topic(event.topic)


def topics_of(service: str) -> tuple[Topic, ...]:
    """The topics that the service owns."""
    return tuple(topic for topic in TOPICS.values() if topic.owner == service)


def events() -> tuple[type[Event], ...]:
    """Every published event, by topic and then in the order of definition."""
    return tuple(event for topic in TOPICS.values() for event in topic.events)


def event_class(event_type: str) -> type[Event]:
    """The event class of a CloudEvents type; raises `UnknownEventTypeError`."""
    try:
        return Event.published[event_type]
    except KeyError:
        raise UnknownEventTypeError(f"no published event has the type {event_type!r}") from None


for _event in Event.published.values():
    topic_of(_event)  # A contract without a topic must not get past the import.
