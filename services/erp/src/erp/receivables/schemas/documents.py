"""Invoices, payments and what is open."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Self
from uuid import UUID

from pydantic import Field, model_validator

from erp.receivables.models import Invoice, InvoiceLine
from erp.receivables.queries import InvoiceDetail, InvoiceRow, MatchingRow, PaymentRow
from erp.receivables.rules import net_of_line
from erp.receivables.service import InvoiceLineInput
from erp.taxes.queries import Supply
from servicekit.http.schemas import (
    AmountIn,
    AmountOut,
    Code,
    CurrencyCode,
    DayIn,
    FractionOut,
    In,
    LongText,
    MoneyOut,
    Out,
    PositiveAmountIn,
    QuantityIn,
    QuantityOut,
    Reason,
    Reference,
    ShortText,
    UnitCode,
)
from servicekit.values.money import Money


class InvoiceLineIn(In):
    """A line; its amount is quantity times price, not rounded."""

    description: LongText
    quantity: QuantityIn
    unit: UnitCode = "pcs"
    net_unit_price: AmountIn
    tax_category: Code = "standard"
    item_id: UUID | None = None
    sku: Code | None = None
    supply: Supply = Supply.GOODS
    """What is sold: `goods`, `services` or `electronic-services`; it decides where it is taxed."""

    def line(self) -> InvoiceLineInput:
        """The line the service works with."""
        return InvoiceLineInput(
            description=self.description,
            quantity=self.quantity,
            unit=self.unit,
            net_unit_price=self.net_unit_price,
            net_amount=net_of_line(self.quantity, self.net_unit_price),
            tax_category=self.tax_category,
            item_id=self.item_id,
            sku=self.sku,
            supply=self.supply,
        )


class NamesAccount(In):
    """Names an account by its id, or by the customer and the company."""

    account_id: UUID | None = None
    customer_id: UUID | None = None
    company_id: UUID | None = None

    @model_validator(mode="after")
    def _one_name(self) -> Self:
        # With both, one of them would decide, and the other customer wonder.
        if self.account_id is not None and (self.customer_id or self.company_id) is not None:
            raise ValueError(
                "name the account by account_id, or by customer_id and company_id, not by both"
            )
        return self


class InvoiceIn(NamesAccount):
    """A free-standing invoice, for an account or for a customer's account in a company."""

    issued_on: DayIn | None = None
    currency: CurrencyCode | None = None
    reference: Reference | None = None
    lines: Annotated[list[InvoiceLineIn], Field(min_length=1, max_length=500)]


class InvoiceOut(Out):
    """An invoice without its lines; amounts in `currency`."""

    id: UUID
    number: str
    company_id: UUID
    account_id: UUID
    customer_id: UUID
    order_id: UUID | None
    currency: str
    issued_on: date
    due_on: date
    reference: str | None
    net: AmountOut
    tax: AmountOut
    gross: AmountOut
    open_amount: AmountOut
    status: str
    """open, partially-paid, overdue or paid."""
    paid_on: date | None
    overdue_since: date | None
    posted_on: date | None
    kind: str
    """invoice, or down-payment: asked for before anything has left."""
    prepays_order_id: UUID | None
    """Of a down payment: the order that it is for."""

    @classmethod
    def of(cls, row: Invoice | InvoiceRow) -> Self:
        """Render an invoice."""
        return cls.model_validate(row)


class InvoiceLineOut(Out):
    """A line. `net_amount` is exact; `shown_amount` is rounded so that lines sum to the net."""

    position: int
    description: str
    quantity: QuantityOut
    unit: str
    net_unit_price: AmountOut
    net_amount: AmountOut
    shown_amount: AmountOut
    tax_category: str
    vat_code: str
    """VAT category code of EN 16931, that of the line's tax category."""
    item_id: UUID | None
    sku: str | None
    order_line_id: UUID | None
    order_number: str | None
    """On a collective invoice: the customer's reference of the order, or else its number."""
    delivery_number: str | None
    """On a collective invoice: what it was delivered with."""
    delivered_on: date | None
    """On a collective invoice: the day of that delivery."""

    @classmethod
    def of(cls, line: InvoiceLine, vat_code: str) -> Self:
        """Render a line under its code."""
        names = cls.model_fields.keys() - {"vat_code"}
        return cls(**{name: getattr(line, name) for name in names}, vat_code=vat_code)


class InvoiceTaxOut(Out):
    """The tax of one category: the exact net of its lines times `rate`, rounded once.

    `base` is that net as shown: the bases sum to the invoice's net.
    """

    category: str
    """Tax category, such as `standard` or `reduced`."""
    rate: FractionOut
    base: AmountOut
    tax: AmountOut
    vat_code: str
    """VAT category code of EN 16931: S, Z, E, AE, K, G or O."""
    exemption_code: str | None
    """VATEX code of the reason why there is no tax; null: there is tax, or no code for it."""
    exemption_reason: str | None
    """Why there is no tax, for the reader of the document."""
    country: str | None
    """Whose tax it is; null on documents from before it was kept."""


class InstalmentOut(Out):
    """A part of the invoice with a due date of its own."""

    instalment: int
    """Its place among the instalments, from 1."""
    due_on: date
    amount: AmountOut
    open_amount: AmountOut
    overdue_since: date | None


class InvoiceDiscountOut(Out):
    """What is given for paying the invoice, or an instalment of it, by a day."""

    instalment: int | None = None
    """The instalment that it is for; null: all of the invoice."""
    until: date
    """The last day on which it is given."""
    rate: FractionOut
    """The discount as a share of one: \"0.02\" is 2 %."""
    basis: str
    """gross: the tax falls with it; net: it does not."""
    amount: AmountOut


class SettledOut(Out):
    """What settled part of the invoice: a payment, a credit note or another credit."""

    id: UUID
    """The allocation, by which it is undone."""
    credit_kind: str
    """The kind of document that settled it, such as `payment`."""
    credit_document_id: UUID
    """That document."""
    instalment: int
    """The instalment it went to."""
    amount: AmountOut
    allocated_on: date
    undone_on: date | None


class InvoiceDetailOut(InvoiceOut):
    """An invoice with its lines, tax by category, instalments and what settled them."""

    lines: list[InvoiceLineOut]
    taxes: list[InvoiceTaxOut]
    instalments: list[InstalmentOut]
    """By due date; they sum to the gross."""
    discounts: list[InvoiceDiscountOut]
    """What paying earlier is worth, by day."""
    allocations: list[SettledOut]
    """What settled it, oldest first; what was taken back is among it."""

    @classmethod
    def of_detail(cls, detail: InvoiceDetail) -> Self:
        """Render an invoice with everything on it."""
        codes = {tax.category: tax.vat_code for tax in detail.taxes}
        return cls(
            **InvoiceOut.of(detail.invoice).__dict__,
            lines=[
                InvoiceLineOut.of(line, codes.get(line.tax_category, "S")) for line in detail.lines
            ],
            taxes=[InvoiceTaxOut.model_validate(tax) for tax in detail.taxes],
            instalments=[InstalmentOut.model_validate(item) for item in detail.instalments],
            discounts=[InvoiceDiscountOut.model_validate(one) for one in detail.discounts],
            allocations=[SettledOut.model_validate(part) for part in detail.allocations],
        )


class AllocationIn(In):
    """How much of a payment or credit note goes to an invoice."""

    invoice_id: UUID
    """The invoice, or another document that is owed, such as a dunning fee."""
    amount: PositiveAmountIn
    take_discount: bool = False
    """True: the rest of the invoice is its discount for paying by the day. Of payments only."""


AllocationsIn = Annotated[list[AllocationIn], Field(max_length=500)]


def wanted(allocations: list[AllocationIn] | None) -> list[tuple[UUID, Decimal]] | None:
    """What the service takes: None settles the oldest first."""
    if allocations is None:
        return None
    return [(part.invoice_id, part.amount) for part in allocations]


def discounted(allocations: list[AllocationIn] | None) -> list[UUID]:
    """The invoices that are paid less their discount."""
    return [part.invoice_id for part in allocations or () if part.take_discount]


class PaidIn(In):
    """What arrived, in another currency than the account's."""

    amount: PositiveAmountIn
    """In `currency`, at its minor units."""
    currency: CurrencyCode
    """The currency that arrived (ISO 4217)."""

    def money(self) -> Money:
        """What the use case works with."""
        return Money(self.amount, self.currency)


class PaymentIn(NamesAccount):
    """Money that arrived, in the account's currency; with `paid` in another, which it was worth.

    Without `allocations` the oldest open invoices are settled first; an empty list leaves the
    payment unallocated.
    """

    amount: PositiveAmountIn
    currency: CurrencyCode | None = None
    paid: PaidIn | None = None
    """What arrived, where that was in another currency; `amount` is what it settles."""
    received_on: DayIn | None = None
    method: ShortText = "bank-transfer"
    reference: Reference | None = None
    allocations: AllocationsIn | None = None
    tolerate_difference: bool = True
    """Whether a difference within the company's tolerance is given up: what it leaves open of an
    invoice, or leaves over once nothing is owed any more."""


class AllocatePaymentIn(In):
    """Settles open invoices with the rest of a payment; without a list, the oldest first."""

    allocated_on: DayIn | None = None
    allocations: AllocationsIn | None = None


class AllocationOut(Out):
    """A part of a payment and the invoice it settled."""

    id: UUID
    """The allocation, by which it is undone."""
    invoice_id: UUID
    """The invoice, or another document that is owed."""
    invoice_number: str
    """Its number; empty where it is no invoice."""
    amount: AmountOut
    allocated_on: date
    undone_on: date | None


class UndoingIn(In):
    """Takes an allocation back, and says why."""

    undone_on: DayIn | None = None
    reason: Reason


class AllocationDetailOut(Out):
    """An allocation: which credit settled which debit of an account, and whether it still does."""

    id: UUID
    account_id: UUID
    debit_kind: str
    """The kind of document that was settled, such as `invoice`."""
    debit_document_id: UUID
    """That document."""
    instalment: int
    """The instalment of it that was settled."""
    credit_kind: str
    """The kind of document that settled it, such as `payment`."""
    credit_document_id: UUID
    """That document."""
    currency: str
    amount: AmountOut
    allocated_on: date
    undone_on: date | None

    @classmethod
    def of(cls, row: MatchingRow) -> Self:
        """Render an allocation."""
        return cls.model_validate(row)


class PaymentOut(Out):
    """A payment with what it settled; amounts in `currency`."""

    id: UUID
    number: str
    company_id: UUID
    account_id: UUID
    customer_id: UUID
    currency: str
    amount: AmountOut
    paid: MoneyOut | None
    """What arrived, where that was in another currency than the account's; else null."""
    unallocated: AmountOut
    received_on: date
    method: str
    reference: str | None
    created_at: datetime
    posted_on: date | None
    allocations: list[AllocationOut]

    @classmethod
    def of(cls, row: PaymentRow) -> Self:
        """Render a payment."""
        return cls.model_validate(row)


class PaymentReturnIn(In):
    """A payment came back: a chargeback, a direct debit returned."""

    reason: Reason
    reason_code: Annotated[str, Field(pattern="^[A-Z0-9]{4}$")] | None = None
    """The bank's, of the ISO 20022 external code set, such as AC04: account closed."""
    returned_on: DayIn | None = None
    """Left out: today (UTC), or the payment's day where that is later."""


class OpenItemsOut(Out):
    """Invoices on which something is owed, oldest due date first."""

    items: list[InvoiceOut]
