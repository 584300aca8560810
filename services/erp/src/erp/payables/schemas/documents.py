"""Bills, payments, open items, ageing and proofs."""

from datetime import date, datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import Field

from erp.payables.models import Bill
from erp.payables.queries import (
    BillDetail,
    SupplierAllocation,
)
from erp.payables.rules import BillKind, BillVatCode
from erp.payables.service import BillInput, BillLineInput, StatedTax
from servicekit.http.schemas import (
    AmountOut,
    Code,
    CountryCode,
    CurrencyCode,
    DayIn,
    FractionIn,
    FractionOut,
    In,
    LongText,
    Out,
    QuantityIn,
    QuantityOut,
    Reason,
    Reference,
    SignedAmountIn,
)


class BillLineIn(In):
    """A line as the bill shows it. With an item it clears goods received, else an account."""

    description: LongText
    net_amount: SignedAmountIn
    """Without tax, in the bill's currency; below zero for a discount."""
    tax_category: Code = "standard"
    tax_rate: FractionIn
    """The rate the bill states."""
    vat_code: BillVatCode | None = None
    """VAT category of EN 16931; left out: S with a rate, else E if the category is exempt, or Z."""
    account_id: UUID | None = None
    """The account of the cost, of the company's chart."""
    item_id: UUID | None = None
    quantity: QuantityIn | None = None
    """How much was billed, for the reader."""
    cost_center: Code | None = None
    project: Code | None = None

    def line(self) -> BillLineInput:
        """The line the service works with."""
        return BillLineInput(**self.model_dump())


class BillTaxIn(In):
    """The tax of one category and rate, as the bill states it."""

    category: Code = "standard"
    """Tax category of the lines."""
    rate: FractionIn
    base: SignedAmountIn
    """The net of the lines of this category and rate."""
    tax: SignedAmountIn
    vat_code: BillVatCode | None = None
    """As in the lines. AE and K state no tax: the company owes it, at its own country's rate."""


class BillIn(In):
    """A supplier's bill or credit note, as it is written; credit notes above zero too."""

    supplier_id: UUID
    kind: BillKind = BillKind.BILL
    """bill or credit-note."""
    supplier_reference: Reference
    issued_on: DayIn
    """The supplier's date of the document."""
    currency: CurrencyCode | None = None
    due_on: DayIn | None = None
    """The day by which it is to be paid; left out: by the supplier's terms."""
    payment_reference: Reference | None = None
    tax_country: CountryCode | None = None
    """Whose tax it states; left out: the supplier's country. Tax of another is a cost."""
    lines: Annotated[list[BillLineIn], Field(min_length=1, max_length=500)]
    taxes: Annotated[list[BillTaxIn], Field(min_length=1, max_length=100)]
    """The tax by category and rate."""

    def bill(self) -> BillInput:
        """What the service takes."""
        return BillInput(
            supplier_id=self.supplier_id,
            kind=self.kind,
            supplier_reference=self.supplier_reference,
            issued_on=self.issued_on,
            currency=self.currency,
            due_on=self.due_on,
            payment_reference=self.payment_reference,
            lines=[line.line() for line in self.lines],
            taxes=[StatedTax(**tax.model_dump()) for tax in self.taxes],
            tax_country=self.tax_country,
        )


class BillRejectionIn(In):
    """Why the bill is not booked."""

    reason: Reason


class BillDisputeIn(In):
    """Whether the bill is kept out of payment proposals, and why."""

    disputed: bool
    reason: Reason


class BillOut(Out):
    """A supplier's bill or credit note; amounts in `currency`, above zero."""

    id: UUID
    company_id: UUID
    supplier_id: UUID
    kind: str
    """bill or credit-note."""
    supplier_reference: str
    status: str
    """draft, approved, posted or rejected."""
    number: str | None
    """Our number; null until it is posted."""
    currency: str
    issued_on: date
    """The supplier's date of the document."""
    due_on: date
    """The day by which it is to be paid."""
    posted_on: date | None
    discount_on: date | None
    discount_rate: FractionOut | None
    payment_reference: str | None
    tax_country: str
    """The country whose tax it states."""
    disputed: bool
    net: AmountOut
    tax: AmountOut
    gross: AmountOut
    withholding_rate: FractionOut | None
    """The share of the net that is withheld; null: none is."""
    withheld: AmountOut | None
    """What goes to the tax office instead of to the supplier."""
    payable: AmountOut
    """What the supplier is owed: the gross less what is withheld."""
    entered_by: str
    approved_by: str | None
    approved_at: datetime | None
    source_sha256: str | None
    version: int

    @classmethod
    def of(cls, row: Bill) -> Self:
        """Render a bill."""
        return cls.model_validate(row)


class BillLineOut(Out):
    """A line of a bill."""

    position: int
    description: str
    net_amount: AmountOut
    """Without tax, in the bill's currency."""
    tax_category: str
    tax_rate: FractionOut
    """The rate the bill states."""
    vat_code: str
    """VAT category of EN 16931."""
    account_id: UUID | None
    """The account of the cost; null: it clears goods received."""
    item_id: UUID | None
    quantity: QuantityOut | None
    cost_center: str | None
    project: str | None


class BillTaxOut(Out):
    """The tax of one category and rate, as the bill states it."""

    category: str
    """Tax category of the lines."""
    rate: FractionOut
    base: AmountOut
    """The net of the lines of this category and rate."""
    tax: AmountOut
    vat_code: str
    """VAT category of EN 16931."""
    due_rate: FractionOut | None
    """The rate at which the company owes the tax itself; null: it does not."""
    due: AmountOut | None
    """The tax that the company owes itself, and deducts."""


class SupplierAllocationOut(Out):
    """A part of a payment, discount or credit note, and the bill it settled."""

    id: UUID
    """The allocation, by which it is undone."""
    supplier_id: UUID
    bill_id: UUID
    debit_kind: str
    """payment, discount or credit-note."""
    debit_document_id: UUID
    """The payment or credit note."""
    currency: str
    amount: AmountOut
    allocated_on: date
    undone_on: date | None

    @classmethod
    def of(cls, row: SupplierAllocation) -> Self:
        """Render an allocation."""
        return cls.model_validate(row)


class SupplierAllocationsOut(Out):
    """What a payment or credit note has settled, oldest first."""

    items: list[SupplierAllocationOut]


class BillDetailOut(BillOut):
    """A bill with its lines, its taxes and what settled it."""

    open_amount: AmountOut
    lines: list[BillLineOut]
    taxes: list[BillTaxOut]
    """The tax by category and rate."""
    allocations: list[SupplierAllocationOut]
    """What settled it, or what it settled; what was taken back is among it."""

    @classmethod
    def of_detail(cls, detail: BillDetail) -> Self:
        """Render a bill with everything on it."""
        return cls(
            **BillOut.of(detail.bill).__dict__,
            open_amount=detail.open_amount,
            lines=[BillLineOut.model_validate(line) for line in detail.lines],
            taxes=[BillTaxOut.model_validate(tax) for tax in detail.taxes],
            allocations=[SupplierAllocationOut.of(part) for part in detail.allocations],
        )
