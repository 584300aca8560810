"""What clients receive from a search."""

from typing import Self
from uuid import UUID

from crm.search.queries import Hit
from servicekit.http import Out


class HitOut(Out):
    """Something that was found."""

    kind: str
    """What it is: `customer` or `person`."""
    id: UUID
    name: str
    detail: str | None
    """A customer's number, or the company at which a person has a role."""
    active: bool
    match: str
    """How the words fit: `exact`, `prefix` (the last one is a beginning) or `near` (an error)."""


class SearchOut(Out):
    """What was found, the best first."""

    items: list[HitOut]
    """At most as many as asked for."""

    @classmethod
    def of(cls, hits: list[Hit]) -> Self:
        """Render hits."""
        return cls(items=[HitOut.model_validate(hit) for hit in hits])
