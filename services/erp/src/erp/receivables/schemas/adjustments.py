"""Write-offs, refunds and their like; payment terms; a company's policy."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import Field, model_validator

from erp.receivables.models import Adjustment, PaymentTermsRow, Policy
from erp.receivables.queries import AdjustmentDetail
from erp.receivables.rules import Discount, Instalment, PaymentTerms
from servicekit.http.schemas import (
    AmountIn,
    AmountOut,
    Code,
    DayIn,
    FractionIn,
    FractionOut,
    In,
    Name,
    Out,
    PositiveAmountIn,
    Reason,
    Reference,
)

DaysIn = Annotated[int, Field(ge=0, le=730, description="Days after the invoice's date.")]


class WriteOffIn(In):
    """Gives up what is open on an invoice, or part of it."""

    amount: PositiveAmountIn | None = None
    """How much of it, in the invoice's currency; left out: all that is open."""
    written_off_on: DayIn | None = None
    """The business day. Left out: today (UTC)."""
    lowers_tax: bool = False
    """True: the tax falls by its share, as it may once the debt is lost."""
    reason: Reason


class RefundIn(In):
    """Pays back what a payment or credit note has left, or part of it."""

    document_id: UUID
    """The payment or credit note."""
    amount: PositiveAmountIn | None = None
    """How much of it, in its currency; left out: all that is left."""
    refunded_on: DayIn | None = None
    """The business day. Left out: today (UTC)."""
    reason: Reason
    reference: Reference | None = None


class ReversalIn(In):
    """Takes an adjustment back."""

    reversed_on: DayIn | None = None
    """The business day. Left out: today (UTC), or the adjustment's own where that is later."""
    reason: Reason


class AdjustmentOut(Out):
    """What moved an account beside invoices, payments and credit notes."""

    id: UUID
    number: str
    company_id: UUID
    account_id: UUID
    customer_id: UUID
    kind: str
    """What it is, such as write-off, payment-difference, refund, payment-return or interest."""
    side: str
    """debit: the account owes more by it; credit: less."""
    currency: str
    amount: AmountOut
    tax: AmountOut
    """The part of the amount by which the tax owed moves."""
    issued_on: date
    posted_on: date | None
    about_id: UUID | None
    """The document that it is about: the invoice written off, the payment refunded."""
    settles_id: UUID | None
    """Of the settlement of a down payment: the invoice that it lowers."""
    reverses: UUID | None
    """The adjustment that it takes back."""
    reason: str
    reference: str | None

    @classmethod
    def of(cls, row: Adjustment) -> Self:
        """Render an adjustment."""
        return cls.model_validate(row)


class AdjustmentTaxOut(Out):
    """What it takes of a tax category."""

    category: str
    """Tax category, such as `standard` or `reduced`."""
    rate: FractionOut
    base: AmountOut
    """By how much the category's base moves."""
    tax: AmountOut


class AdjustmentDetailOut(AdjustmentOut):
    """An adjustment with its share of the tax and what is open on it."""

    open_amount: AmountOut
    """What of it is not settled, or settles nothing yet."""
    reversed_by: UUID | None
    """The adjustment that took it back."""
    taxes: list[AdjustmentTaxOut]

    @classmethod
    def of_detail(cls, detail: AdjustmentDetail) -> Self:
        """Render an adjustment with everything on it."""
        return cls(
            **AdjustmentOut.of(detail.adjustment).__dict__,
            open_amount=detail.item.open_amount,
            reversed_by=detail.reversed_by,
            taxes=[AdjustmentTaxOut.model_validate(tax) for tax in detail.taxes],
        )


class DiscountIn(In):
    """What paying earlier is worth."""

    rate: FractionIn
    """The discount as a fraction: \"0.02\" is 2 %."""
    days: DaysIn
    basis: Literal["gross", "net"] = "gross"
    """gross: the tax falls with it; net: it does not."""


class InstalmentIn(In):
    """A share of the invoice with a due date of its own."""

    share: FractionIn
    """Its share of the gross, as a fraction; all of them sum to one."""
    days: DaysIn
    end_of_month: bool = False
    """True: due on the last day of the month in which that day lies."""
    discounts: Annotated[list[DiscountIn], Field(max_length=5, default_factory=list)]
    """What paying this part earlier is worth, the earliest first; each later one is smaller."""


class PaymentTermsIn(In):
    """Payment terms, for accounts to name."""

    code: Code
    name: Name
    instalments: Annotated[list[InstalmentIn], Field(min_length=1, max_length=36)]
    """The shares of an invoice and when they are due; they sum to one."""
    discounts: Annotated[list[DiscountIn], Field(max_length=5, default_factory=list)]
    """Of all of the invoice, the earliest first; each later one is smaller. None with discounts of
    instalments."""

    def terms(self) -> PaymentTerms:
        """What the service takes."""
        return PaymentTerms(
            tuple(
                Instalment(p.share, p.days, p.end_of_month, _discounts(p.discounts))
                for p in self.instalments
            ),
            _discounts(self.discounts),
        )


def _discounts(given: list[DiscountIn]) -> tuple[Discount, ...]:
    return tuple(Discount(one.rate, one.days, one.basis) for one in given)


class PaymentTermsPatch(In):
    """What to change; terms themselves do not, since invoices were issued on them."""

    name: Name | None = None
    active: bool | None = None
    """False: no longer offered; accounts that name them keep them."""

    @model_validator(mode="after")
    def _required_stay(self) -> Self:
        for field in self.model_fields_set:
            if getattr(self, field) is None:
                raise ValueError(f"{field} cannot be emptied")
        return self

    def changes(self) -> dict[str, Any]:
        """The members that were sent."""
        return self.model_dump(exclude_unset=True)


class DiscountTermsOut(Out):
    """What paying earlier is worth."""

    rate: FractionOut
    """The discount as a fraction: \"0.02\" is 2 %."""
    days: int
    """Days after the invoice's date."""
    basis: str
    """gross: the tax falls with it; net: it does not."""


class InstalmentTermsOut(Out):
    """A share of the invoice with a due date of its own."""

    share: FractionOut
    """Its share of the gross, as a fraction."""
    days: int
    """Days after the invoice's date."""
    end_of_month: bool
    """True: due on the last day of the month in which that day lies."""
    discounts: list[DiscountTermsOut]
    """What paying this part earlier is worth, the earliest first."""


def _told(kept: list[dict[str, Any]]) -> list[DiscountTermsOut]:
    return [
        DiscountTermsOut(rate=Decimal(one["rate"]), days=one["days"], basis=one["basis"])
        for one in kept
    ]


class PaymentTermsOut(Out):
    """Payment terms."""

    id: UUID
    code: str
    name: str
    instalments: list[InstalmentTermsOut]
    """The shares of an invoice and when they are due."""
    discounts: list[DiscountTermsOut]
    """What paying earlier is worth, the earliest first."""
    active: bool
    """False: no longer offered."""
    version: int

    @classmethod
    def of(cls, row: PaymentTermsRow) -> Self:
        """Render payment terms."""
        return cls(
            id=row.id,
            code=row.code,
            name=row.name,
            instalments=[
                InstalmentTermsOut(
                    share=Decimal(part["share"]),
                    days=part["days"],
                    end_of_month=part["end_of_month"],
                    discounts=_told(part.get("discounts", [])),
                )
                for part in row.instalments
            ],
            discounts=_told(row.discounts),
            active=row.active,
            version=row.version,
        )


class PolicyPatch(In):
    """What to change; null takes a limit, rate or horizon away."""

    write_off_limit: AmountIn | None = None
    """What may be written off at a time without the permission erp.receivables.write_off_any."""
    interest_rate: FractionIn | None = None
    """Interest on what is overdue, as a fraction per year."""
    interest_cap: FractionIn | None = None
    """The highest rate that the law allows, as a fraction per year."""
    interest_basis: Literal[360, 365] = 365
    """Days of a year of interest."""
    tolerance_amount: PositiveAmountIn | None = None
    """The largest difference at a payment that is given up, in the account's currency."""
    tolerance_share: FractionIn | None = None
    """The largest share of the invoice, or of the payment left over, that is given up so."""
    horizon_days: Annotated[int, Field(ge=0, le=3650)] | None = None
    """Orders that are due within so many days count as credit exposure."""
    dunning_policy_id: UUID | None = None

    def changes(self) -> dict[str, Any]:
        """The members that were sent."""
        return self.model_dump(exclude_unset=True)


class PolicyOut(Out):
    """How a company treats what customers owe it."""

    company_id: UUID
    write_off_limit: AmountOut | None
    """What may be written off at a time without further permission; null: there is no limit."""
    interest_rate: FractionOut | None
    """Interest on what is overdue, as a fraction per year; null: none is charged."""
    interest_cap: FractionOut | None
    """The highest rate that the law allows, as a fraction per year."""
    interest_basis: int
    """Days of a year of interest."""
    tolerance_amount: AmountOut | None
    """The largest difference at a payment that is given up; null: none is."""
    tolerance_share: FractionOut | None
    """The largest share of the invoice, or of the payment left over, given up so; null: any."""
    horizon_days: int | None
    """Orders that are due within so many days count as credit exposure; null: all do."""
    dunning_policy_id: UUID | None
    version: int

    @classmethod
    def of(cls, row: Policy) -> Self:
        """Render a policy."""
        return cls.model_validate(row)
