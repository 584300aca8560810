"""What settles what."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from servicekit.errors import InvalidInput, NotFound, RuleBroken
from servicekit.values.decimals import plain

ZERO = Decimal(0)


class SupplierPaymentNotFound(NotFound):
    """The payment does not exist, or belongs to another tenant."""

    code = "supplier-payment-not-found"
    title = "No such payment to a supplier"
    hint = "List them with GET /v1/supplier-payments."


class SupplierAllocationNotFound(NotFound):
    """The allocation does not exist, or belongs to another tenant."""

    code = "supplier-allocation-not-found"
    title = "No such allocation"
    hint = "Read the allocations of a bill with GET /v1/bills/{id}."


class AllocationBelongsToItsReturn(RuleBroken):
    """What took a payment back is not undone."""

    code = "allocation-belongs-to-its-return"
    title = "A payment that came back stays taken back"
    hint = "If the money went after all, record another payment: POST /v1/supplier-payments."


class SupplierAllocationIsUndone(RuleBroken):
    """An allocation is taken back once."""

    code = "supplier-allocation-is-undone"
    title = "The allocation is taken back already"
    hint = "Allocate anew what is open."


class SupplierAllocationUndoneTooEarly(RuleBroken):
    """An allocation counts before it is taken back."""

    code = "supplier-allocation-undone-too-early"
    title = "An allocation is not taken back before it counted"
    hint = "Give a day on or after the allocation's own."


class PaidInTheBillsCurrency(InvalidInput):
    """What is paid in the currency that it settles needs no second amount."""

    code = "paid-in-the-bills-currency"
    title = "What left the bank is in the currency that is settled"
    hint = "Leave `paid` out; give it for money of another currency alone, without a discount."


class BillIsNotOpen(RuleBroken):
    """Only bills of the supplier on which something is open are settled."""

    code = "bill-is-not-open"
    title = "The bill is not open, or is another supplier's"
    hint = "Read what is open with GET /v1/payable-items."


class SettlesTooMuch(RuleBroken):
    """No more is settled than is open, or than the payment or credit has left."""

    code = "settles-too-much"
    title = "More would be settled than is there"
    hint = "Lower the amounts, or leave them out to settle the oldest first."


class BillIsNamedTwice(InvalidInput):
    """An allocation names each bill once."""

    code = "bill-is-named-twice"
    title = "A bill is named twice"
    hint = "Name each bill once, with the whole amount."


@dataclass(frozen=True, slots=True)
class OwedItem:
    """What is open on a document of a supplier's, above zero."""

    id: UUID
    document_id: UUID
    open: Decimal


def settle(
    amount: Decimal, items: Sequence[OwedItem], wanted: Sequence[tuple[UUID, Decimal]] | None
) -> list[tuple[UUID, Decimal]]:
    """Item ids and how much of each `amount` settles; `items` are in the order of their days.

    None settles in that order as far as it goes; `wanted` names documents. Raises
    `BillIsNamedTwice`, `BillIsNotOpen`, `SettlesTooMuch`.
    """
    if wanted is None:
        found, left = [], amount
        for item in items:
            if left <= 0:
                break
            found.append((item.id, min(left, item.open)))
            left -= min(left, item.open)
        return found
    if len({document for document, _ in wanted}) < len(wanted):
        raise BillIsNamedTwice("Each bill once.", field="allocations")
    if sum((part for _, part in wanted), start=ZERO) > amount:
        raise SettlesTooMuch(f"Only {plain(amount)} is left.", field="allocations")
    by_document = {item.document_id: item for item in items}
    settled = []
    for at, (document, part) in enumerate(wanted):
        if document not in by_document:
            raise BillIsNotOpen(
                f"Nothing is open on {document}.", field=f"allocations.{at}.bill_id"
            )
        if part > by_document[document].open:
            raise SettlesTooMuch(
                f"Only {plain(by_document[document].open)} is open.",
                field=f"allocations.{at}.amount",
            )
        settled.append((by_document[document].id, part))
    return settled
