"""Schemas, AsyncAPI documents and the catalogue are what the models say."""

import json
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import jsonschema_rs
import pytest
import yaml

from contracts import SERVICES, asyncapi, files, plain_yaml, topics_of
from contracts.__main__ import main
from contracts.crm import CustomerCreatedV1
from servicekit.messaging.envelope import constant_headers, headers


def test_regenerated_files_equal_the_checked_in_ones() -> None:
    stale = [
        path.name
        for path, text in files.generated().items()
        if not path.exists() or path.read_text("utf-8") != text
    ]

    assert stale == [], "run `make contracts` and commit what it writes"


def test_no_schema_is_left_of_an_event_that_is_gone() -> None:
    kept = set((files.HOME / "schemas").glob("*.json"))

    assert kept == {path for path in files.generated() if path.parent.name == "schemas"}


def test_the_generator_reports_nothing_when_nothing_changed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["generate"]) == 0
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("service", SERVICES)
def test_our_yaml_reads_back_as_the_document(service: str) -> None:
    document = asyncapi.document(service, files.examples())
    text = (files.HOME / "asyncapi" / f"{service}.yaml").read_text("utf-8")

    assert yaml.safe_load(text) == document


@pytest.mark.parametrize(
    "value",
    [
        {"on": {"no": "yes", "1": [1, "1", None, True, {}, [], {"a": [{"b": "c: d"}]}]}},
        {"text": "two\nlines # and a hash", "list": [[1, 2], [{"deep": []}]]},
        {"unicode": "Müller \x85 \u2028", "key with space": "x", "": ""},
    ],
)
def test_awkward_values_survive_our_yaml(value: dict[str, object]) -> None:
    assert yaml.safe_load(plain_yaml.dump(value)) == value


@pytest.mark.data
@pytest.mark.parametrize("service", SERVICES)
def test_the_documents_are_valid_asyncapi_3(service: str, events_data: Path) -> None:
    schema = json.loads((events_data / "asyncapi-3.0.0.schema.json").read_text("utf-8"))
    validator = jsonschema_rs.Draft7Validator(schema)
    document = yaml.safe_load((files.HOME / "asyncapi" / f"{service}.yaml").read_text("utf-8"))

    assert [error.message for error in validator.iter_errors(document)] == []

    document["operations"][f"send-{topics_of(service)[0].name.replace('.', '-')}"]["action"] = "say"
    assert not validator.is_valid(document), "a control: the validator sees a wrong action"


@pytest.mark.parametrize("service", SERVICES)
def test_every_reference_in_a_document_leads_somewhere(service: str) -> None:
    document = asyncapi.document(service, files.examples())

    def follow(value: object) -> int:
        if isinstance(value, dict):
            found = 0
            if isinstance(reference := value.get("$ref"), str):
                target: object = document
                for step in reference.removeprefix("#/").split("/"):
                    assert isinstance(target, dict)
                    target = target[step]
                found = 1
            return found + sum(follow(item) for item in value.values())
        if isinstance(value, list):
            return sum(follow(item) for item in value)
        return 0

    assert follow(document) > 10


@pytest.mark.parametrize("service", SERVICES)
def test_a_document_names_every_topic_and_event_of_its_service(service: str) -> None:
    document = asyncapi.document(service, files.examples())

    assert [channel["address"] for channel in document["channels"].values()] == [
        topic.name for topic in topics_of(service)
    ]
    assert {message["name"] for message in document["components"]["messages"].values()} == {
        event.event_type for topic in topics_of(service) for event in topic.events
    }
    assert {operation["action"] for operation in document["operations"].values()} == {"send"}


def test_the_headers_that_the_kit_sends_are_the_documented_ones() -> None:
    header_text = headers(
        constant_headers(
            source="/tradewind/crm",
            event_type=CustomerCreatedV1.event_type,
            dataschema=CustomerCreatedV1.dataschema,
        ),
        event_id=UUID(int=1),
        tenant="acme",
        aggregate_id=str(UUID(int=2)),
        sequence=1,
        occurred_at=datetime(2026, 11, 23, tzinfo=UTC),
        correlation_id="c",
        actor="ada",
        causation_id="e",
        traceparent="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        replay=True,
    )
    sent = {name: value.decode() for name, value in header_text}

    assert sent.keys() == asyncapi.HEADERS["properties"].keys()
    assert jsonschema_rs.Draft7Validator(asyncapi.HEADERS).is_valid(sent)
    del sent["ce_tenant"]
    assert not jsonschema_rs.Draft7Validator(asyncapi.HEADERS).is_valid(sent)
