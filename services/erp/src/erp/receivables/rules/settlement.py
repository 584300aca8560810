"""How payments settle open items, and how old those are."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from servicekit.errors import InvalidInput, NotFound, RuleBroken
from servicekit.values.money import Money


class PaymentNotFound(NotFound):
    """The payment does not exist, or belongs to another tenant."""

    code = "payment-not-found"
    title = "No such payment"
    hint = "List the payments with GET /v1/payments."


class PaymentCameBack(RuleBroken):
    """A payment comes back once, and then it settles nothing."""

    code = "payment-came-back"
    title = "The payment has come back already"
    hint = "What it had settled is owed again; record what arrives as another payment."


class PaymentIsUsedElsewhere(RuleBroken):
    """What was paid back out of a payment cannot come back to the bank as well."""

    code = "payment-is-used-elsewhere"
    title = "A payment of which a refund was made does not come back as it stands"
    hint = "Reverse the refund first: POST /v1/adjustments/{id}/reversals."


class ReceivedAfterReturn(RuleBroken):
    """Money goes back after it came."""

    code = "received-after-return"
    title = "A payment comes back on its own day or later"
    hint = "Give a later day, or none for today."


class AllocationExceedsPayment(InvalidInput):
    """A payment settles at most its own amount."""

    code = "allocation-exceeds-payment"
    title = "Allocations do not exceed what is left of the payment"
    hint = "Lower the allocations so that their sum is at most the payment's rest."


class AllocationExceedsOpenItem(RuleBroken):
    """An invoice is paid once."""

    code = "allocation-exceeds-open-item"
    title = "An allocation does not exceed what is open on the invoice"
    hint = "Allocate at most the open amount; the rest may stay unallocated."


class ItemIsNotOpen(RuleBroken):
    """Only open items of the same account are paid."""

    code = "item-is-not-open"
    title = "A payment settles open invoices of its own account"
    hint = "List them with GET /v1/accounts/{id}/open-items."


class InvoiceIsAllocatedTwice(InvalidInput):
    """A payment names each invoice once."""

    code = "invoice-is-allocated-twice"
    title = "A list of allocations names each invoice once"
    hint = "Add up the amounts for the invoice."


class AllocationNotFound(NotFound):
    """The allocation does not exist, or belongs to another tenant."""

    code = "allocation-not-found"
    title = "No such allocation"
    hint = "Payments and credit notes list theirs: GET /v1/payments/{id}."


class AllocationIsUndone(RuleBroken):
    """An allocation is taken back once, and its undoing is not taken back."""

    code = "allocation-is-undone"
    title = "The allocation has been undone already"
    hint = "Allocate anew what is free again."


class UndoneBeforeItCounted(RuleBroken):
    """What did not count yet cannot be taken back."""

    code = "undone-before-it-counted"
    title = "An allocation is undone on its own day or later"
    hint = "Give a later day, or none for today."


@dataclass(frozen=True, slots=True)
class OpenItem:
    """Something that is owed: an instalment of an invoice, or another debit document.

    In `settle_named` one stands for a whole document.
    """

    invoice_id: UUID
    due_on: date
    open: Money


@dataclass(frozen=True, slots=True)
class Settlement:
    """The part of a payment that goes to an invoice."""

    invoice_id: UUID
    amount: Money


def settle_oldest(payment: Money, items: Sequence[OpenItem]) -> tuple[list[Settlement], Money]:
    """Pay the oldest debt first; return the settlements and what is left over.

    Due dates decide, as they do in dunning. The id breaks ties: the same payment must always
    touch the same invoices.
    """
    left, settlements = payment, list[Settlement]()
    for item in sorted(items, key=lambda item: (item.due_on, item.invoice_id)):
        if left.is_zero:
            break
        paid = min(left, item.open)
        if not paid.is_zero:
            settlements.append(Settlement(item.invoice_id, paid))
            left -= paid
    return settlements, left


def settle_named(
    payment: Money, wanted: Sequence[Settlement], items: Sequence[OpenItem]
) -> tuple[list[Settlement], Money]:
    """Pay exactly what was named; return the settlements and what is left over.

    Raises `InvoiceIsAllocatedTwice`, `ItemIsNotOpen`, `AllocationExceedsOpenItem`,
    `AllocationExceedsPayment`.
    """
    open_by_invoice = {item.invoice_id: item.open for item in items}
    left, seen = payment, set[UUID]()
    for position, settlement in enumerate(wanted):
        field = f"allocations.{position}"
        if settlement.invoice_id in seen:
            raise InvoiceIsAllocatedTwice(
                f"Invoice {settlement.invoice_id} is named twice.", field=f"{field}.invoice_id"
            )
        seen.add(settlement.invoice_id)
        open_amount = open_by_invoice.get(settlement.invoice_id)
        if open_amount is None:
            raise ItemIsNotOpen(
                f"Invoice {settlement.invoice_id} is not open on this account.",
                field=f"{field}.invoice_id",
            )
        if settlement.amount > open_amount:
            raise AllocationExceedsOpenItem(
                f"{settlement.amount} is more than the open {open_amount}.",
                field=f"{field}.amount",
            )
        if settlement.amount > left:
            raise AllocationExceedsPayment(
                f"{settlement.amount} is more than the {left} left of the payment.",
                field=f"{field}.amount",
            )
        left -= settlement.amount
    return list(wanted), left


def spread(amount: Money, items: Sequence[OpenItem]) -> list[Settlement]:
    """The part of a payment that goes to a document, over its instalments: the first due first.

    `amount` is at most what is open on them; the settlements name the items.
    """
    settlements, _ = settle_oldest(amount, items)
    return settlements
