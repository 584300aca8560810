"""What the HTTP door of receivables takes and gives."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import Field

from erp.ledger.queries import Proof
from erp.receivables.models import Invoice, TaxRate
from erp.receivables.queries import (
    AccountRow,
    Ageing,
    AgeingRow,
    InvoiceDetail,
    InvoiceRow,
    PaymentRow,
)
from erp.receivables.rules import DEFAULT_PAYMENT_TERMS_DAYS, net_of_line
from erp.receivables.service import InvoiceLineInput
from servicekit.http.schemas import (
    AmountIn,
    AmountOut,
    Code,
    CountryCode,
    CurrencyCode,
    DayIn,
    FractionIn,
    FractionOut,
    In,
    LongText,
    Name,
    Out,
    PositiveAmountIn,
    QuantityIn,
    QuantityOut,
    Reference,
    ShortText,
    UnitCode,
)

TermsIn = Annotated[int, Field(ge=0, le=365, description="Days from invoice date to due date.")]


class AccountIn(In):
    """Opens a customer's account in a company. Without a credit limit there is none to exceed."""

    customer_id: UUID
    company_id: UUID | None = None
    currency: CurrencyCode | None = None
    payment_terms_days: TermsIn = DEFAULT_PAYMENT_TERMS_DAYS
    credit_limit: AmountIn | None = None


class AccountPatch(In):
    """What to change; a member that is left out stays. `credit_limit` null removes the limit."""

    payment_terms_days: TermsIn | None = None
    credit_limit: AmountIn | None = None
    credit_stop: bool | None = None

    def changes(self) -> dict[str, Any]:
        """The members that were sent; null means something for the limit only."""
        sent = self.model_dump(exclude_unset=True)
        return {k: v for k, v in sent.items() if v is not None or k == "credit_limit"}


class AccountOut(Out):
    """A receivables account; amounts in its currency. `headroom` is null without a limit."""

    id: UUID
    company_id: UUID
    customer_id: UUID
    customer_number: str | None
    customer_name: str | None
    currency: str
    payment_terms_days: int
    credit_limit: AmountOut | None
    credit_stop: bool
    open_items: AmountOut
    open_orders: AmountOut
    exposure: AmountOut
    overdue: AmountOut
    headroom: AmountOut | None
    state: str
    version: int

    @classmethod
    def of(cls, row: AccountRow) -> Self:
        """Render an account."""
        exposure = row.exposure
        limit, headroom = exposure.credit_limit, exposure.headroom
        return cls(
            id=row.id,
            company_id=row.company_id,
            customer_id=row.customer_id,
            customer_number=row.customer_number,
            customer_name=row.customer_name,
            currency=row.currency,
            payment_terms_days=row.payment_terms_days,
            credit_limit=None if limit is None else limit.amount,
            credit_stop=exposure.credit_stop,
            open_items=exposure.open_items.amount,
            open_orders=exposure.open_orders.amount,
            exposure=exposure.total.amount,
            overdue=exposure.overdue.amount,
            headroom=None if headroom is None else headroom.amount,
            state=exposure.state.value,
            version=row.version,
        )


class TaxRateIn(In):
    """A rate as a fraction ("0.19"), in force in a country from a day on."""

    country: CountryCode
    category: Code
    name: Name
    rate: FractionIn
    valid_from: DayIn


class TaxRateOut(Out):
    """A rate; it holds until the next one of its country and category begins."""

    id: UUID
    country: str
    category: str
    name: str
    rate: FractionOut
    valid_from: date

    @classmethod
    def of(cls, row: TaxRate) -> Self:
        """Render a rate."""
        return cls.model_validate(row)


class InvoiceLineIn(In):
    """A line; its amount is quantity times price, not rounded."""

    description: LongText
    quantity: QuantityIn
    unit: UnitCode = "pcs"
    net_unit_price: AmountIn
    tax_category: Code = "standard"
    item_id: UUID | None = None
    sku: Code | None = None

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
        )


class InvoiceIn(In):
    """A free-standing invoice, for an account or for a customer's account in a company."""

    account_id: UUID | None = None
    customer_id: UUID | None = None
    company_id: UUID | None = None
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
    paid_on: date | None
    overdue_since: date | None

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
    item_id: UUID | None
    sku: str | None
    order_line_id: UUID | None


class InvoiceTaxOut(Out):
    """The tax of one category: the exact net of its lines times `rate`, rounded once.

    `base` is that net as shown: the bases sum to the invoice's net.
    """

    category: str
    rate: FractionOut
    base: AmountOut
    tax: AmountOut


class InvoiceDetailOut(InvoiceOut):
    """An invoice with its lines and tax by category."""

    lines: list[InvoiceLineOut]
    taxes: list[InvoiceTaxOut]

    @classmethod
    def of_detail(cls, detail: InvoiceDetail) -> Self:
        """Render an invoice with everything on it."""
        return cls(
            **InvoiceOut.of(detail.invoice).__dict__,
            lines=[InvoiceLineOut.model_validate(line) for line in detail.lines],
            taxes=[InvoiceTaxOut.model_validate(tax) for tax in detail.taxes],
        )


class AllocationIn(In):
    """How much of a payment goes to an invoice."""

    invoice_id: UUID
    amount: PositiveAmountIn


AllocationsIn = Annotated[list[AllocationIn], Field(max_length=500)]


def wanted(allocations: list[AllocationIn] | None) -> list[tuple[UUID, Decimal]] | None:
    """What the service takes: None settles the oldest first."""
    if allocations is None:
        return None
    return [(part.invoice_id, part.amount) for part in allocations]


class PaymentIn(In):
    """Money that arrived, in the account's currency.

    Without `allocations` the oldest open invoices are settled first; an empty list leaves the
    payment unallocated.
    """

    account_id: UUID | None = None
    customer_id: UUID | None = None
    company_id: UUID | None = None
    amount: PositiveAmountIn
    currency: CurrencyCode | None = None
    received_on: DayIn | None = None
    method: ShortText = "bank-transfer"
    reference: Reference | None = None
    allocations: AllocationsIn | None = None


class AllocatePaymentIn(In):
    """Settles open invoices with the rest of a payment; without a list, the oldest first."""

    allocated_on: DayIn | None = None
    allocations: AllocationsIn | None = None


class AllocationOut(Out):
    """A part of a payment and the invoice it settled."""

    invoice_id: UUID
    invoice_number: str
    amount: AmountOut
    allocated_on: date


class PaymentOut(Out):
    """A payment with what it settled; amounts in `currency`."""

    id: UUID
    number: str
    company_id: UUID
    account_id: UUID
    customer_id: UUID
    currency: str
    amount: AmountOut
    unallocated: AmountOut
    received_on: date
    method: str
    reference: str | None
    created_at: datetime
    allocations: list[AllocationOut]

    @classmethod
    def of(cls, row: PaymentRow) -> Self:
        """Render a payment."""
        return cls.model_validate(row)


class OpenItemsOut(Out):
    """Invoices on which something is owed, oldest due date first."""

    items: list[InvoiceOut]


class AgeingAccountOut(Out):
    """What an account owed, by days past due; `total` is the buckets less `unapplied`."""

    account_id: UUID
    customer_id: UUID
    customer_name: str | None
    currency: str
    buckets: dict[str, AmountOut]
    unapplied: AmountOut
    total: AmountOut

    @classmethod
    def of(cls, row: AgeingRow) -> Self:
        """Render a row."""
        return cls.model_validate(row)


class AgeingOut(Out):
    """Open items by age on a day. `agrees`: the totals equal the control account."""

    company_id: UUID
    as_of: date
    accounts: list[AgeingAccountOut]
    totals: dict[str, AmountOut]
    control_account: dict[str, AmountOut]
    agrees: bool

    @classmethod
    def of(cls, company_id: UUID, ageing: Ageing) -> Self:
        """Render an ageing list."""
        return cls(
            company_id=company_id,
            as_of=ageing.as_of,
            accounts=[AgeingAccountOut.of(row) for row in ageing.rows],
            totals=dict(ageing.totals),
            control_account=dict(ageing.control),
            agrees=ageing.agrees,
        )


class ReceivablesProofOut(Out):
    """A statement about the customers' accounts that must hold, and what was found."""

    name: str
    holds: bool
    detail: str


class ReceivablesProofsOut(Out):
    """Documents, accounts and control account compared; `holds` is whether all agree."""

    company_id: UUID
    holds: bool
    proofs: list[ReceivablesProofOut]

    @classmethod
    def of(cls, company_id: UUID, proofs: list[Proof]) -> Self:
        """Render proofs."""
        return cls(
            company_id=company_id,
            holds=all(proof.holds for proof in proofs),
            proofs=[ReceivablesProofOut.model_validate(proof) for proof in proofs],
        )
