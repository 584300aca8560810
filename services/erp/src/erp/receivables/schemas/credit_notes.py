"""Credit notes."""

from datetime import date
from typing import Annotated, Self
from uuid import UUID

from pydantic import Field, model_validator

from erp.receivables.models import CreditNote
from erp.receivables.queries import CreditNoteDetail, CreditNoteRow
from erp.receivables.rules import CreditWish
from erp.receivables.schemas.documents import (
    AllocationOut,
    InvoiceLineIn,
    InvoiceTaxOut,
    NamesAccount,
)
from servicekit.http.schemas import (
    AmountOut,
    CurrencyCode,
    DayIn,
    In,
    Out,
    PositiveAmountIn,
    QuantityIn,
    QuantityOut,
    Reason,
    Reference,
)


class CreditWishIn(In):
    """What is credited of a line of the invoice: so much of its quantity, or an amount."""

    position: Annotated[int, Field(ge=1, le=32_767)]
    quantity: QuantityIn | None = None
    """How much of the line comes back, in its unit."""
    amount: PositiveAmountIn | None = None
    """By how much the line's price is lowered, without tax, in the invoice's currency."""

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if (self.quantity is None) == (self.amount is None):
            raise ValueError("give a quantity or an amount, not both")
        return self


class InvoiceCreditIn(In):
    """Credits an invoice: all that is left of it, or the lines that are given."""

    issued_on: DayIn | None = None
    reason: Reason
    reference: Reference | None = None
    lines: Annotated[list[CreditWishIn], Field(min_length=1, max_length=500)] | None = None
    """Left out: all of the invoice that is not credited yet."""

    @model_validator(mode="after")
    def _lines_once(self) -> Self:
        positions = [line.position for line in self.lines or ()]
        if len(set(positions)) < len(positions):
            raise ValueError("name each line once")
        return self

    def wishes(self) -> list[CreditWish] | None:
        """What the service takes."""
        if self.lines is None:
            return None
        return [CreditWish(line.position, line.quantity, line.amount) for line in self.lines]


class CreditNoteIn(NamesAccount):
    """A free-standing credit note, for an account or for a customer's account in a company."""

    issued_on: DayIn | None = None
    currency: CurrencyCode | None = None
    reason: Reason
    reference: Reference | None = None
    lines: Annotated[list[InvoiceLineIn], Field(min_length=1, max_length=500)]


class CreditNoteOut(Out):
    """A credit note without its lines; its amounts are owed to the customer."""

    id: UUID
    number: str
    company_id: UUID
    account_id: UUID
    customer_id: UUID
    invoice_id: UUID | None
    """The invoice that it credits; null: it stands by itself."""
    order_id: UUID | None
    currency: str
    issued_on: date
    posted_on: date | None
    reason: str
    """Why it was issued, for the customer too."""
    reference: str | None
    net: AmountOut
    tax: AmountOut
    gross: AmountOut
    open_amount: AmountOut
    """What of it settles nothing yet."""

    @classmethod
    def of(cls, row: CreditNote | CreditNoteRow) -> Self:
        """Render a credit note."""
        return cls.model_validate(row)


class CreditNoteLineOut(Out):
    """A line. Without a quantity its price was lowered, and nothing came back."""

    position: int
    invoice_position: int | None
    """The line of the invoice that it credits, by its position."""
    description: str
    quantity: QuantityOut | None
    unit: str
    net_unit_price: AmountOut | None
    net_amount: AmountOut
    shown_amount: AmountOut
    tax_category: str
    item_id: UUID | None
    sku: str | None
    order_line_id: UUID | None


class CreditNoteDetailOut(CreditNoteOut):
    """A credit note with its lines, tax by category and what it settled."""

    lines: list[CreditNoteLineOut]
    taxes: list[InvoiceTaxOut]
    allocations: list[AllocationOut]

    @classmethod
    def of_detail(cls, detail: CreditNoteDetail) -> Self:
        """Render a credit note with everything on it."""
        return cls(
            **CreditNoteOut.of(detail.credit_note).__dict__,
            lines=[CreditNoteLineOut.model_validate(line) for line in detail.lines],
            taxes=[InvoiceTaxOut.model_validate(tax) for tax in detail.taxes],
            allocations=[AllocationOut.model_validate(part) for part in detail.allocations],
        )
