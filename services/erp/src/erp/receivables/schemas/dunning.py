"""Dunning, disputes and promises, open items, and statements of an account."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import Field

from erp.receivables.models import DunningPolicy, OpenItemRow, Pause
from erp.receivables.queries import Letter, Statement
from erp.receivables.rules import DunningLevel
from servicekit.http.schemas import (
    AmountIn,
    AmountOut,
    Code,
    DayIn,
    In,
    Name,
    Out,
    Reason,
)


class DunningLevelIn(In):
    """A level of dunning."""

    days: Annotated[int, Field(ge=0, le=3650)]
    """It is reached after so many days overdue."""
    fee: AmountIn = Decimal(0)
    """What it costs, in the account's currency."""
    interest: bool = False
    """True: interest on what is overdue is charged, at the company's rate."""
    grace_days: Annotated[int, Field(ge=0, le=365)] = 7
    """What is charged is due so many days later."""


class DunningPolicyIn(In):
    """The levels of dunning, for companies and accounts to name."""

    code: Code
    name: Name
    levels: Annotated[list[DunningLevelIn], Field(min_length=1, max_length=9)]
    """By days overdue; an item climbs one at a time."""

    def rules(self) -> list[DunningLevel]:
        """What the service takes."""
        return [DunningLevel(x.days, x.fee, x.interest, x.grace_days) for x in self.levels]


class DunningLevelOut(Out):
    """A level of dunning."""

    days: int
    """It is reached after so many days overdue."""
    fee: AmountOut
    """What it costs, in the account's currency."""
    interest: bool
    """True: interest on what is overdue is charged."""
    grace_days: int
    """What is charged is due so many days later."""


class DunningPolicyOut(Out):
    """A dunning policy."""

    id: UUID
    code: str
    name: str
    levels: list[DunningLevelOut]
    """By days overdue."""
    version: int

    @classmethod
    def of(cls, row: DunningPolicy) -> Self:
        """Render a policy."""
        return cls(
            id=row.id,
            code=row.code,
            name=row.name,
            levels=[
                DunningLevelOut.model_validate(level | {"fee": Decimal(level["fee"])})
                for level in row.levels
            ],
            version=row.version,
        )


class DunningRunIn(In):
    """Lets overdue items climb; with `dry_run` it only says which would."""

    company_id: UUID | None = None
    dunned_on: DayIn | None = None
    """The day that counts. Left out: today (UTC)."""
    dry_run: bool = False
    """True: nothing is written."""


class LetterLineOut(Out):
    """An item in a letter, as of its day."""

    item_id: UUID
    """The open item."""
    document_id: UUID
    """The invoice."""
    number: str
    due_on: date
    days_overdue: int
    """Days since its due date."""
    level: int
    """The level that it climbed to."""
    open_amount: AmountOut
    fee: AmountOut
    """What reaching the level costs."""
    interest: AmountOut
    """Interest up to this day."""


class LetterOut(Out):
    """What an account is written: the data of a letter, at the highest level among its items."""

    account_id: UUID
    customer_id: UUID
    customer_name: str | None
    currency: str
    dunned_on: date
    """The day of the letter."""
    level: int
    """The highest level among the items."""
    total: AmountOut
    """What is to be paid, with fees and interest."""
    lines: list[LetterLineOut]


class LettersOut(Out):
    """The letters of a day, one for each account."""

    company_id: UUID
    letters: list[LetterOut]
    """One for each account that has something to be written."""

    @classmethod
    def of(cls, company_id: UUID, letters: list[Letter]) -> Self:
        """Render letters."""
        return cls(
            company_id=company_id, letters=[LetterOut.model_validate(one) for one in letters]
        )


class PauseIn(In):
    """A dispute, or a promise to pay: the item is not dunned until it is over."""

    kind: Literal["dispute", "promise"]
    """dispute, or promise (to pay by a day)."""
    until: DayIn | None = None
    """Its last day; a promise has one."""
    reason: Reason


class LiftingIn(In):
    """Ends a dispute or promise."""

    reason: Reason


class PauseOut(Out):
    """A dispute or promise."""

    id: UUID
    account_id: UUID
    item_id: UUID
    """The open item that is not dunned meanwhile."""
    kind: str
    """dispute or promise."""
    until: date | None
    """Its last day; null: until it is lifted."""
    reason: str
    lifted_at: datetime | None
    """When somebody ended it, in UTC, or null."""

    @classmethod
    def of(cls, row: Pause) -> Self:
        """Render a pause."""
        return cls.model_validate(row)


class OpenItemOut(Out):
    """What one instalment of a document owes (debit) or is worth (credit)."""

    id: UUID
    account_id: UUID
    document_kind: str
    """invoice, payment, credit-note, or the kind of an adjustment."""
    document_id: UUID
    """The document."""
    instalment: int
    """Its place among the document's instalments, from 1."""
    side: str
    """debit: owed by the customer; credit: owed to them."""
    currency: str
    amount: AmountOut
    open_amount: AmountOut
    due_on: date | None
    posted_on: date
    """The day from which on it counts."""
    overdue_since: date | None
    base_currency: str
    base_amount: AmountOut | None
    """What the books carried it at, in the company's currency."""
    base_open: AmountOut | None
    """What they still carry it at."""

    @classmethod
    def of(cls, row: OpenItemRow) -> Self:
        """Render an open item."""
        return cls.model_validate(row)


class MovementOut(Out):
    """What a document moved the account by."""

    posted_on: date
    """The day on which it counts."""
    document_kind: str
    """invoice, payment, credit-note, or the kind of an adjustment."""
    document_id: UUID
    """The document."""
    number: str
    debit: AmountOut
    """What the customer owes by it."""
    credit: AmountOut
    """What it took off."""
    balance: AmountOut
    """What was owed afterwards."""


class StatementOut(Out):
    """An account between two days: the opening balance, what moved it, and the closing balance."""

    account_id: UUID
    currency: str
    first: date
    """The first day of it."""
    last: date
    """The last day of it."""
    opening: AmountOut
    """What was owed before the first day."""
    movements: list[MovementOut]
    """By day."""
    closing: AmountOut
    """What was owed at the end of the last day."""

    @classmethod
    def of(cls, statement: Statement) -> Self:
        """Render a statement."""
        return cls.model_validate(statement)

    def csv(self) -> str:
        """The same as a table (RFC 4180), opening and closing balance as lines of their own."""
        rows: list[list[Any]] = [["day", "kind", "number", "debit", "credit", "balance"]]
        body = self.model_dump(mode="json")
        rows.append([body["first"], "opening", "", "", "", body["opening"]])
        rows.extend(
            [x["posted_on"], x["document_kind"], x["number"], x["debit"], x["credit"], x["balance"]]
            for x in body["movements"]
        )
        rows.append([body["last"], "closing", "", "", "", body["closing"]])
        return "".join(",".join(str(cell) for cell in row) + "\r\n" for row in rows)
