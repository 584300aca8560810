"""Own facts as contract events."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Protocol
from uuid import UUID

from contracts.base import MoneyV1
from contracts.erp.adjustment import AdjustmentPostedV1, AdjustmentReversedV1
from contracts.erp.credit import CreditStatusChangedV1
from contracts.erp.credit_note import CreditedLineV1, CreditNoteIssuedV1
from contracts.erp.invoice import (
    InvoiceIssuedV1,
    InvoiceOverdueV1,
    InvoicePaidV1,
    InvoicePartiallyPaidV1,
    InvoiceReopenedV1,
)
from contracts.erp.payment import PaymentAllocationV1, PaymentReceivedV1, PaymentReturnedV1
from erp.receivables.models import Adjustment
from erp.receivables.queries import AccountRow, CreditNoteRow, InvoiceRow, PaymentRow
from erp.receivables.rules import Settlement
from servicekit.taxation import DocumentTotals
from servicekit.values.money import Money


def wire(money: Money) -> MoneyV1:
    """The amount as the contract writes it."""
    return MoneyV1(amount=money.amount, currency=money.currency)


def credit_status(account: AccountRow, as_of: datetime) -> CreditStatusChangedV1:
    """The whole credit state of an account; `as_of` is an aware instant."""
    exposure = account.exposure
    limit, headroom = exposure.credit_limit, exposure.headroom
    return CreditStatusChangedV1(
        account_id=account.id,
        customer_id=account.customer_id,
        company_id=account.company_id,
        currency=account.currency,
        credit_limit=None if limit is None else wire(limit),
        open_items=wire(exposure.open_items),
        open_orders=wire(exposure.open_orders),
        delivered=None if exposure.delivered is None else wire(exposure.delivered),
        exposure=wire(exposure.total),
        overdue=wire(exposure.overdue),
        headroom=None if headroom is None else wire(headroom),
        released=None if exposure.released is None else wire(exposure.released),
        state=exposure.state.value,
        payment_terms_days=account.payment_terms_days,
        as_of=as_of,
    )


def invoice_issued(invoice: InvoiceRow) -> InvoiceIssuedV1:
    """The invoice was posted."""
    return InvoiceIssuedV1(
        invoice_id=invoice.id,
        invoice_number=invoice.number,
        company_id=invoice.company_id,
        customer_id=invoice.customer_id,
        account_id=invoice.account_id,
        order_id=invoice.order_id,
        currency=invoice.currency,
        issued_on=invoice.issued_on,
        due_on=invoice.due_on,
        net=wire(invoice.money(invoice.net)),
        tax=wire(invoice.money(invoice.tax)),
        gross=wire(invoice.money(invoice.gross)),
        prepays_order_id=invoice.prepays_order_id,
    )


def invoice_settled(
    invoice: InvoiceRow, still_open: Decimal, on: date
) -> InvoicePaidV1 | InvoicePartiallyPaidV1:
    """The invoice was paid, in full or in part; `still_open` is what is owed afterwards."""
    paid = wire(invoice.money(invoice.gross - still_open))
    if not still_open:
        return InvoicePaidV1(
            invoice_id=invoice.id,
            invoice_number=invoice.number,
            company_id=invoice.company_id,
            customer_id=invoice.customer_id,
            account_id=invoice.account_id,
            order_id=invoice.order_id,
            currency=invoice.currency,
            paid=paid,
            paid_on=on,
        )
    return InvoicePartiallyPaidV1(
        invoice_id=invoice.id,
        invoice_number=invoice.number,
        company_id=invoice.company_id,
        customer_id=invoice.customer_id,
        account_id=invoice.account_id,
        order_id=invoice.order_id,
        currency=invoice.currency,
        paid=paid,
        open=wire(invoice.money(still_open)),
        on=on,
    )


def invoice_reopened(invoice: InvoiceRow, on: date) -> InvoiceReopenedV1:
    """What had settled the invoice was taken back, in full or in part."""
    return InvoiceReopenedV1(
        invoice_id=invoice.id,
        invoice_number=invoice.number,
        company_id=invoice.company_id,
        customer_id=invoice.customer_id,
        account_id=invoice.account_id,
        order_id=invoice.order_id,
        currency=invoice.currency,
        paid=wire(invoice.money(invoice.gross - invoice.open_amount)),
        open=wire(invoice.money(invoice.open_amount)),
        status=invoice.status,
        overdue_since=invoice.overdue_since,
        on=on,
    )


def invoice_overdue(invoice: InvoiceRow, on: date) -> InvoiceOverdueV1:
    """The due date has passed and something is owed."""
    return InvoiceOverdueV1(
        invoice_id=invoice.id,
        invoice_number=invoice.number,
        company_id=invoice.company_id,
        customer_id=invoice.customer_id,
        account_id=invoice.account_id,
        order_id=invoice.order_id,
        currency=invoice.currency,
        due_on=invoice.due_on,
        open=wire(invoice.money(invoice.open_amount)),
        on=on,
    )


def payment_received(
    *,
    payment_id: UUID,
    number: str,
    account: AccountRow,
    amount: Money,
    received_on: date,
    method: str,
    reference: str | None,
    settlements: list[Settlement],
    unallocated: Money,
) -> PaymentReceivedV1:
    """Money arrived."""
    return PaymentReceivedV1(
        payment_id=payment_id,
        payment_number=number,
        company_id=account.company_id,
        customer_id=account.customer_id,
        account_id=account.id,
        amount=wire(amount),
        received_on=received_on,
        method=method,
        reference=reference,
        allocations=[
            PaymentAllocationV1(invoice_id=part.invoice_id, amount=wire(part.amount))
            for part in settlements
        ],
        unallocated=wire(unallocated),
    )


class _CreditedLine(Protocol):
    """What the event tells of a line."""

    @property
    def description(self) -> str: ...
    @property
    def quantity(self) -> Decimal | None: ...
    @property
    def unit(self) -> str: ...
    @property
    def tax_category(self) -> str: ...
    @property
    def invoice_position(self) -> int | None: ...
    @property
    def order_line_id(self) -> UUID | None: ...
    @property
    def item_id(self) -> UUID | None: ...
    @property
    def sku(self) -> str | None: ...


def credit_note_issued(
    note: CreditNoteRow,
    lines: Sequence[_CreditedLine],
    totals: DocumentTotals,
    settlements: Sequence[Settlement],
    unallocated: Money,
) -> CreditNoteIssuedV1:
    """The credit note was posted; `settlements` name documents."""
    return CreditNoteIssuedV1(
        credit_note_id=note.id,
        credit_note_number=note.number,
        company_id=note.company_id,
        customer_id=note.customer_id,
        account_id=note.account_id,
        invoice_id=note.invoice_id,
        order_id=note.order_id,
        currency=note.currency,
        issued_on=note.issued_on,
        reason=note.reason,
        net=wire(note.money(note.net)),
        tax=wire(note.money(note.tax)),
        gross=wire(note.money(note.gross)),
        lines=[
            CreditedLineV1(
                description=line.description,
                quantity=line.quantity,
                unit=line.unit,
                net=wire(shown),
                tax_category=line.tax_category,
                invoice_position=line.invoice_position,
                order_line_id=line.order_line_id,
                item_id=line.item_id,
                sku=line.sku,
            )
            for line, shown in zip(lines, totals.shown, strict=True)
        ],
        allocations=[
            PaymentAllocationV1(invoice_id=part.invoice_id, amount=wire(part.amount))
            for part in settlements
        ],
        unallocated=wire(unallocated),
    )


def adjustment_posted(row: Adjustment) -> AdjustmentPostedV1:
    """Something was written off, paid back, given as discount or charged."""
    return AdjustmentPostedV1(**_adjustment(row), reason=row.reason, issued_on=row.issued_on)


def adjustment_reversed(row: Adjustment, opposite: Adjustment) -> AdjustmentReversedV1:
    """`opposite` took the adjustment back."""
    return AdjustmentReversedV1(
        **_adjustment(row),
        reason=opposite.reason,
        reversal_id=opposite.id,
        reversal_number=opposite.number,
        reversed_on=opposite.issued_on,
    )


def _adjustment(row: Adjustment) -> dict[str, Any]:
    return {
        "adjustment_id": row.id,
        "adjustment_number": row.number,
        "company_id": row.company_id,
        "customer_id": row.customer_id,
        "account_id": row.account_id,
        "kind": row.kind,
        "side": row.side,
        "amount": wire(Money(row.amount, row.currency)),
        "tax": wire(Money(row.tax, row.currency)),
        "about_id": row.about_id,
    }


def payment_returned(
    payment: PaymentRow, on: date, reason: str, code: str | None
) -> PaymentReturnedV1:
    """The money came back to the customer."""
    return PaymentReturnedV1(
        payment_id=payment.id,
        payment_number=payment.number,
        company_id=payment.company_id,
        customer_id=payment.customer_id,
        account_id=payment.account_id,
        amount=wire(Money(payment.amount, payment.currency)),
        received_on=payment.received_on,
        method=payment.method,
        returned_on=on,
        reason=reason,
        reason_code=code,
    )
