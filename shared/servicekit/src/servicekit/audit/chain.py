"""How an audit entry is bound to all that came before it: a SHA-256 chain. Pure."""

from __future__ import annotations

import hashlib
import json
from dataclasses import astuple, dataclass


@dataclass(frozen=True, slots=True)
class Entry:
    """An audit entry as it is hashed; the order of the fields is part of the format.

    `at_microseconds` counts from the Unix epoch, `details` is the JSON text as PostgreSQL writes
    a jsonb value.
    """

    id: int
    xid: int
    tenant: str
    at_microseconds: int
    actor: str
    action: str
    subject_type: str
    subject_id: str
    details: str
    correlation_id: str


# What to select from platform_audit_entry, in the order of Entry's fields.
COLUMNS = """e.id, e.xid::text::bigint, e.tenant, (extract(epoch FROM e.at) * 1000000)::bigint,
       e.actor, e.action, e.subject_type, e.subject_id, e.details::text, e.correlation_id"""


def genesis(service: str) -> bytes:
    """The hash before the first entry of a service."""
    return hashlib.sha256(f"tradewind audit trail of {service}".encode()).digest()


def link(previous: bytes, position: int, entry: Entry) -> bytes:
    """The hash of an entry at a position (from 1), given the hash before it."""
    text = json.dumps([position, *astuple(entry)], ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(previous + text.encode("utf-8", "surrogatepass")).digest()
