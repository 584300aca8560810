"""The event models keep the promises that every consumer leans on."""

import ast
import json
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from pydantic_core import PydanticSerializationError

from contracts import (
    SERVICES,
    TOPICS,
    Event,
    MoneyV1,
    TopicKind,
    UnknownEventTypeError,
    UnknownTopicError,
    event_class,
    events,
    files,
    topic,
    topic_of,
    topics_of,
)
from contracts.crm import CustomerChangedV1, CustomerCreatedV1
from contracts.erp import ItemReleasedV1, ListPriceChangedV1
from contracts.schemas import schema_of

EXAMPLES = [
    pytest.param(slug, body, id=f"{slug}/{name}")
    for slug, bodies in files.examples().items()
    for name, body in bodies
]
BY_SLUG = {event.slug: event for event in events()}


@pytest.mark.parametrize(("slug", "body"), EXAMPLES)
def test_every_frozen_example_still_parses_and_validates(slug: str, body: object) -> None:
    event = BY_SLUG[slug].read(json.dumps(body))

    validator = jsonschema_rs.validator_for(schema_of(BY_SLUG[slug]))
    assert [error.message for error in validator.iter_errors(body)] == []
    assert str(UUID(event.key)) == event.key


@pytest.mark.parametrize(("slug", "body"), EXAMPLES)
def test_what_a_consumer_reads_it_can_write_again_without_loss(
    slug: str, body: dict[str, object]
) -> None:
    written = json.loads(BY_SLUG[slug].read(json.dumps(body)).payload())

    assert _without_nulls(written) == _without_nulls(body)
    validator = jsonschema_rs.validator_for(schema_of(BY_SLUG[slug]))
    assert [error.message for error in validator.iter_errors(written)] == []


def _without_nulls(value: object) -> object:
    """Absent and null mean the same; defaults that are not null stand in the examples."""
    if isinstance(value, dict):
        rest = {name: _without_nulls(item) for name, item in value.items() if item is not None}
        return {n: v for n, v in rest.items() if v not in ([], True)}
    if isinstance(value, list):
        return [_without_nulls(item) for item in value]
    return value


def test_a_schema_refuses_a_body_that_lacks_a_required_field() -> None:
    _, body = files.examples()["list-price-changed.v1"][0]
    del body["prices"]

    validator = jsonschema_rs.validator_for(schema_of(ListPriceChangedV1))
    assert not validator.is_valid(body)


def test_every_event_has_an_example_and_every_example_an_event() -> None:
    assert set(files.examples()) == set(BY_SLUG)
    assert all(files.examples().values())


def test_type_topic_and_key_follow_from_the_class() -> None:
    assert CustomerCreatedV1.event_type == "tradewind.crm.customer-created.v1"
    assert CustomerCreatedV1.event_name == "CustomerCreated"
    assert CustomerCreatedV1.event_version == 1
    assert CustomerCreatedV1.dataschema == "urn:tradewind:schema:crm:customer-created:v1"
    assert event_class("tradewind.crm.customer-created.v1") is CustomerCreatedV1
    assert topic_of(CustomerCreatedV1).kind is TopicKind.STATE
    assert topic_of(CustomerCreatedV1).owner == "crm"


def test_an_unknown_type_or_topic_is_refused_by_name() -> None:
    with pytest.raises(UnknownEventTypeError, match=r"crm\.gone"):
        event_class("tradewind.crm.gone.v1")
    with pytest.raises(UnknownTopicError, match=r"crm\.gone"):
        topic("crm.gone")


def test_every_topic_has_an_owner_and_events() -> None:
    assert {topic.owner for topic in TOPICS.values()} == set(SERVICES)
    assert all(topic.events for topic in TOPICS.values())
    assert sum(len(topics_of(service)) for service in SERVICES) == len(TOPICS)


def test_every_event_of_a_state_topic_carries_the_whole_state() -> None:
    """The newest event alone must do: compaction keeps no other."""
    for state_topic in TOPICS.values():
        if state_topic.kind is TopicKind.STATE:
            first, *others = (set(event.model_fields) for event in state_topic.events)
            for other in others:
                common = first & other
                assert first <= common | {"previous_tier"}


def test_a_published_event_must_name_its_topic_and_key() -> None:
    with pytest.raises(TypeError, match="LostV1 needs a topic"):
        type("LostV1", (Event,), {"__module__": __name__})


def test_two_events_cannot_share_a_type() -> None:
    with pytest.raises(TypeError, match=r"already published by contracts\.crm"):
        type(
            "CustomerChangedV1",
            (CustomerChangedV1,),
            {"__module__": __name__, "__qualname__": "Other"},
        )


def test_consumers_ignore_fields_and_keep_values_that_they_do_not_know() -> None:
    _, body = files.examples()["item-released.v1"][0]
    body["item"]["status"] = "quarantined"
    body["colour"] = "blue"

    event = ItemReleasedV1.read(json.dumps(body))

    assert event.item.status == "quarantined"
    assert not hasattr(event, "colour")


def test_producers_cannot_publish_a_value_outside_the_contract() -> None:
    _, body = files.examples()["item-released.v1"][0]
    body["item"]["status"] = "quarantined"

    with pytest.raises(PydanticSerializationError, match="quarantined"):
        ItemReleasedV1.read(json.dumps(body)).payload()


@given(st.decimals(allow_nan=False, allow_infinity=False, places=10))
def test_a_decimal_travels_as_plain_text_and_comes_back_equal(amount: Decimal) -> None:
    money = MoneyV1(amount=amount, currency="EUR")
    text = json.loads(money.model_dump_json())["amount"]

    assert isinstance(text, str)
    assert "E" not in text.upper()
    assert MoneyV1.model_validate_json(money.model_dump_json()).amount == amount


def test_equal_decimals_give_equal_bytes() -> None:
    amounts = [Decimal(text) for text in ("120.0000", "120", "1.2E+2", "120.0")]

    assert {MoneyV1(amount=each, currency="EUR").model_dump_json() for each in amounts} == {
        '{"amount":"120","currency":"EUR"}'
    }


@pytest.mark.parametrize("amount", ["1.5", "true", "NaN", '"NaN"', '"Infinity"', '"12,50"'])
def test_a_float_or_no_number_is_not_an_amount(amount: str) -> None:
    with pytest.raises(ValidationError):
        MoneyV1.model_validate_json(f'{{"amount": {amount}, "currency": "EUR"}}')


def test_events_cannot_be_changed_after_they_were_made() -> None:
    _, body = files.examples()["customer-created.v1"][0]
    event = CustomerCreatedV1.read(json.dumps(body))

    with pytest.raises(ValidationError, match="frozen"):
        event.customer.name = "Somebody else"  # type: ignore[misc]


def test_contracts_import_nothing_but_pydantic_and_the_standard_library() -> None:
    """A consumer outside this repository can install the contracts without the kit."""
    import sys

    allowed = {"contracts", "pydantic", "pydantic_core", *sys.stdlib_module_names}
    for path in (Path(files.__file__).parent).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            else:
                continue
            assert {name.partition(".")[0] for name in names} <= allowed, path
