"""Down payments: asked for before anything leaves, owed back until invoices settle them."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Protocol
from uuid import UUID

from servicekit.errors import InvalidInput, NotFound, RuleBroken
from servicekit.values.money import Money

DOWN_PAYMENT = "down-payment"
"""The kind of an invoice that asks for a part of an order in advance."""


class DownPaymentNotFound(NotFound):
    """The order has no such down payment."""

    code = "down-payment-not-found"
    title = "The order has no such down payment"
    hint = "List them with GET /v1/invoices?prepays_order_id=..."


class DownPaymentExceedsOrder(RuleBroken):
    """An order is paid once."""

    code = "down-payment-exceeds-order"
    title = "Down payments ask for no more than is still to be invoiced"
    hint = "Ask for at most the order's exposure, tax included."


class DownPaymentIsNothing(InvalidInput):
    """Half a cent cannot be asked for."""

    code = "down-payment-is-nothing"
    title = "A down payment asks for at least one minor unit of its currency"
    hint = "Give a larger share or amount."


class DownPaymentBelongsToItsOrder(RuleBroken):
    """What was asked for in advance is given back by the order that it is for."""

    code = "down-payment-belongs-to-its-order"
    title = "A down payment is credited through its order, and is not written off"
    hint = "POST /v1/orders/{id}/down-payments/{invoice_id}/credit-notes credits what is unsettled."


class SettlementBelongsToItsInvoice(RuleBroken):
    """What settled a down payment is part of an invoice that has left."""

    code = "settlement-belongs-to-its-invoice"
    title = "The settlement of a down payment is not taken back alone"
    hint = "Credit the invoice: what the settlement paid of it becomes a credit of the customer."


class _OfKind(Protocol):
    @property
    def kind(self) -> str: ...
    @property
    def number(self) -> str: ...


def check_stands_alone(invoice: _OfKind) -> None:
    """Raise `DownPaymentBelongsToItsOrder` for a down payment."""
    if invoice.kind == DOWN_PAYMENT:
        raise DownPaymentBelongsToItsOrder(f"{invoice.number} is a down payment.")


def share_by_category(net: Money, nets: Mapping[str, Decimal]) -> dict[str, Money]:
    """A net amount over the tax categories of what it is for, as their nets are to each other.

    Parts sum to the whole. A category of nothing or less takes nothing. Raises
    `DownPaymentIsNothing`.
    """
    wanted = {category: amount for category, amount in sorted(nets.items()) if amount > 0}
    if not wanted or net.amount <= 0:
        raise DownPaymentIsNothing(f"{net} is asked for.", field="net")
    parts = net.split(list(wanted.values()))
    return {
        category: part for category, part in zip(wanted, parts, strict=True) if not part.is_zero
    }


def settling(left: Sequence[tuple[UUID, Money]], owed: Money) -> list[tuple[UUID, Money]]:
    """What an invoice over `owed` settles of down payments, in their order, tax included.

    As much as it can of each: the customer pays nothing while something of theirs is held.
    """
    found = []
    for down_payment, amount in left:
        part = min(amount, owed)
        if not part.is_zero:
            found.append((down_payment, part))
            owed -= part
    return found
