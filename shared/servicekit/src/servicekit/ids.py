"""Identifiers: time-ordered UUIDs (version 7), so that primary keys are inserted in order."""

from uuid import UUID

from uuid_utils.compat import uuid7


def new_id() -> UUID:
    """Return a fresh version 7 UUID."""
    return uuid7()
