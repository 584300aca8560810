"""AsyncAPI 3 documents, one per service: the topics it owns and the events it sends on them."""

from typing import Any

from pydantic.json_schema import models_json_schema

from contracts.base import Event
from contracts.registry import SERVICES, Topic, TopicKind, topics_of

VERSION = "3.0.0"
TITLES = {
    "crm": "Tradewind CRM",
    "erp": "Tradewind ERP",
    "cpq": "Tradewind CPQ",
}
_BINDING = "0.5.0"

_SLUG = "^[a-z0-9][a-z0-9-]{0,62}$"

HEADERS: dict[str, Any] = {
    "type": "object",
    "description": (
        "CloudEvents 1.0 attributes in the Kafka protocol binding's binary mode: every header "
        "value is text in UTF-8."
    ),
    "required": [
        "ce_specversion",
        "ce_id",
        "ce_source",
        "ce_type",
        "ce_time",
        "ce_subject",
        "ce_dataschema",
        "ce_sequence",
        "ce_tenant",
        "ce_correlationid",
        "content-type",
    ],
    "properties": {
        "ce_specversion": {"const": "1.0"},
        "ce_id": {"type": "string", "description": "Unique per event; the same on redelivery."},
        "ce_source": {"type": "string", "description": "`/tradewind/<service>`."},
        "ce_type": {"type": "string", "description": "`tradewind.<service>.<event>.v<N>`."},
        "ce_time": {
            "type": "string",
            "format": "date-time",
            "description": "When the fact was committed, in UTC.",
        },
        "ce_subject": {"type": "string", "description": "The aggregate's id."},
        "ce_dataschema": {"type": "string", "description": "The `$id` of the body's JSON Schema."},
        "ce_sequence": {
            "type": "string",
            "pattern": "^[1-9][0-9]*$",
            "description": "Counts the aggregate's events from 1, without gaps.",
        },
        "ce_tenant": {"type": "string", "pattern": _SLUG, "description": "Whose fact it is."},
        "ce_correlationid": {
            "type": "string",
            "description": "The request that started the chain of events.",
        },
        "ce_causationid": {
            "type": "string",
            "description": "The event that caused this one; absent if a request did.",
        },
        "ce_actor": {
            "type": "string",
            "description": "Who did it. Information for people, never authority.",
        },
        "traceparent": {"type": "string", "description": "W3C trace context."},
        "ce_replay": {"const": "true", "description": "Present when the event is sent again."},
        "content-type": {"const": "application/json"},
    },
}


def _message(event: type[Event], examples: list[tuple[str, Any]]) -> dict[str, Any]:
    message: dict[str, Any] = {
        "name": event.event_type,
        "title": event.event_name,
        "summary": event.__doc__,
        "contentType": "application/json",
        "headers": {
            "allOf": [
                {"$ref": "#/components/schemas/CloudEventHeaders"},
                {
                    "type": "object",
                    "properties": {
                        "ce_source": {"const": f"/tradewind/{event.topic.partition('.')[0]}"},
                        "ce_type": {"const": event.event_type},
                        "ce_dataschema": {"const": event.dataschema},
                    },
                },
            ]
        },
        "payload": {"$ref": f"#/components/schemas/{event.__name__}"},
        "bindings": {
            "kafka": {
                "key": {
                    "type": "string",
                    "description": f"`<tenant>:<{event.key_field}>`",
                },
                "bindingVersion": _BINDING,
            }
        },
    }
    if examples:
        message["examples"] = [
            {"name": name.replace("-", " "), "payload": body} for name, body in examples
        ]
    return message


def _channel(topic: Topic) -> dict[str, Any]:
    compacted = topic.kind is TopicKind.STATE
    return {
        "address": topic.name,
        "title": topic.title,
        "description": (
            "Compacted: each event carries the aggregate's full state, the newest wins."
            if compacted
            else "Kept for a time: each event is a step, in order per key."
        ),
        "messages": {
            event.__name__: {"$ref": f"#/components/messages/{event.__name__}"}
            for event in topic.events
        },
        "bindings": {
            "kafka": {
                "topic": topic.name,
                "partitions": topic.partitions,
                "topicConfiguration": {"cleanup.policy": ["compact" if compacted else "delete"]},
                "bindingVersion": _BINDING,
            }
        },
    }


def _channel_id(topic: Topic) -> str:
    return topic.name.replace(".", "-")


def document(service: str, examples: dict[str, list[tuple[str, Any]]]) -> dict[str, Any]:
    """The AsyncAPI document of a service.

    `examples` holds named example bodies by event slug. Raises `KeyError` for an unknown service.
    """
    topics = topics_of(service)
    published = [event for topic in topics for event in topic.events]
    _, definitions = models_json_schema(
        [(event, "validation") for event in published],
        ref_template="#/components/schemas/{model}",
    )
    return {
        "asyncapi": VERSION,
        "info": {
            "title": f"{TITLES[service]}: events",
            "version": "1.0.0",
            "description": (
                "What the service announces. Generated from the event models; within a version "
                "only optional fields are ever added, and consumers ignore what they do not know."
            ),
            "license": {
                "name": "Apache-2.0",
                "url": "https://www.apache.org/licenses/LICENSE-2.0",
            },
        },
        "defaultContentType": "application/json",
        "channels": {_channel_id(topic): _channel(topic) for topic in topics},
        "operations": {
            f"send-{_channel_id(topic)}": {
                "action": "send",
                "channel": {"$ref": f"#/channels/{_channel_id(topic)}"},
                "summary": topic.title,
                "messages": [
                    {"$ref": f"#/channels/{_channel_id(topic)}/messages/{event.__name__}"}
                    for event in topic.events
                ],
            }
            for topic in topics
        },
        "components": {
            "messages": {
                event.__name__: _message(event, examples.get(event.slug, [])) for event in published
            },
            "schemas": {
                "CloudEventHeaders": HEADERS,
                **dict(sorted(definitions["$defs"].items())),
            },
        },
    }


def documents(examples: dict[str, list[tuple[str, Any]]]) -> dict[str, dict[str, Any]]:
    """Every service's document by service name."""
    return {service: document(service, examples) for service in SERVICES}
