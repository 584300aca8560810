"""Price books over HTTP: their documents, and what is said of their versions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import Field

from cpq.pricing.models import PriceBook
from cpq.pricing.rules import (
    Finding,
    Rule,
    RuleKind,
)
from cpq.pricing.schemas.rule_forms import Key, RuleIn
from servicekit.errors import Fault
from servicekit.http import (
    DayIn,
    In,
    Name,
    Out,
    Reason,
    Reference,
)
from servicekit.values import Period

MOST_RULES = 50_000
"""Rules of one book."""


class BookIn(In):
    """The document of a price book."""

    key: Key
    """Names the book; its versions share it."""
    name: Name
    """What people call it."""
    source: Reference | None = None
    """Where it came from, such as a file's name."""
    rules: Annotated[list[RuleIn], Field(max_length=MOST_RULES)]
    """In any order: which one wins never depends on it."""

    def as_rules(self, days: Period, version: str) -> list[Rule]:
        """The rules as values, each on its own days within those of the book."""
        return [
            Rule(
                key=one.key,
                kind=RuleKind(one.kind),
                scope=one.scope,
                period=period,
                deed=one.deed,
                version=version,
                stacks=one.stacks,
            )
            for one in self.rules
            if (period := _within(one.valid_from, one.valid_to, days)) is not None
        ]


def _within(first: date | None, end: date | None, days: Period) -> Period | None:
    """The days of a rule that are days of its book; None: there are none."""
    start = max(first or days.start, days.start)
    ends = [one for one in (end, days.end) if one is not None]
    last = min(ends, default=None)
    return None if last is not None and last <= start else Period(start, last)


class BookPublishIn(In):
    """The days on which the version is to hold."""

    valid_from: DayIn | None = None
    """First day; null: today. It ends the version before, if that has no end."""
    valid_to: DayIn | None = None
    """First day on which it no longer holds; null: until further notice."""


class BookRetireIn(In):
    """Why the version is to hold no more."""

    reason: Reason | None = None
    """For the audit trail."""


class PriceBookOut(Out):
    """A version of a price book, without its rules."""

    id: UUID
    key: str
    """Names the book; its versions share it."""
    book_version: int
    """1, 2, 3 … of the key."""
    name: str
    """What people call it."""
    status: Literal["draft", "published", "retired"]
    """A draft changes, a published version prices, a retired one no more."""
    valid_from: date | None
    """First day on which it holds; null for a draft."""
    valid_to: date | None
    """First day on which it no longer does; null: until further notice."""
    published_at: datetime | None
    """When it was published, in UTC."""
    retired_at: datetime | None
    """When it was retired, in UTC."""
    created_by: str
    """Who drafted it: the subject of their access token."""
    source: str | None
    """Where it came from, such as a file's name."""
    rule_count: int
    """How many rules it has."""
    content_hash: str
    """SHA-256, in hex, over the canonical JSON of its document."""
    version: int
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, row: PriceBook) -> Self:
        """Render the row."""
        return cls.model_validate(row)


class FaultOut(Out):
    """Something that publishing would refuse."""

    field: str
    """Where, as `rules.3.tiers.0.upper`."""
    message: str
    """What is wrong."""


class FindingOut(Out):
    """Something that looks odd and may be meant."""

    rule: str
    """The rule's key, or an item."""
    code: Literal["gap", "double-discount", "shadowed", "currency-missing", "cheaper-for-more"]
    """What kind of oddity it is."""
    message: str
    """What was found."""


class BookExaminationOut(Out):
    """What was found in the document of a price book."""

    valid: bool
    """Whether it could be published by itself."""
    faults: list[FaultOut]
    """What publishing would refuse."""
    findings: list[FindingOut]
    """What looks odd."""

    @classmethod
    def of(cls, faults: Sequence[Fault], findings: Sequence[Finding]) -> Self:
        """Render what was found."""
        return cls(
            valid=not faults,
            faults=[FaultOut(field=one.field, message=one.message) for one in faults],
            findings=[FindingOut.model_validate(one) for one in findings],
        )


__all__ = [
    "BookExaminationOut",
    "BookIn",
    "BookPublishIn",
    "BookRetireIn",
    "PriceBookOut",
]
