"""Every frozen example of every event that the CRM hears reaches its handlers."""

import json
from pathlib import Path
from typing import Any

import pytest

import contracts
from contracts import Event
from crm.app import service
from servicekit.messaging.subscriptions import merged

EXAMPLES = Path(contracts.__file__).parents[2] / "examples"


def heard() -> list[type[Event]]:
    events = [event for part in merged(service.subscriptions) for event in part.events]
    return list(dict.fromkeys(events))


def bodies(event: type[Event]) -> list[bytes]:
    return [path.read_bytes() for path in sorted((EXAMPLES / event.slug).glob("*.json"))]


async def test_every_example_is_handled(mailman: Any, rows: Any) -> None:
    letters = []
    for event in heard():
        found = bodies(event)
        assert found, f"{event.slug} has no example"
        letters += [mailman.letter(event.read(body)) for body in found]

    await mailman.deliver(*letters)

    assert await rows("SELECT reason FROM platform_parked_message") == []
    told = await rows("SELECT count(*) FROM interactions_foreign_fact")
    spoken = [letter for letter in letters if letter.topic != "erp.credit"]
    assert told == [(len(spoken),)]


@pytest.mark.parametrize("event", heard(), ids=lambda event: event.slug)
def test_fields_of_a_newer_producer_are_ignored(event: type[Event]) -> None:
    for body in bodies(event):
        newer = {**json.loads(body), "of_tomorrow": {"x": 1}}
        assert event.read(json.dumps(newer)) == event.read(body)
