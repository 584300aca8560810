"""What the ledger's HTTP door takes and gives."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Self
from uuid import UUID

from pydantic import Field

from erp.ledger.models import Company
from erp.ledger.queries import EntryLineRow, EntryRow, Proof, TrialBalanceRow
from erp.ledger.rules import Dimensions, EntryLine
from servicekit.http.schemas import (
    AmountIn,
    AmountOut,
    Code,
    CountryCode,
    CurrencyCode,
    DayIn,
    In,
    LongText,
    Name,
    Out,
    Reference,
)

NOTHING = Decimal(0)


class ChartChoice(StrEnum):
    """The chart that a new company starts with; one is imported where there is none."""

    STANDARD = "standard"
    NONE = "none"


class CompanyIn(In):
    """A legal entity with books of its own. `chart`: none where one is imported next."""

    code: Code
    name: Name
    base_currency: CurrencyCode
    country: CountryCode
    fiscal_year_starts_in: Annotated[int, Field(ge=1, le=12)] = 1
    chart: ChartChoice = ChartChoice.STANDARD
    """The chart it starts with: the standard one, or none where one is imported next."""


class CompanyPatch(In):
    """What may change about a company once it has books."""

    name: Name


class CompanyOut(Out):
    """A company. The tenant's first one is the default."""

    id: UUID
    code: str
    name: str
    base_currency: str
    country: str
    is_default: bool
    fiscal_year_starts_in: int
    approval_from: AmountOut | None
    version: int
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, row: Company) -> Self:
        """Render a company."""
        return cls.model_validate(row)


class JournalLineIn(In):
    """One side of an entry: a debit or a credit, above zero, in whole minor units.

    `base_amount` is what a line in another currency is in the company's own, above zero, where
    it is not to be translated at the rate of the day: opening balances are booked so.
    """

    account_id: UUID
    currency: CurrencyCode
    debit: AmountIn = NOTHING
    credit: AmountIn = NOTHING
    text: LongText | None = None
    base_amount: AmountIn | None = None
    cost_center: Code | None = None
    project: Code | None = None
    region: Code | None = None
    customer_id: UUID | None = None
    item_id: UUID | None = None

    def line(self) -> EntryLine:
        """The line the rules work with."""
        base = self.base_amount
        return EntryLine(
            self.account_id,
            self.currency,
            self.debit,
            self.credit,
            self.text,
            base if base is None or self.debit else -base,
            Dimensions(self.cost_center, self.project, self.region, self.customer_id, self.item_id),
        )


class JournalEntryIn(In):
    """A balanced entry for the general journal. `effective_on` defaults to today (UTC)."""

    company_id: UUID | None = None
    effective_on: DayIn | None = None
    reference: Reference | None = None
    lines: Annotated[list[JournalLineIn], Field(min_length=2, max_length=500)]


class EntryReversalIn(In):
    """On which day the opposite is to count; defaults to today (UTC)."""

    effective_on: DayIn | None = None


class JournalLineOut(Out):
    """A posted line; the base amounts are those in the company's currency."""

    position: int
    account_id: UUID
    account_code: str
    account_name: str
    currency: str
    debit: AmountOut
    credit: AmountOut
    base_debit: AmountOut
    base_credit: AmountOut
    text: str | None
    cost_center: str | None
    project: str | None
    region: str | None
    customer_id: UUID | None
    item_id: UUID | None

    @classmethod
    def of(cls, row: EntryLineRow) -> Self:
        """Render a line."""
        return cls(
            position=row.position,
            account_id=row.account_id,
            account_code=row.account_code,
            account_name=row.account_name,
            currency=row.currency,
            debit=row.debit,
            credit=row.credit,
            base_debit=row.base_debit,
            base_credit=row.base_credit,
            text=row.text,
            cost_center=row.dimensions.cost_center,
            project=row.dimensions.project,
            region=row.dimensions.region,
            customer_id=row.dimensions.customer_id,
            item_id=row.dimensions.item_id,
        )


class JournalEntryOut(Out):
    """A posted entry; it never changes. `source_type` and `source_id` name what booked it.

    `origin_on` is the day of the document, where that was closed and the entry counts later.
    """

    id: UUID
    company_id: UUID
    number: str | None
    journal: str
    effective_on: date
    origin_on: date | None
    reference: str | None
    source_type: str
    source_id: UUID | None
    recorded_at: datetime
    recorded_by: str
    lines: list[JournalLineOut]

    @classmethod
    def of(cls, row: EntryRow) -> Self:
        """Render an entry with its lines."""
        return cls(
            id=row.id,
            company_id=row.company_id,
            number=row.number,
            journal=row.journal,
            effective_on=row.effective_on,
            origin_on=row.origin_on,
            reference=row.reference,
            source_type=row.source_type,
            source_id=row.source_id,
            recorded_at=row.recorded_at,
            recorded_by=row.recorded_by,
            lines=[JournalLineOut.of(line) for line in row.lines],
        )


class TrialBalanceLineOut(Out):
    """The sums of an account in a currency; `balance` is debit less credit.

    The base amounts are those of the same lines in the company's currency.
    """

    account_id: UUID
    code: str
    name: str
    kind: str
    currency: str
    debit: AmountOut
    credit: AmountOut
    balance: AmountOut
    base_debit: AmountOut
    base_credit: AmountOut
    base_balance: AmountOut

    @classmethod
    def of(cls, row: TrialBalanceRow) -> Self:
        """Render a row."""
        return cls.model_validate(row)


class CurrencyTotalOut(Out):
    """The sums of all accounts in a currency; `difference` is zero, or the books are broken."""

    currency: str
    debit: AmountOut
    credit: AmountOut
    difference: AmountOut


class TrialBalanceOut(Out):
    """Every account that moved, up to and including `as_of` (null: everything posted).

    `known_at`: only what had been recorded by then counts (null: what is known now).
    """

    company_id: UUID
    as_of: date | None
    known_at: datetime | None
    lines: list[TrialBalanceLineOut]
    totals: list[CurrencyTotalOut]

    @classmethod
    def of(
        cls,
        company_id: UUID,
        as_of: date | None,
        known_at: datetime | None,
        rows: list[TrialBalanceRow],
    ) -> Self:
        """Render the rows with their totals by currency."""
        sums: dict[str, tuple[Decimal, Decimal]] = {}
        for row in rows:
            debit, credit = sums.get(row.currency, (NOTHING, NOTHING))
            sums[row.currency] = (debit + row.debit, credit + row.credit)
        return cls(
            company_id=company_id,
            as_of=as_of,
            known_at=known_at,
            lines=[TrialBalanceLineOut.of(row) for row in rows],
            totals=[
                CurrencyTotalOut(
                    currency=currency, debit=debit, credit=credit, difference=debit - credit
                )
                for currency, (debit, credit) in sorted(sums.items())
            ],
        )


class ProofOut(Out):
    """A statement about the books that must hold, and what was found."""

    name: str
    holds: bool
    detail: str


class ProofsOut(Out):
    """The books recomputed; `holds` is whether every proof does."""

    company_id: UUID
    holds: bool
    """Whether every proof does."""
    proofs: list[ProofOut]

    @classmethod
    def of(cls, company_id: UUID, proofs: list[Proof]) -> Self:
        """Render proofs."""
        return cls(
            company_id=company_id,
            holds=all(proof.holds for proof in proofs),
            proofs=[ProofOut.model_validate(proof) for proof in proofs],
        )
