"""Payment proposals on the wire."""

from datetime import date
from typing import Any, Self
from uuid import UUID

from pydantic import model_validator

from erp.payables.queries import OpenToPay
from erp.payment_runs.models import CompanyBankAccount
from erp.payment_runs.queries import PaymentProposal, SupplierPayout
from erp.payment_runs.rules import Proposed, Reason
from servicekit.http.schemas import AmountOut, CurrencyCode, In, Name, Out, ShortText


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
