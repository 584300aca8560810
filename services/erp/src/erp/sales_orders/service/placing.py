"""Placing orders from the API."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from erp.items import queries as items
from erp.sales_orders.queries import OrderDetail
from erp.sales_orders.rules import (
    CustomerHasNoAccount,
    CustomerIsInactive,
    ItemCannotBeOrdered,
    OrderedItemIsUnknown,
    OrderedLine,
    OrderIsInAnotherCurrency,
    OrderStatus,
    check_amount,
    check_ordered_on,
    line_amount,
    objections,
    price_of_line,
)
from erp.sales_orders.service.opening import (
    claim_and_open,
    find_terms,
    find_warehouse,
    item_facts,
    totalled,
)
from servicekit.uow import UnitOfWork
from servicekit.values.decimals import plain

OVERRIDE_PRICE = "erp.sales_orders.override_price"
"""The permission to order at another price than the list price."""


@dataclass(frozen=True, slots=True)
class NewLine:
    """A line to be ordered: an item by id or SKU, in its own unit.

    `net_unit_price` is in the order's currency, without tax, unrounded; None takes the list price
    of the order's day. `price_reason` says why it is another one.
    """

    quantity: Decimal
    item_id: UUID | None = None
    sku: str | None = None
    unit: str | None = None
    net_unit_price: Decimal | None = None
    price_reason: str | None = None


@dataclass(frozen=True, slots=True)
class NewOrder:
    """An order to be placed. None: the default company, its MAIN warehouse, the account's currency,
    today (UTC)."""

    customer_id: UUID
    lines: Sequence[NewLine]
    company_id: UUID | None = None
    warehouse_id: UUID | None = None
    currency: str | None = None
    ordered_on: date | None = None
    requested_on: date | None = None
    customer_reference: str | None = None
    external_reference: str | None = None


async def place_order(uow: UnitOfWork, new: NewOrder) -> OrderDetail:
    """Open an order from the API: confirmed, or held with reasons.

    Raises `CompanyIsUnknown`, `WarehouseIsUnknown`, `CustomerHasNoAccount`, `CustomerIsInactive`,
    `OrderIsInAnotherCurrency`, `OrderedItemIsUnknown`, `ItemCannotBeOrdered`, `QuantityIsTooFine`,
    `ItemHasNoListPrice`, `PriceOverrideIsNotPermitted`, `PriceNeedsReason`,
    `LineAmountIsTooLarge`, `TaxRateIsMissing`, `DayIsInTheFuture` or `OrderReferenceIsTaken`.
    """
    ordered_on = new.ordered_on or uow.now.date()
    check_ordered_on(ordered_on, uow.now.date())
    terms = await find_terms(
        uow, customer_id=new.customer_id, company_id=new.company_id, on=ordered_on
    )
    account = terms.account
    if account is None:
        raise CustomerHasNoAccount(
            f"Customer {new.customer_id} has no account in this company.", field="customer_id"
        )
    if not terms.customer_active:
        raise CustomerIsInactive(f"Customer {new.customer_id} is inactive.", field="customer_id")
    if new.currency not in (None, account.currency):
        raise OrderIsInAnotherCurrency(f"The account is in {account.currency}.", field="currency")
    warehouse_id = await find_warehouse(uow, terms.company_id, new.warehouse_id)
    known = await items.order_items(
        uow.connection,
        uow.tenant,
        ids=[line.item_id for line in new.lines if line.item_id],
        skus=[line.sku for line in new.lines if line.sku],
        currency=account.currency,
        on=ordered_on,
    )
    lines = _lines_of_items(uow, new.lines, known)
    order = totalled(
        OrderDetail(
            id=uow.new_id(),
            number="",
            company_id=terms.company_id,
            warehouse_id=warehouse_id,
            customer_id=new.customer_id,
            account_id=account.id,
            quote_id=None,
            quote_number=None,
            opportunity_id=None,
            currency=account.currency,
            ordered_on=ordered_on,
            requested_on=new.requested_on,
            promised_on=None,
            status=OrderStatus.PLACED,
            holds=(),
            net=Decimal(0),
            tax=Decimal(0),
            gross=Decimal(0),
            exposure=Decimal(0),
            invoiced_net=Decimal(0),
            prepaid=Decimal(0),
            customer_reference=new.customer_reference,
            external_reference=new.external_reference,
            placed_by=uow.principal.subject,
            released_by=None,
            released_at=None,
            release_reason=None,
            cancel_reason=None,
            version=1,
            created_at=uow.now,
            updated_at=uow.now,
        ),
        lines,
        terms,
    )
    check_amount(order.gross)
    opened = await claim_and_open(uow, order)
    _audit_prices(uow, opened)
    return opened


def _audit_prices(uow: UnitOfWork, order: OrderDetail) -> None:
    """Record which lines have another price than the list's, and why."""
    overridden = [
        {
            "sku": line.sku,
            "list_unit_price": None
            if line.list_unit_price is None
            else plain(line.list_unit_price),
            "net_unit_price": plain(line.net_unit_price),
            "reason": line.price_reason,
        }
        for line in order.lines
        if line.price_reason is not None
    ]
    if overridden:
        uow.audit(
            "order-prices-overridden",
            "order",
            order.id,
            {"currency": order.currency, "lines": overridden},
        )


def _lines_of_items(
    uow: UnitOfWork, wanted: Sequence[NewLine], known: Sequence[items.OrderItem]
) -> list[OrderedLine]:
    by_id = {item.item_id: item for item in known}
    by_sku = {item.sku: item for item in known}
    facts = item_facts(known)
    may_override = uow.principal.may(OVERRIDE_PRICE)
    lines = list[OrderedLine]()
    for position, line in enumerate(wanted, start=1):
        at = f"lines.{position - 1}"
        item = by_id.get(line.item_id) if line.item_id else by_sku.get(line.sku or "")
        if item is None:
            raise OrderedItemIsUnknown(
                f"There is no item {line.item_id or line.sku}.",
                field=f"{at}.item_id" if line.item_id else f"{at}.sku",
            )
        unit = line.unit or item.unit
        against = objections(
            [(item.item_id, item.sku, unit)], facts, currency="", account_currency=""
        )
        if against:
            raise ItemCannotBeOrdered(against[0].message, field=at, reason=against[0].code)
        items.check_places(
            line.quantity, item.quantity_places, unit=item.unit, field=f"{at}.quantity"
        )
        price, reason = price_of_line(
            item.list_price,
            line.net_unit_price,
            line.price_reason,
            may_override=may_override,
            field=at,
        )
        lines.append(
            OrderedLine(
                line_id=uow.new_id(),
                position=position,
                item_id=item.item_id,
                sku=item.sku,
                name=item.name,
                unit=unit,
                stocked=item.stocked,
                quantity=line.quantity,
                net_unit_price=price,
                net_amount=line_amount(line.quantity, price),
                tax_category=item.tax_category,
                list_unit_price=item.list_price,
                price_reason=reason,
                quantity_places=item.quantity_places,
            )
        )
    return lines
