"""CloudEvents on Kafka: how an event's envelope becomes record headers, and back.

Pure. We send binary mode (attributes are `ce_*` headers, the body is the fact alone) and read
binary and structured mode, as the CloudEvents Kafka protocol binding 1.0 asks of a receiver.
Reading has two steps: `parse` understands any CloudEvent, `address` demands what Tradewind
needs to put an event in order: tenant, subject and sequence.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

SPEC_VERSION = "1.0"
STRUCTURED = "application/cloudevents"
JSON = "application/json"
MAX_SEQUENCE = 2**63 - 1

_AGGREGATE = re.compile(r"[\x21-\x7e]{1,200}")
_SEQUENCE = re.compile(r"[1-9][0-9]{0,18}")
_TENANT = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_VERSIONED = re.compile(r"(?P<name>.+)\.v(?P<major>[1-9][0-9]{0,5})")


class EnvelopeIsUnreadable(ValueError):
    """The record is no CloudEvent, or lacks what puts it in order; it says which part."""


@dataclass(frozen=True, slots=True)
class CloudEvent:
    """Context attributes by their CloudEvents names, extensions included, and the body."""

    attributes: Mapping[str, str]
    data: bytes
    traceparent: str | None = None


@dataclass(frozen=True, slots=True)
class Envelope:
    """An addressed event, not yet parsed as a contract."""

    event_id: UUID
    event_type: str
    source: str
    tenant: str
    aggregate_id: str
    sequence: int
    occurred_at: datetime
    correlation_id: str
    actor: str
    causation_id: str | None
    traceparent: str | None
    replay: bool
    data: bytes


def instant(value: datetime) -> str:
    """RFC 3339 in UTC with microseconds, the form that `ce_time` carries."""
    return value.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def constant_headers(
    *, source: str, event_type: str, dataschema: str
) -> tuple[tuple[str, bytes], ...]:
    """The headers that all events of one type share; build them once."""
    return (
        ("content-type", b"application/json"),
        ("ce_specversion", b"1.0"),
        ("ce_source", source.encode()),
        ("ce_type", event_type.encode()),
        ("ce_dataschema", dataschema.encode()),
    )


def headers(
    constant: tuple[tuple[str, bytes], ...],
    *,
    event_id: UUID,
    tenant: str,
    aggregate_id: str,
    sequence: int,
    occurred_at: datetime,
    correlation_id: str,
    actor: str,
    causation_id: str | None = None,
    traceparent: str | None = None,
    replay: bool = False,
) -> list[tuple[str, bytes]]:
    """All headers of one event in binary mode."""
    result = [
        *constant,
        ("ce_id", str(event_id).encode()),
        ("ce_time", instant(occurred_at).encode()),
        ("ce_subject", aggregate_id.encode()),
        ("ce_sequence", b"%d" % sequence),
        ("ce_tenant", tenant.encode()),
        ("ce_correlationid", correlation_id.encode()),
        ("ce_actor", actor.encode()),
    ]
    if causation_id is not None:
        result.append(("ce_causationid", causation_id.encode()))
    if traceparent is not None:
        result.append(("traceparent", traceparent.encode()))
    if replay:
        result.append(("ce_replay", b"true"))
    return result


def record_key(tenant: str, aggregate_id: str) -> bytes:
    """The record key: it keeps an aggregate's events in one partition, hence in order."""
    return f"{tenant}:{aggregate_id}".encode()


def parse(headers: Iterable[tuple[str, bytes | None]], value: bytes | None) -> CloudEvent:
    """Read a record in binary or structured content mode; raises `EnvelopeIsUnreadable`.

    Header names are compared without regard to case, and `content-type` may carry parameters.
    """
    found: dict[str, str] = {}
    try:
        for name, raw in headers:
            if raw is not None:
                found[name.lower()] = raw.decode()
    except UnicodeDecodeError as error:
        raise EnvelopeIsUnreadable(f"header {name} is not UTF-8") from error
    content_type = found.get("content-type", "")
    traceparent = found.get("traceparent") or found.get("ce_traceparent")
    if content_type.lower().startswith(STRUCTURED):
        event = _structured(content_type, value)
        return CloudEvent(event.attributes, event.data, traceparent or event.traceparent)
    attributes = {name[3:]: text for name, text in found.items() if name.startswith("ce_")}
    attributes.pop("traceparent", None)
    if content_type:
        attributes["datacontenttype"] = content_type
    _require(attributes)
    return CloudEvent(attributes, value or b"", traceparent)


def address(event: CloudEvent) -> Envelope:
    """Take what orders and routes the event; raises `EnvelopeIsUnreadable` naming what lacks."""
    attributes = event.attributes
    tenant = attributes.get("tenant", "")
    if not _TENANT.fullmatch(tenant):
        raise EnvelopeIsUnreadable(f"ce_tenant {tenant!r} is no tenant")
    aggregate_id = attributes.get("subject", "")
    if not _AGGREGATE.fullmatch(aggregate_id):
        raise EnvelopeIsUnreadable(f"ce_subject {aggregate_id!r} is no aggregate's id")
    text = attributes.get("sequence", "")
    if not _SEQUENCE.fullmatch(text) or int(text) > MAX_SEQUENCE:
        raise EnvelopeIsUnreadable(f"ce_sequence {text!r} is no positive whole number")
    try:
        event_id = UUID(attributes["id"])
    except ValueError as error:
        raise EnvelopeIsUnreadable(f"ce_id {attributes['id']!r} is no UUID") from error
    return Envelope(
        event_id=event_id,
        event_type=attributes["type"],
        source=attributes["source"],
        tenant=tenant,
        aggregate_id=aggregate_id,
        sequence=int(text),
        occurred_at=_time(attributes.get("time")),
        correlation_id=attributes.get("correlationid") or str(event_id),
        actor=attributes.get("actor", ""),
        causation_id=attributes.get("causationid"),
        traceparent=event.traceparent,
        replay=attributes.get("replay") == "true",
        data=event.data,
    )


def name_and_major(event_type: str) -> tuple[str, int] | None:
    """`tradewind.crm.customer-created.v1` -> its name without the version, and the major."""
    match = _VERSIONED.fullmatch(event_type)
    return (match["name"], int(match["major"])) if match else None


def _structured(content_type: str, value: bytes | None) -> CloudEvent:
    kind = content_type.partition(";")[0].strip().lower()
    if kind != "application/cloudevents+json":
        raise EnvelopeIsUnreadable(f"structured mode in {kind}: only +json is understood")
    try:
        document = json.loads(value or b"")
    except (ValueError, RecursionError) as error:
        raise EnvelopeIsUnreadable(f"structured mode, but the body is no JSON: {error}") from error
    if not isinstance(document, dict):
        raise EnvelopeIsUnreadable("structured mode, but the body is no JSON object")
    data = document.pop("data", None)
    encoded = document.pop("data_base64", None)
    if encoded is not None:
        try:
            body = base64.b64decode(encoded, validate=True)
        except (binascii.Error, TypeError, ValueError) as error:
            raise EnvelopeIsUnreadable("data_base64 is no base64") from error
    elif isinstance(data, str) and not _is_json(document.get("datacontenttype")):
        body = data.encode()
    else:
        body = b"" if data is None else json.dumps(data, ensure_ascii=False).encode()
    attributes = {
        str(name): item if isinstance(item, str) else json.dumps(item)
        for name, item in document.items()
        if item is not None
    }
    traceparent = attributes.pop("traceparent", None)
    _require(attributes)
    return CloudEvent(attributes, body, traceparent)


def _is_json(content_type: object) -> bool:
    if content_type is None:
        return True
    kind = str(content_type).partition(";")[0].strip().lower()
    return kind == JSON or kind.endswith("+json")


def _require(attributes: Mapping[str, str]) -> None:
    for name in ("specversion", "id", "type", "source"):
        if not attributes.get(name):
            raise EnvelopeIsUnreadable(f"ce_{name} is missing: this is no CloudEvent")
    version = attributes["specversion"]
    if version.partition(".")[0] != "1":
        raise EnvelopeIsUnreadable(f"CloudEvents {version} is not understood, only 1.x")


def _time(text: str | None) -> datetime:
    try:
        value = datetime.fromisoformat(text or "")
    except ValueError as error:
        raise EnvelopeIsUnreadable(f"ce_time {text!r} is no RFC 3339 instant") from error
    if value.tzinfo is None:
        raise EnvelopeIsUnreadable(f"ce_time {text!r} has no offset from UTC")
    return value.astimezone(UTC)
