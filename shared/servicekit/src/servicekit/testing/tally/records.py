"""Records as some relay might send them, good and bad."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID, uuid4

from contracts import Event
from servicekit.messaging.bus import Outgoing
from servicekit.messaging.envelope import constant_headers, headers, record_key
from servicekit.testing.tally.publishing import customer_state, opportunity_step


def record(
    event: Event,
    sequence: int,
    *,
    tenant: str = "acme",
    event_type: str | None = None,
    body: bytes | None = None,
    event_id: UUID | None = None,
) -> Outgoing:
    """The event in binary mode; `event_type` and `body` replace what the event would say."""
    return Outgoing(
        event.topic,
        record_key(tenant, event.key),
        event.payload() if body is None else body,
        headers(
            constant_headers(
                source="/tradewind/crm",
                event_type=event_type or event.event_type,
                dataschema=event.dataschema,
            ),
            event_id=event_id or uuid4(),
            tenant=tenant,
            aggregate_id=event.key,
            sequence=sequence,
            occurred_at=datetime.now(UTC),
            correlation_id="correlation",
            actor="somebody",
            traceparent="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        ),
    )


def step(aggregate: UUID, sequence: int, name: str | None = None, tenant: str = "acme") -> Outgoing:
    """A step of an opportunity."""
    return record(opportunity_step(aggregate, sequence, name), sequence, tenant=tenant)


def state(aggregate: UUID, sequence: int, tenant: str = "acme") -> Outgoing:
    """A state of a customer."""
    return record(customer_state(aggregate, sequence), sequence, tenant=tenant)
