"""What clients send and receive about collective invoices."""

from datetime import date
from typing import Self
from uuid import UUID

from erp.sales_orders.rules import CollectBy
from erp.sales_orders.service import (
    CollectedOrder,
    Collecting,
    Collection,
    CollectiveInvoice,
    LeftOut,
)
from servicekit.http.schemas import AmountOut, DayIn, In, Out


class CollectiveInvoicingIn(In):
    """Which deliveries are invoiced together."""

    company_id: UUID | None = None
    """Left out: the default company."""
    account_id: UUID | None = None
    """One account; left out: all that have deliveries to be invoiced."""
    delivered_until: DayIn | None = None
    """The last day of the deliveries. Left out: that of the invoices."""
    issued_on: DayIn | None = None
    """Left out: today (UTC)."""
    by: CollectBy = CollectBy.ACCOUNT
    """What stands on one invoice: all of an `account`, or all of one customer `reference` of it."""
    after_account: UUID | None = None
    """Goes on where an earlier answer's `next_account` says."""
    dry_run: bool = False
    """Tell what would be invoiced, and write nothing."""

    def wish(self) -> Collecting:
        """What the service is asked for."""
        return Collecting(
            self.company_id,
            self.account_id,
            self.delivered_until,
            self.issued_on,
            self.by,
            self.after_account,
        )


class CollectedOrderOut(Out):
    """What an invoice takes of an order; amounts in the invoice's currency."""

    order_id: UUID
    order_number: str
    customer_reference: str | None
    deliveries: list[str]
    """The numbers of the deliveries that it invoices, or parts of them."""
    net: AmountOut
    tax: AmountOut
    gross: AmountOut

    @classmethod
    def of(cls, one: CollectedOrder) -> Self:
        """Render what is taken of an order."""
        return cls(
            order_id=one.order.id,
            order_number=one.order.number,
            customer_reference=one.order.customer_reference,
            deliveries=list(dict.fromkeys(part.delivery_number for part in one.parts)),
            net=one.totals.net.amount,
            tax=one.totals.tax.amount,
            gross=one.totals.gross.amount,
        )


class CollectiveInvoiceOut(Out):
    """An invoice for many orders; its net, tax and gross are the sums of theirs."""

    invoice_id: UUID | None
    """Null in a preview."""
    number: str | None
    """Null in a preview."""
    account_id: UUID
    reference: str | None
    """The customer reference of all its orders, where they were grouped by it."""
    currency: str
    net: AmountOut
    tax: AmountOut
    gross: AmountOut
    orders: list[CollectedOrderOut]
    """What it takes of each order."""

    @classmethod
    def of(cls, one: CollectiveInvoice) -> Self:
        """Render an invoice, or what would be one."""
        return cls(
            invoice_id=None if one.invoice is None else one.invoice.id,
            number=None if one.invoice is None else one.invoice.number,
            account_id=one.account_id,
            reference=one.reference,
            currency=one.totals.net.currency,
            net=one.totals.net.amount,
            tax=one.totals.tax.amount,
            gross=one.totals.gross.amount,
            orders=[CollectedOrderOut.of(order) for order in one.orders],
        )


class LeftOutOut(Out):
    """An order with deliveries to be invoiced that stands on no invoice of the run, and why."""

    order_id: UUID
    order_number: str
    account_id: UUID
    code: str
    """delivered-later, order-has-down-payments, or the code of what refused it."""
    reason: str

    @classmethod
    def of(cls, one: LeftOut) -> Self:
        """Render why an order is left out."""
        return cls(
            order_id=one.order.id,
            order_number=one.order.number,
            account_id=one.order.account_id,
            code=one.code,
            reason=one.message,
        )


class CollectionOut(Out):
    """What a run invoiced, or would."""

    issued_on: date
    """The day of the invoices."""
    invoices: list[CollectiveInvoiceOut]
    """Those that were issued; in a preview those that would be."""
    left_out: list[LeftOutOut]
    """Orders with deliveries that are not invoiced, with the reason of each."""
    next_account: UUID | None
    """There is more behind this account: run again with it as `after_account`. Null: no more."""

    @classmethod
    def of(cls, issued_on: date, collection: Collection) -> Self:
        """Render a run."""
        return cls(
            issued_on=issued_on,
            invoices=[CollectiveInvoiceOut.of(one) for one in collection.invoices],
            left_out=[LeftOutOut.of(one) for one in collection.left_out],
            next_account=collection.next_account,
        )
