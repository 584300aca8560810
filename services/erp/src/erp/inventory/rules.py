"""The laws of stock: what it is worth, who gets it, and what can be promised when."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from itertools import accumulate
from uuid import UUID

from servicekit.errors import NotFound, RuleBroken
from servicekit.values.decimals import ARITHMETIC, plain, round_to

ZERO = Decimal(0)
MOST_WORTH = Decimal(10) ** 14
"""A position worth more is a typing error; it also would not fit the posted amount."""
MOST_QUANTITY = Decimal(10) ** 12
"""A position with more is a typing error; it also would not fit the column."""


class MoveKind(StrEnum):
    """Why a quantity changed."""

    RECEIPT = "receipt"
    ISSUE = "issue"
    ADJUSTMENT = "adjustment"
    TRANSFER = "transfer"
    SHIPMENT = "shipment"
    REVALUATION = "revaluation"


class MoveReason(StrEnum):
    """What stands against the stock in the ledger."""

    PURCHASE = "purchase"
    OPENING = "opening"
    COUNT = "count"
    SCRAP = "scrap"
    USE = "use"
    SALE = "sale"
    TRANSFER = "transfer"
    COST = "cost"


COUNTER_ACCOUNT: Mapping[MoveReason, str] = {
    MoveReason.PURCHASE: "goods-received-not-invoiced",
    MoveReason.OPENING: "opening-equity",
    MoveReason.COUNT: "inventory-adjustment",
    MoveReason.SCRAP: "inventory-adjustment",
    MoveReason.USE: "inventory-adjustment",
    MoveReason.SALE: "cost-of-goods-sold",
    # A transfer changes no company's stock; what is left after rounding both sides is a variance.
    MoveReason.TRANSFER: "inventory-adjustment",
    MoveReason.COST: "inventory-adjustment",
}
"""The role of the account that a move's value is posted against."""

FITTING: Mapping[MoveKind, frozenset[MoveReason]] = {
    MoveKind.RECEIPT: frozenset({MoveReason.PURCHASE, MoveReason.OPENING}),
    MoveKind.ISSUE: frozenset({MoveReason.USE, MoveReason.SCRAP}),
    MoveKind.ADJUSTMENT: frozenset({MoveReason.COUNT, MoveReason.SCRAP, MoveReason.OPENING}),
    MoveKind.TRANSFER: frozenset({MoveReason.TRANSFER}),
}
"""The reasons a person may give for each kind of move."""

USUAL_REASON: Mapping[MoveKind, MoveReason] = {
    MoveKind.RECEIPT: MoveReason.PURCHASE,
    MoveKind.ISSUE: MoveReason.USE,
    MoveKind.ADJUSTMENT: MoveReason.COUNT,
    MoveKind.TRANSFER: MoveReason.TRANSFER,
}


class WarehouseNotFound(NotFound):
    code = "warehouse-not-found"
    title = "The warehouse must exist"
    hint = "GET /v1/warehouses lists them."


class WarehouseCodeIsTaken(RuleBroken):
    code = "warehouse-code-is-taken"
    title = "A warehouse's code is unique within its company"
    hint = "Use another code."


class WarehouseReferenceIsTaken(RuleBroken):
    code = "warehouse-reference-is-taken"
    title = "An external reference names one warehouse"
    hint = "Look it up with GET /v1/warehouses?external_reference=..."


class CompanyHasNoWarehouse(RuleBroken):
    code = "company-has-no-warehouse"
    title = "Stock lies in a warehouse of the company"
    hint = "Create one with POST /v1/warehouses, or name the warehouse."


class StockIsNotThere(RuleBroken):
    code = "stock-is-not-there"
    title = "Only stock that is on hand and not reserved can be taken out"
    hint = "Receive stock first, or cancel the orders that reserve it."


class StockItemIsUnknown(NotFound):
    code = "stock-item-is-unknown"
    title = "Stock is kept of items that exist"
    hint = "Create the item with POST /v1/items first."


class ItemIsNotStocked(RuleBroken):
    code = "item-is-not-stocked"
    title = "Only stocked items lie in a warehouse"
    hint = "A service has no stock: order and ship it without."


class TransferStaysInPlace(RuleBroken):
    code = "transfer-stays-in-place"
    title = "A transfer goes from one warehouse to another of the same company"
    hint = "Name to_warehouse_id: another warehouse of the same company."


class ReasonDoesNotFit(RuleBroken):
    code = "reason-does-not-fit"
    title = "A move's reason fits its kind"
    hint = (
        "Receipts: purchase, opening; issues: use, scrap; adjustments: count, scrap, opening; "
        "transfers: transfer."
    )


class MoveIsInTheFuture(RuleBroken):
    code = "move-is-in-the-future"
    title = "Goods move today or earlier"
    hint = "Record the move on the day it happens."


class QuantityHasWrongSign(RuleBroken):
    code = "quantity-has-wrong-sign"
    title = "Receipts, issues and transfers state a quantity above zero"
    hint = "Use an adjustment for a correction downwards."


class StockIsTooMuch(RuleBroken):
    code = "stock-is-too-much"
    title = "A position holds less than a trillion of its unit"
    hint = "Check the quantity and its unit."


class StockIsWorthTooMuch(RuleBroken):
    code = "stock-is-worth-too-much"
    title = "A position is worth less than 10^14 in its currency"
    hint = "Check the quantity and the item's standard cost."


def check_day(effective_on: date, today: date) -> None:
    """Raise `MoveIsInTheFuture` if `effective_on` is later than today anywhere on earth.

    `today` is the day in UTC; where the day begins first it is already tomorrow.
    """
    if effective_on > today + timedelta(days=1):
        raise MoveIsInTheFuture(f"{effective_on} has not come yet.", field="effective_on")


def check_reason(kind: MoveKind, reason: MoveReason | None) -> MoveReason:
    """The reason of a move: the one given, or the usual one; raises `ReasonDoesNotFit`."""
    if reason is None:
        return USUAL_REASON[kind]
    if reason not in FITTING[kind]:
        raise ReasonDoesNotFit(f"{reason.value!r} is no reason for a {kind.value}.", field="reason")
    return reason


def signed_quantity(kind: MoveKind, quantity: Decimal) -> Decimal:
    """What the move adds to the stock of its warehouse; raises `QuantityHasWrongSign`."""
    if quantity == 0 or (quantity < 0 and kind is not MoveKind.ADJUSTMENT):
        raise QuantityHasWrongSign(f"{plain(quantity)} is stated.", field="quantity")
    return -quantity if kind in (MoveKind.ISSUE, MoveKind.TRANSFER) else quantity


# --- value ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Holding:
    """A position's quantity and worth: `value == round(on_hand * unit_cost)`, always."""

    on_hand: Decimal = ZERO
    reserved: Decimal = ZERO
    unit_cost: Decimal = ZERO
    value: Decimal = ZERO

    @property
    def free(self) -> Decimal:
        """What may be taken without breaking a promise."""
        return self.on_hand - self.reserved


@dataclass(frozen=True, slots=True)
class Moved:
    """A holding after a move, and what the move does to the books.

    `value` (signed like the quantity) is posted against the move's own account, `revaluation`
    against the revaluation account; together they are the change of the holding's value.
    """

    holding: Holding
    value: Decimal
    revaluation: Decimal


def worth(quantity: Decimal, unit_cost: Decimal, minor_units: int) -> Decimal:
    """Quantity times cost, rounded half away from zero to the currency's minor units.

    Raises `StockIsWorthTooMuch` at 10^14 and above.
    """
    amount = ARITHMETIC.multiply(quantity, unit_cost)
    if abs(amount) >= MOST_WORTH:
        raise StockIsWorthTooMuch(
            f"{plain(quantity)} at {plain(unit_cost)} is {plain(amount)}.", field="quantity"
        )
    return round_to(amount, minor_units)


def move(
    holding: Holding,
    quantity: Decimal,
    *,
    unit_cost: Decimal,
    minor_units: int,
    from_reserved: bool = False,
) -> Moved:
    """Put `quantity` in (positive) or take it out (negative) at the day's standard cost.

    Standard costing: if the cost is not the one the holding is carried at, what lies there is
    revalued first. The move is then worth the difference of the holding's two roundings and not
    its own rounding, so that pennies never accumulate: a holding of nothing is worth nothing.

    Raises `StockIsNotThere` if more is taken out than is free, or, with `from_reserved`, than
    is reserved; `StockIsTooMuch` or `StockIsWorthTooMuch` for what the books have no room for.
    """
    taken = -quantity if quantity < 0 else ZERO
    if taken > (holding.reserved if from_reserved else holding.free):
        raise StockIsNotThere(
            f"{plain(taken)} would be taken out; {plain(holding.on_hand)} on hand, "
            f"{plain(holding.reserved)} reserved.",
            field="quantity",
        )
    on_hand = holding.on_hand + quantity
    if on_hand >= MOST_QUANTITY:
        raise StockIsTooMuch(f"{plain(on_hand)} would be on hand.", field="quantity")
    revalued = worth(holding.on_hand, unit_cost, minor_units)
    after = Holding(
        on_hand=on_hand,
        reserved=holding.reserved - (taken if from_reserved else ZERO),
        unit_cost=unit_cost,
        value=worth(on_hand, unit_cost, minor_units),
    )
    return Moved(after, value=after.value - revalued, revaluation=revalued - holding.value)


# --- claims ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Want:
    """A line of an order that wants stock by a day."""

    line_id: UUID
    item_id: UUID
    quantity: Decimal
    needed_on: date


def grant(free: Mapping[UUID, Decimal], wants: Sequence[Want]) -> dict[UUID, Decimal]:
    """What each line gets of the free stock per item: first line first, the rest is backorder.

    The claim statement does the same inside the database, under the positions' locks; a test
    holds the two against each other.
    """
    left = dict(free)
    granted = dict[UUID, Decimal]()
    for want in wants:
        granted[want.line_id] = max(ZERO, min(want.quantity, left.get(want.item_id, ZERO)))
        left[want.item_id] = left.get(want.item_id, ZERO) - granted[want.line_id]
    return granted


# --- available to promise -------------------------------------------------------------------


def discrete_promises(
    opening: Decimal, receipts: Sequence[Decimal], demands: Sequence[Decimal]
) -> list[Decimal | None]:
    """Discrete available-to-promise: per receipt, what the demands before the next one leave.

    The first period also has the opening stock. Periods without a receipt promise nothing of
    their own and are None. Source: Oracle JD Edwards, "available to promise".
    """
    promises = list[Decimal | None]()
    for period, received in enumerate(receipts):
        if period and not received:
            promises.append(None)
            continue
        covered = range(period, len(receipts))
        until = next((later for later in covered if later > period and receipts[later]), None)
        supply = received if period else opening + received
        promises.append(supply - sum(demands[period:until], ZERO))
    return promises


def cumulative_promises(
    opening: Decimal, receipts: Sequence[Decimal], demands: Sequence[Decimal]
) -> list[Decimal]:
    """Cumulative available-to-promise: what can go in a period without shorting a later demand.

    The lowest projected balance from the period on: promising more today would take what a
    demand of tomorrow already has. Never below zero.
    """
    net = (received - demanded for received, demanded in zip(receipts, demands, strict=True))
    balances = list(accumulate(net, initial=opening))[1:]
    lowest_after = list(accumulate(reversed(balances), min))[::-1]
    return [max(ZERO, lowest) for lowest in lowest_after]


@dataclass(frozen=True, slots=True)
class Promise:
    """What is available to promise from a day on, until the next promise."""

    on: date
    available: Decimal


def promises_by_date(
    opening: Decimal,
    *,
    receipts: Mapping[date, Decimal],
    demands: Mapping[date, Decimal],
    today: date,
) -> list[Promise]:
    """Cumulative promises from today on, one for each day on which the promise changes.

    Whatever is overdue happens today: late demand still wants its goods.
    """
    days = sorted({today} | {max(day, today) for day in (*receipts, *demands)})
    supply = {day: _on_day(receipts, day, today) for day in days}
    demand = {day: _on_day(demands, day, today) for day in days}
    available = cumulative_promises(opening, list(supply.values()), list(demand.values()))
    promises = list[Promise]()
    for day, quantity in zip(days, available, strict=True):
        if not promises or promises[-1].available != quantity:
            promises.append(Promise(day, quantity))
    return promises


def _on_day(amounts: Mapping[date, Decimal], day: date, today: date) -> Decimal:
    return sum((amount for on, amount in amounts.items() if max(on, today) == day), ZERO)
