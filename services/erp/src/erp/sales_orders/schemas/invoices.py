"""What clients send and receive about invoices and down payments of orders."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Self
from uuid import UUID

from pydantic import Field, model_validator

from erp.sales_orders.service import (
    IssuedInvoice,
    NewDownPayment,
)
from servicekit.http.schemas import (
    AmountOut,
    DayIn,
    FractionIn,
    In,
    Out,
    PositiveAmountIn,
    Reason,
)


class OrderInvoicingIn(In):
    """An invoice of everything that has left and is not invoiced."""

    issued_on: DayIn | None = None
    """Left out: today (UTC)."""


class DownPaymentIn(In):
    """A down payment on an order: a share of its net, or a net amount; one of the two."""

    share: FractionIn | None = None
    """A fraction of the order's net: 0.3 is 30 %."""
    net: PositiveAmountIn | None = None
    """Without tax, in the order's currency."""
    issued_on: DayIn | None = None
    """Left out: today (UTC)."""
    due_on: DayIn | None = None
    """Left out: the day it is issued on."""
    description: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    """What its lines say. Left out: that it is a down payment, and the order's number."""

    @model_validator(mode="after")
    def _one_amount(self) -> Self:
        if (self.share is None) == (self.net is None):
            raise ValueError("give a share or a net amount, and not both")
        return self

    def new(self) -> NewDownPayment:
        """What the service is asked for."""
        return NewDownPayment(self.share, self.net, self.issued_on, self.due_on, self.description)


class OrderMilestoneIn(In):
    """A share of the order that is asked for on a day."""

    due_on: DayIn
    """The day on which it is asked for, today (UTC) or later; each later than the one before."""
    share: Annotated[FractionIn, Field(gt=0)]
    """A fraction of the order's net; all of them sum to one at most."""
    name: Annotated[str, Field(min_length=1, max_length=100)]
    """What is reached; it stands on the down payment."""


class OrderMilestonesIn(In):
    """Shares of an order that are asked for in advance."""

    milestones: Annotated[list[OrderMilestoneIn], Field(min_length=1, max_length=100)]
    """In the order of their days."""

    def wanted(self) -> list[tuple[date, Decimal, str]]:
        """What the service is asked for."""
        return [(one.due_on, one.share, one.name) for one in self.milestones]


class OrderPlanOut(Out):
    """The plan of an order's milestones; GET /v1/invoice-plans/{id} tells all of it."""

    id: UUID
    """The invoice plan."""
    order_id: UUID
    name: str
    """The order's number."""
    next_on: date | None
    """The day of the next milestone."""


class DownPaymentCreditIn(In):
    """Giving back what is left of a down payment."""

    reason: Reason
    issued_on: DayIn | None = None
    """Left out: today (UTC)."""


class DownPaymentCreditOut(Out):
    """The credit note that gives a down payment back; amounts in `currency`."""

    id: UUID
    number: str
    invoice_id: UUID
    issued_on: date
    currency: str
    net: AmountOut
    tax: AmountOut
    gross: AmountOut
    open_amount: AmountOut
    """What the customer had paid of it: a credit of the account, to be refunded or allocated."""


class OrderInvoiceOut(Out):
    """The invoice that was issued; amounts in `currency` at minor units."""

    id: UUID
    number: str
    order_id: UUID
    order_number: str
    order_status: str
    account_id: UUID
    currency: str
    issued_on: date
    due_on: date
    net: AmountOut
    tax: AmountOut
    gross: AmountOut

    @classmethod
    def of(cls, issued: IssuedInvoice) -> Self:
        """Render an invoice just issued."""
        invoice, order = issued.invoice, issued.order
        assert invoice is not None
        return cls(
            id=invoice.id,
            number=invoice.number,
            order_id=order.id,
            order_number=order.number,
            order_status=order.status.value,
            account_id=invoice.account_id,
            currency=invoice.currency,
            issued_on=invoice.issued_on,
            due_on=invoice.due_on,
            net=invoice.net,
            tax=invoice.tax,
            gross=invoice.gross,
        )


class OrderProofOut(Out):
    """A statement about stock or orders that must hold, and what was found."""

    name: str
    holds: bool
    detail: str


class OrderProofsOut(Out):
    """Stock, orders and books compared; `holds` is whether all agree."""

    company_id: UUID
    holds: bool
    """Whether every proof does."""
    proofs: list[OrderProofOut]
