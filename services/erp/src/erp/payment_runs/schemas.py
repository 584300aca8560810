"""Payment proposals on the wire."""

from datetime import date, datetime
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import Field, StringConstraints, model_validator

from erp.payables.queries import OpenToPay
from erp.payment_runs.models import (
    CompanyBankAccount,
    PaymentOutcome,
    PaymentRun,
    RunLineRow,
    RunPayment,
    StatusReportRow,
)
from erp.payment_runs.queries import PaymentProposal, ReportDetail, RunDetail, SupplierPayout
from erp.payment_runs.rules import Proposed, Reason
from servicekit.http.files import Base64Content, FileIn
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
    outcome: str | None
    """What the bank last said: pending, settled or rejected; null: nothing yet."""
    reason_code: str | None
    """Why the bank rejected it (ISO 20022 external code set), such as AC04."""
    lines: list[RunLineOut]
    """The items that are paid and netted."""

    @classmethod
    def of(cls, row: RunPayment, lines: list[RunLineRow], told: PaymentOutcome | None) -> Self:
        """Render a payment."""
        others = {"lines", "outcome", "reason_code"}
        members = {name: getattr(row, name) for name in cls.model_fields.keys() - others}
        return cls(
            **members,
            outcome=None if told is None else told.outcome,
            reason_code=None if told is None else told.reason_code,
            lines=[RunLineOut.of(line) for line in lines],
        )


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
                    payment,
                    [line for line in detail.lines if line.payment_id == payment.id],
                    detail.outcomes.get(payment.id),
                )
                for payment in detail.payments
            ],
        )


class StatusReportIn(FileIn):
    """What a bank says of a run."""

    content: Base64Content
    """The XML (pain.002, version 03 or later) in Base64; 5 MB at most."""


class StatusReportOut(Out):
    """A bank's report about a run."""

    id: UUID
    run_id: UUID
    number: str
    """The bank's own."""
    said_on: date
    """The day of its creation, as the bank wrote it."""
    sha256: str
    """The SHA-256 of the file as it came, in hexadecimal."""
    received_by: str
    """Who handed it in: the subject of their access token."""
    received_at: datetime
    """When it was taken, in UTC."""

    @classmethod
    def of(cls, row: StatusReportRow) -> Self:
        """Render a report."""
        return cls.model_validate(row)


class PaymentOutcomeOut(Out):
    """What a report said of a payment that was not known before."""

    payment_id: UUID
    end_to_end_id: str
    outcome: str
    """pending, settled or rejected: what was rejected has come back, and its bills are open."""
    status: str
    """The bank's word, such as ACSC, ACSP or RJCT (ISO 20022)."""
    reason_code: str | None
    """Why (ISO 20022 external code set), such as AC04: the account is closed."""
    reason: str | None


class StatusReportDetailOut(StatusReportOut):
    """A report with what was new in it."""

    outcomes: list[PaymentOutcomeOut]
    """By end-to-end id. Empty: it said nothing that was not known."""

    @classmethod
    def of_detail(cls, detail: ReportDetail) -> Self:
        """Render a report with its outcomes."""
        return cls(
            **StatusReportOut.of(detail.report).__dict__,
            outcomes=[
                PaymentOutcomeOut(
                    payment_id=one.payment_id,
                    end_to_end_id=name,
                    outcome=one.outcome,
                    status=one.status,
                    reason_code=one.reason_code,
                    reason=one.reason,
                )
                for name, one in detail.outcomes
            ],
        )
