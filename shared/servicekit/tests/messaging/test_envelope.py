"""CloudEvents on Kafka, against the scenarios of the CloudEvents project and our own rules."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from uuid import UUID

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from servicekit.messaging.envelope import (
    EnvelopeIsUnreadable,
    address,
    constant_headers,
    headers,
    instant,
    name_and_major,
    parse,
    record_key,
)

EVENT_ID = UUID("01999999-0000-7000-8000-000000000001")
NOON = datetime(2026, 11, 23, 12, 0, 0, 123456, tzinfo=UTC)
CONSTANT = constant_headers(
    source="/tradewind/crm",
    event_type="tradewind.crm.customer-created.v1",
    dataschema="urn:tradewind:schema:crm:customer-created:v1",
)


def ours(**changes: object) -> list[tuple[str, bytes]]:
    values: dict[str, object] = {
        "event_id": EVENT_ID,
        "tenant": "acme",
        "aggregate_id": "a-1",
        "sequence": 7,
        "occurred_at": NOON,
        "correlation_id": "c-1",
        "actor": "ann",
        "causation_id": "cause",
        "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "replay": True,
    }
    return headers(CONSTANT, **(values | changes))  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def events(data_set: Callable[[str], Path]) -> Path:
    return data_set("events")


def scenarios(
    folder: Path,
) -> list[tuple[str, bytes, list[tuple[str, bytes]], dict[str, str], object]]:
    """The scenarios of kafka-protocol-binding.feature, outlines unfolded."""
    path = folder / "kafka-protocol-binding.feature"
    found = []
    for part in re.split(r"\n\s*Scenario(?: Outline)?: ", path.read_text())[1:]:
        title = part.partition("\n")[0]
        payload, data = re.findall(r'"""\n(.*?)"""', part, re.DOTALL)[:2]
        given_part, _, then_part = part.partition("Then the attributes are:")
        headers_part = given_part.partition("And Kafka headers:")[2]
        examples = re.findall(r"\|\s*(application/cloudevents\S.*?)\s*\|", then_part) or [""]
        for content_type in examples:
            rows = [
                (name, value.replace("<contentType>", content_type).encode())
                for name, value in table(headers_part)
            ]
            expected = dict(table(then_part.partition("And the data")[0]))
            found.append((title, payload.encode(), rows, expected, json.loads(data)))
    return found


def table(text: str) -> list[tuple[str, str]]:
    rows = re.findall(r"^\s*\|\s*(\S+)\s*\|\s*(.+?)\s*\|\s*$", text, re.MULTILINE)
    return [(name, value) for name, value in rows if name != "key"]


@pytest.mark.data
def test_the_scenarios_of_the_kafka_binding_are_read_as_they_say(events: Path) -> None:
    found = scenarios(events)
    assert len(found) == 3
    for title, payload, rows, expected, data in found:
        event = parse(rows, payload)
        assert dict(event.attributes) == expected, title
        assert json.loads(event.data) == data, title


@pytest.mark.data
def test_what_we_send_is_a_cloudevent_by_its_schema(events: Path) -> None:
    schema = json.loads((events / "cloudevents.json").read_text())
    event = parse(ours(), b'{"customer_id": "a-1"}')
    document = {**event.attributes, "data": json.loads(event.data)}
    jsonschema_rs.validator_for(schema).validate(document)


def test_an_event_comes_back_as_it_was_sent() -> None:
    envelope = address(parse(ours(), b"{}"))

    assert envelope.event_id == EVENT_ID
    assert envelope.event_type == "tradewind.crm.customer-created.v1"
    assert envelope.source == "/tradewind/crm"
    assert (envelope.tenant, envelope.aggregate_id, envelope.sequence) == ("acme", "a-1", 7)
    assert envelope.occurred_at == NOON
    assert (envelope.correlation_id, envelope.causation_id) == ("c-1", "cause")
    assert envelope.actor == "ann"
    assert envelope.traceparent == "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    assert envelope.replay is True
    assert envelope.data == b"{}"


def test_our_headers_have_the_binding_s_names() -> None:
    assert dict(ours()).keys() == {
        "content-type", "ce_specversion", "ce_id", "ce_source", "ce_type", "ce_time", "ce_subject",
        "ce_dataschema", "ce_sequence", "ce_tenant", "ce_correlationid", "ce_causationid",
        "ce_actor", "ce_replay", "traceparent",
    }  # fmt: skip
    assert dict(ours())["ce_time"] == b"2026-11-23T12:00:00.123456Z"
    assert record_key("acme", "a-1") == b"acme:a-1"


def test_absent_parts_have_no_header() -> None:
    names = dict(ours(causation_id=None, traceparent=None, replay=False)).keys()

    assert not names & {"ce_causationid", "traceparent", "ce_replay"}


def test_structured_mode_carries_our_extensions_too() -> None:
    document = {
        "specversion": "1.0",
        "id": str(EVENT_ID),
        "type": "tradewind.crm.customer-created.v1",
        "source": "/tradewind/crm",
        "time": "2026-11-23T13:00:00+01:00",
        "subject": "a-1",
        "sequence": "3",
        "tenant": "acme",
        "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "data": {"name": "Zoë"},
    }
    body = json.dumps(document).encode()
    rows = [("Content-Type", b"application/cloudevents+json; charset=utf-8")]
    envelope = address(parse(rows, body))

    assert envelope.sequence == 3
    assert envelope.occurred_at == NOON.replace(microsecond=0)
    assert envelope.correlation_id == str(EVENT_ID)
    assert envelope.traceparent is not None
    assert json.loads(envelope.data) == {"name": "Zoë"}


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"ce_id": None}, "ce_id is missing"),
        ({"ce_id": b"17"}, "no UUID"),
        ({"ce_specversion": b"2.0"}, "CloudEvents 2.0"),
        ({"ce_type": b""}, "ce_type is missing"),
        ({"ce_tenant": None}, "ce_tenant"),
        ({"ce_tenant": b"Acme; DROP"}, "ce_tenant"),
        ({"ce_subject": None}, "ce_subject"),
        ({"ce_subject": b"a\x00"}, "ce_subject"),
        ({"ce_sequence": b"0"}, "ce_sequence"),
        ({"ce_sequence": b"-1"}, "ce_sequence"),
        ({"ce_sequence": "١".encode()}, "ce_sequence"),
        ({"ce_sequence": b"9" * 19}, "ce_sequence"),
        ({"ce_sequence": b"1" * 500}, "ce_sequence"),
        ({"ce_time": b"yesterday"}, "ce_time"),
        ({"ce_time": b"2026-11-23T12:00:00"}, "offset"),
        ({"ce_actor": b"\xff"}, "UTF-8"),
        ({"content-type": b"application/cloudevents+avro"}, "only .json"),
        ({"content-type": b"application/cloudevents+json"}, "no JSON"),
    ],
)
def test_what_lacks_order_or_sense_is_refused_by_name(
    change: dict[str, bytes | None], says: str
) -> None:
    rows = [(name, value) for name, value in (dict(ours()) | change).items() if value is not None]
    with pytest.raises(EnvelopeIsUnreadable, match=says):
        address(parse(rows, b"nonsense"))


def test_types_tell_name_and_major() -> None:
    assert name_and_major("tradewind.crm.customer-created.v12") == (
        "tradewind.crm.customer-created",
        12,
    )
    assert name_and_major("com.example.someevent") is None


@given(
    rows=st.lists(
        st.tuples(
            st.sampled_from([name for name, _ in ours()]) | st.text(max_size=5),
            st.binary(max_size=30) | st.none(),
        )
    ),
    value=st.binary(max_size=60)
    | st.none()
    | st.recursive(
        st.none() | st.text(max_size=4), lambda inner: st.dictionaries(st.text(max_size=4), inner)
    ).map(lambda document: json.dumps(document).encode()),
)
def test_no_record_whatsoever_breaks_the_reader(
    rows: list[tuple[str, bytes | None]], value: bytes | None
) -> None:
    with contextlib.suppress(EnvelopeIsUnreadable):
        address(parse(rows, value))


@given(st.datetimes(timezones=st.sampled_from([UTC, timezone(timedelta(hours=5, minutes=30))])))
def test_instants_survive_the_wire(moment: datetime) -> None:
    if moment.year in (1, 9999):
        return  # The offset could carry it beyond the calendar.
    envelope = address(parse(ours(occurred_at=moment), b"{}"))
    assert envelope.occurred_at == moment
    assert instant(moment).endswith("Z")
