"""Invoice plans on the wire."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import Field

from erp.invoice_plans.models import InvoicePlan, PlannedInvoice
from erp.invoice_plans.rules import Milestone, Schedule
from erp.receivables.service import InvoiceLineInput, net_of_line
from erp.taxes.queries import Supply
from servicekit.http.schemas import (
    AmountIn,
    AmountOut,
    Code,
    DayIn,
    FractionIn,
    FractionOut,
    In,
    LongText,
    Name,
    Out,
    QuantityIn,
    QuantityOut,
    Reference,
    ShortText,
    UnitCode,
)


class PlanLineIn(In):
    """A line of every invoice, or of the whole that milestones divide."""

    description: Annotated[LongText, Field(max_length=3_900)]
    quantity: QuantityIn
    unit: UnitCode = "pcs"
    net_unit_price: AmountIn
    tax_category: Code = "standard"
    supply: Supply = Supply.GOODS

    def line(self) -> InvoiceLineInput:
        """The line the service works with."""
        return InvoiceLineInput(
            description=self.description,
            quantity=self.quantity,
            unit=self.unit,
            net_unit_price=self.net_unit_price,
            net_amount=net_of_line(self.quantity, self.net_unit_price),
            tax_category=self.tax_category,
            supply=self.supply,
        )


class MilestoneIn(In):
    """A day on which a share of the whole is invoiced."""

    due_on: DayIn
    """The day of the invoice, each later than the one before."""
    share: Annotated[FractionIn, Field(gt=0)]
    """The part of the whole, as a fraction; all of them sum to one."""
    name: ShortText
    """What is reached; it stands on the invoice."""


class InvoicePlanIn(In):
    """Invoices the lines every so many months, or once in parts at milestones."""

    account_id: UUID
    name: Name
    reference: Reference | None = None
    """What the invoices refer to; left out: the plan's name."""
    lines: Annotated[list[PlanLineIn], Field(min_length=1, max_length=100)]
    """What is invoiced, at prices in the account's currency that stay as they are."""
    first_on: DayIn | None = None
    """The day of the first invoice, today (UTC) or later; not with milestones."""
    every_months: Annotated[int, Field(ge=1, le=120)] | None = None
    """Months from an invoice to the next: 1 is monthly, 3 quarterly."""
    ends_on: DayIn | None = None
    """The last day on which there may be an invoice; left out: until it is stopped."""
    milestones: Annotated[list[MilestoneIn], Field(max_length=100, default_factory=list)]
    """The parts of the whole; empty: the plan recurs."""

    def schedule(self) -> Schedule:
        """When it invoices."""
        return Schedule(
            self.first_on,
            self.every_months,
            self.ends_on,
            [Milestone(one.due_on, one.share, one.name) for one in self.milestones],
        )


class InvoicePlanPatch(In):
    """Whether the plan goes on; what was agreed is never changed."""

    active: bool


class PlanLineOut(Out):
    """A line of every invoice, or of the whole that milestones divide."""

    description: str
    quantity: QuantityOut
    unit: str
    net_unit_price: AmountOut
    net_amount: AmountOut
    """Quantity times price, not rounded."""
    tax_category: str
    supply: str


class MilestoneOut(Out):
    """A day on which a share of the whole is invoiced."""

    due_on: date
    """The day of the invoice."""
    share: FractionOut
    """The part of the whole, as a fraction."""
    name: str
    """What is reached; it stands on the invoice."""


class InvoicePlanOut(Out):
    """What an account is invoiced, and when."""

    id: UUID
    company_id: UUID
    account_id: UUID
    name: str
    currency: str
    reference: str | None
    """What the invoices refer to; null: the plan's name."""
    order_id: UUID | None
    """Of an order: its milestones ask for shares of it as down payments. Null: of none."""
    lines: list[PlanLineOut]
    """What is invoiced, as it was agreed; empty where it is of an order."""
    first_on: date | None
    """The day of the first invoice; null: it has milestones."""
    every_months: int | None
    """Months from an invoice to the next; null: it has milestones."""
    ends_on: date | None
    """The last day on which there may be an invoice; null: until it is stopped."""
    milestones: list[MilestoneOut]
    """The parts of the whole; empty: the plan recurs."""
    next_on: date | None
    """The day of the next invoice; null: the plan is over."""
    issued: int
    """How many invoices it has issued."""
    skipped: int
    """How many days of invoices passed while it was stopped; they are never invoiced."""
    active: bool
    entered_by: str
    problem: str | None
    """Why the invoice that is due was refused; it is tried again. Null: it was not."""
    version: int

    @classmethod
    def of(cls, row: InvoicePlan) -> Self:
        """Render a plan."""
        members: dict[str, Any] = {name: getattr(row, name) for name in cls.model_fields}
        members["lines"] = [PlanLineOut(**_numbers(line)) for line in row.lines]
        members["milestones"] = [
            MilestoneOut(
                due_on=date.fromisoformat(one["due_on"]),
                share=Decimal(one["share"]),
                name=one["name"],
            )
            for one in row.milestones or ()
        ]
        return cls(**members)


def _numbers(line: dict[str, Any]) -> dict[str, Any]:
    numbers = ("quantity", "net_unit_price", "net_amount")
    return {name: Decimal(value) if name in numbers else value for name, value in line.items()}


class PlannedInvoiceOut(Out):
    """An invoice that a plan has issued, and the day it was due."""

    due_on: date
    """The day of the plan."""
    invoice_id: UUID
    created_at: datetime


class PlannedInvoicesOut(Out):
    """What a plan has issued, the latest first; at most 500."""

    items: list[PlannedInvoiceOut]

    @classmethod
    def of(cls, rows: list[PlannedInvoice]) -> Self:
        """Render invoices."""
        return cls(items=[PlannedInvoiceOut.model_validate(row) for row in rows])
