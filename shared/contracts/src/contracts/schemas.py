"""JSON Schemas of the published events (draft 2020-12).

Each schema carries, beside pydantic's description of the body, what a consumer must also be able
to rely on: the topic, the key and the CloudEvents type, as `x-` keywords. So one file per event
holds the whole promise, and `contracts.compat` compares files, not code.
"""

from typing import Any

from contracts.base import Event
from contracts.registry import events

DIALECT = "https://json-schema.org/draft/2020-12/schema"

Schema = dict[str, Any]


def schema_of(event: type[Event]) -> Schema:
    """The checked-in schema of an event: what a body must look like to be read by this version.

    Fields with a default are not required, since events from before the field existed lack it.
    """
    body = event.model_json_schema(mode="validation")
    return {
        "$schema": DIALECT,
        "$id": event.dataschema,
        "title": event.__name__,
        "description": body.pop("description", ""),
        "x-topic": event.topic,
        "x-key": event.key_field,
        "x-event-type": event.event_type,
        **{name: value for name, value in body.items() if name != "title"},
    }


def schemas() -> dict[str, Schema]:
    """Every event's schema by file stem, such as `customer-created.v1`."""
    return {event.slug: schema_of(event) for event in events()}
