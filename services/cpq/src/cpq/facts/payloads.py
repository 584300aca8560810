"""How answers show facts of other services: margin, stock promise, credit, each with its source."""

from datetime import date, datetime
from functools import lru_cache
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import Field, WithJsonSchema

from cpq.facts.deals import CreditView, Margin, StockView
from cpq.projections.queries import Credit, Source
from servicekit.http import AmountOut, FractionOut, MoneyOut, Out, QuantityOut
from servicekit.values import Money


class SourceOut(Out):
    """Where a fact of another service came from, and how old it is."""

    event_type: str
    event_id: UUID
    sequence: int
    as_of: Annotated[datetime, Field(description="The instant for which the fact is stated.")]
    age_seconds: Annotated[int, Field(description="At the time of this answer.")]

    @staticmethod
    @lru_cache(maxsize=1024)
    def of(source: Source, now: datetime) -> "SourceOut":
        """Render the source; its age is at `now`. Lines of one item share one answer."""
        return SourceOut(
            event_type=source.event_type,
            event_id=source.event_id,
            sequence=source.sequence,
            as_of=source.as_of,
            age_seconds=source.age_seconds(now),
        )


StoredAmount = Annotated[
    str, WithJsonSchema({"type": "string", "format": "decimal", "examples": ["12.5"]})
]
"""A canonical decimal string, as the waterfall keeps it."""


class StepOut(Out):
    """A step of the waterfall; prices are per unit."""

    step: Literal[
        "list", "contracted", "agreed", "block", "attribute", "bundle", "derived",
        "quantity-break", "term", "ramp", "promotion", "tier", "partner", "manual", "floor",
        "net", "due",
    ]  # fmt: skip
    rule: Annotated[str, Field(description="What decided: `tier-discount:<id>`, `none`, ...")]
    version: Annotated[
        str, Field(description="Price book and version that the rule is of; empty: of none.")
    ] = ""
    input: StoredAmount | None
    output: StoredAmount
    reason: str


class MarginOut(Out):
    """Net less standard cost."""

    net: AmountOut
    cost: AmountOut
    margin: AmountOut
    fraction: Annotated[FractionOut | None, Field(description="Margin by net.")]
    complete: Annotated[bool, Field(description="Every line's cost is known.")]

    @classmethod
    def of(cls, margin: Margin | None) -> Self | None:
        """Render it, if there is one."""
        if margin is None:
            return None
        return cls(
            net=margin.net.amount,
            cost=margin.cost.amount,
            margin=margin.margin.amount,
            fraction=margin.fraction,
            complete=margin.complete,
        )


class StockOut(Out):
    """Whether the line can be promised for the requested day."""

    verdict: Literal["available", "later", "short", "not-stocked"]
    """available: by the requested day; later: on `promised_on`; short: on no day known."""
    available: Annotated[QuantityOut | None, Field(description="On the requested day.")]
    promised_on: Annotated[
        date | None, Field(description="First day on which the whole quantity is available.")
    ]
    source: SourceOut | None

    @classmethod
    def of(cls, view: StockView | None, source: Source | None, now: datetime) -> Self | None:
        """Render it, if anything is known."""
        if view is None:
            return None
        return cls(
            verdict=view.verdict,
            available=view.available,
            promised_on=view.promised_on,
            source=SourceOut.of(source, now) if source else None,
        )


class CreditOut(Out):
    """The customer's credit at the selling company, before and after this deal."""

    account_id: UUID
    company_id: UUID
    state: str
    credit_limit: MoneyOut | None
    exposure: MoneyOut
    overdue: MoneyOut
    headroom: MoneyOut | None
    headroom_after: Annotated[
        MoneyOut | None, Field(description="Headroom less this deal's gross.")
    ]
    verdict: Literal["ok", "exceeded", "blocked", "no-limit", "other-currency"]
    """What the deal does to the credit."""
    source: SourceOut

    @classmethod
    def of(cls, fact: Credit | None, deal: CreditView | None, now: datetime) -> Self | None:
        """Render it, if an account is known."""
        if fact is None or deal is None:
            return None
        return cls(
            account_id=fact.account_id,
            company_id=fact.company_id,
            state=fact.state,
            credit_limit=_money(fact.credit_limit),
            exposure=MoneyOut.of(fact.exposure),
            overdue=MoneyOut.of(fact.overdue),
            headroom=_money(fact.headroom),
            headroom_after=_money(deal.headroom_after),
            verdict=deal.verdict,
            source=SourceOut.of(fact.source, now),
        )


def _money(money: Money | None) -> MoneyOut | None:
    return None if money is None else MoneyOut.of(money)
