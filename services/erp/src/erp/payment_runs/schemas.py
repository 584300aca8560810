"""Payment proposals on the wire."""

from datetime import date, datetime
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import Field, StringConstraints, model_validator

from erp.payables.queries import OpenToPay
from erp.payment_runs.models import CompanyBankAccount, PaymentRun, RunLineRow, RunPayment
from erp.payment_runs.queries import PaymentProposal, RunDetail, SupplierPayout
from erp.payment_runs.rules import Proposed, Reason
from servicekit.http.schemas import (
    AmountOut,
    CurrencyCode,
    DayIn,
    In,
    Name,
    Out,
    ShortText,
)
from servicekit.http.schemas import (
    Reason as WhyIn,
)


class ProposedItemOut(Out):
    """An open item, whether it is paid, and why."""

    item_id: UUID
    """The open item."""
    document_kind: str
    document_id: UUID
    """The bill, credit note or payment."""
    supplier_reference: str | None
    """The supplier's own number of the document; null: it is a payment or a discount."""
    payment_reference: str | None
    due_on: date | None
    """The day by which the bill is to be paid; null: it is a credit."""
    discount_on: date | None
    open_amount: AmountOut
    """What is open on it, above zero."""
    paid: bool
    """True: the run pays or nets it."""
    reason: Reason
    """`due`, `discount-would-be-lost` and `credit` are in; the others say why the item is out."""
    discount: AmountOut
    """What is kept for paying early, in the proposal's currency."""
    amount: AmountOut
    """What it adds to the payment: below zero for a credit, zero if it is out."""

    @classmethod
    def of(cls, item: OpenToPay, line: Proposed) -> Self:
        """Render a line."""
        return cls(
            item_id=item.item_id,
            document_kind=item.document_kind,
            document_id=item.document_id,
            supplier_reference=item.supplier_reference,
            payment_reference=item.payment_reference,
            due_on=item.due_on,
            discount_on=item.discount_on,
            open_amount=item.open_amount,
            paid=line.paid,
            reason=line.reason,
            discount=line.discount,
            amount=line.amount,
        )


class SupplierPayoutOut(Out):
    """What a supplier is paid: its bills less discounts and credits; zero, or above."""

    supplier_id: UUID
    supplier_name: str
    iban: str | None
    """Where the supplier is paid (ISO 13616); null: no bank details are approved."""
    amount: AmountOut
    """The sum of the items, in the proposal's currency."""
    discount: AmountOut
    """What is kept for paying early, in the proposal's currency."""
    items: list[ProposedItemOut]
    """Everything that is open with the supplier, the first due first."""

    @classmethod
    def of_payout(cls, row: SupplierPayout) -> Self:
        """Render a supplier."""
        first, _ = row.items[0]
        return cls(
            supplier_id=first.supplier_id,
            supplier_name=first.supplier_name,
            iban=first.iban,
            amount=row.payout.amount,
            discount=row.payout.discount,
            items=[ProposedItemOut.of(item, line) for item, line in row.items],
        )


class PaymentProposalOut(Out):
    """What a payment run would pay, as things are now; nothing is reserved by reading it."""

    company_id: UUID
    currency: str
    pay_on: date
    next_pay_on: date
    amount: AmountOut
    """What all suppliers are paid, in `currency`."""
    discount: AmountOut
    """What is kept for paying early, in `currency`."""
    suppliers: list[SupplierPayoutOut]
    """Every supplier with something open in `currency`, by name."""

    @classmethod
    def of(cls, proposal: PaymentProposal) -> Self:
        """Render a proposal."""
        return cls(
            company_id=proposal.company_id,
            currency=proposal.currency,
            pay_on=proposal.pay_on,
            next_pay_on=proposal.next_pay_on,
            amount=proposal.amount,
            discount=proposal.discount,
            suppliers=[SupplierPayoutOut.of_payout(row) for row in proposal.suppliers],
        )


class CompanyBankAccountIn(In):
    """Adds a bank account of a company's own."""

    company_id: UUID | None = None
    name: Name
    iban: ShortText
    bic: ShortText | None = None
    currency: CurrencyCode | None = None
    """The currency it is held in; left out: the company's own."""


class CompanyBankAccountPatch(In):
    """What to change; a member that is left out stays. Another IBAN is another account."""

    name: Name | None = None
    active: bool | None = None

    @model_validator(mode="after")
    def _required_stay(self) -> Self:
        for field in self.model_fields_set:
            if getattr(self, field) is None:
                raise ValueError(f"{field} cannot be emptied")
        return self

    def changes(self) -> dict[str, Any]:
        """The members that were sent."""
        return self.model_dump(exclude_unset=True)


class CompanyBankAccountOut(Out):
    """A bank account of a company's own."""

    id: UUID
    company_id: UUID
    name: str
    iban: str
    bic: str | None
    currency: str
    """The currency it is held in."""
    active: bool
    version: int

    @classmethod
    def of(cls, row: CompanyBankAccount) -> Self:
        """Render an account."""
        return cls.model_validate(row)


class PaymentRunIn(In):
    """Makes a run of what the proposal of the same days pays."""

    bank_account_id: UUID
    """The company's own account, in euros, from which is paid."""
    pay_on: DayIn | None = None
    """The day on which the bank pays; left out: today (UTC)."""
    next_pay_on: DayIn
    """The day of the next run: what would be late or lose its discount by then is paid."""
    without: Annotated[list[UUID], Field(max_length=1000, default_factory=list)]
    """Open items to leave out."""


class PaymentRunApprovalIn(In):
    """Approves the file that was looked at."""

    sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
    """The SHA-256 of the file, in hexadecimal."""


class PaymentRunCancellationIn(In):
    """Why the run is given up."""

    reason: WhyIn


class PaymentRunOut(Out):
    """A payment run; amounts in euros."""

    id: UUID
    company_id: UUID
    bank_account_id: UUID
    """The company's own account from which is paid."""
    status: str
    """proposed, approved, released or cancelled."""
    number: str | None
    """Gapless, given when it is released; null before."""
    pay_on: date
    next_pay_on: date
    amount: AmountOut
    """What all suppliers are paid."""
    discount: AmountOut
    """What is kept for paying early."""
    sha256: str
    """The SHA-256 of the file, in hexadecimal; it is what is approved."""
    made_by: str
    """Who made it."""
    made_at: datetime
    """When, in UTC."""
    approved_by: str | None
    approved_at: datetime | None
    released_by: str | None
    """Who released it; null: nobody yet."""
    released_at: datetime | None
    """When, in UTC."""
    version: int

    @classmethod
    def of(cls, row: PaymentRun) -> Self:
        """Render a run."""
        return cls.model_validate(row)


class RunLineOut(Out):
    """An open item that a run pays, or nets."""

    item_id: UUID
    """The open item."""
    document_kind: str
    document_id: UUID
    """The bill, credit note or payment."""
    supplier_reference: str | None
    """The supplier's own number of the document."""
    open_amount: AmountOut
    """What was open on it, above zero."""
    discount: AmountOut
    """What is kept for paying early."""
    reason: Reason
    """Why it is in the run."""

    @classmethod
    def of(cls, row: RunLineRow) -> Self:
        """Render a line."""
        return cls.model_validate(row)


class RunPaymentOut(Out):
    """What a run pays a supplier."""

    id: UUID
    supplier_id: UUID
    supplier_name: str
    iban: str
    """Where it goes (ISO 13616)."""
    bic: str | None
    amount: AmountOut
    """Bills less discounts and credits, in euros."""
    discount: AmountOut
    """What is kept for paying early."""
    end_to_end_id: str
    """What the supplier's bank tells with the money, and our books name it by."""
    remittance: str
    """The documents that are paid."""
    lines: list[RunLineOut]
    """The items that are paid and netted."""

    @classmethod
    def of(cls, row: RunPayment, lines: list[RunLineRow]) -> Self:
        """Render a payment."""
        members = {name: getattr(row, name) for name in cls.model_fields if name != "lines"}
        return cls(**members, lines=[RunLineOut.of(line) for line in lines])


class PaymentRunDetailOut(PaymentRunOut):
    """A run with what it pays each supplier: the remittance advice of all of them."""

    payments: list[RunPaymentOut]
    """What each supplier is paid, in the order of the file."""

    @classmethod
    def of_detail(cls, detail: RunDetail) -> Self:
        """Render a run with its payments."""
        return cls(
            **PaymentRunOut.of(detail.run).__dict__,
            payments=[
                RunPaymentOut.of(
                    payment, [line for line in detail.lines if line.payment_id == payment.id]
                )
                for payment in detail.payments
            ],
        )
