"""What every way to open an order has in common: place, totals, claims, decision, record."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from uuid import UUID

import orjson

from erp.inventory import queries as stock
from erp.inventory import service as inventory
from erp.items import queries as items
from erp.receivables import queries as accounts
from erp.receivables import service as receivables
from erp.sales_orders import events
from erp.sales_orders.queries import OrderDetail, OrderLine, Reasoned
from erp.sales_orders.rules import (
    AS_SIGNED,
    CompanyIsUnknown,
    Decision,
    ItemFacts,
    OrderedLine,
    OrderReferenceIsTaken,
    OrderStatus,
    Reason,
    WarehouseIsUnknown,
    decide,
)
from erp.taxes.queries import Supply
from servicekit.taxation import TaxableLine
from servicekit.uow import UnitOfWork
from servicekit.values.money import Money


async def find_terms(
    uow: UnitOfWork, *, customer_id: UUID, company_id: UUID | None, on: date
) -> accounts.SellingTerms:
    """The selling company's terms for the customer on a day; raises `CompanyIsUnknown`."""
    terms = await accounts.selling_terms(
        uow.connection, uow.tenant, customer_id=customer_id, company_id=company_id, on=on
    )
    if terms is None:
        raise CompanyIsUnknown(
            f"There is no company {company_id}." if company_id else "There is no company yet.",
            field="company_id",
        )
    return terms


async def find_warehouse(uow: UnitOfWork, company_id: UUID, warehouse_id: UUID | None) -> UUID:
    """The warehouse that the order leaves from; raises `WarehouseIsUnknown`."""
    found = await stock.warehouse_of(uow.connection, uow.tenant, company_id, warehouse_id)
    if found is None:
        raise WarehouseIsUnknown("The company has no such warehouse.", field="warehouse_id")
    return found


def item_facts(known: Iterable[items.OrderItem]) -> dict[UUID, ItemFacts]:
    return {
        item.item_id: ItemFacts(item.item_id, item.sku, item.unit, item.released, item.sellable)
        for item in known
    }


def order_line(order_id: UUID, line: OrderedLine) -> OrderLine:
    return OrderLine(
        line.line_id,
        order_id,
        line.position,
        line.item_id,
        line.sku,
        line.name,
        line.unit,
        line.stocked,
        line.quantity,
        line.net_unit_price,
        line.net_amount,
        line.tax_category,
        line.list_unit_price,
        line.price_reason,
        line.quantity_places,
    )


def totalled(
    order: OrderDetail, lines: Sequence[OrderedLine], terms: accounts.SellingTerms
) -> OrderDetail:
    """The order with its lines and with net, tax and gross as an invoice of its day has them.

    The company's tax counts, not a quote's estimate; the rounding is the invoice's own. Raises
    `TaxRateIsMissing`. Whether the books have room for the total is for the caller to see.
    """
    totals = terms.totals(
        [
            (
                TaxableLine(line.net_amount, line.tax_category),
                Supply.GOODS if line.stocked else Supply.SERVICES,
            )
            for line in lines
        ],
        order.currency,
    )
    return replace(
        order,
        net=totals.net.amount,
        tax=totals.tax.amount,
        gross=totals.gross.amount,
        exposure=totals.gross.amount,
        lines=tuple(order_line(order.id, line) for line in lines),
    )


async def claim_and_open(
    uow: UnitOfWork, order: OrderDetail, against: Sequence[Reason] = ()
) -> OrderDetail:
    """Claim stock, then credit, decide, write and announce.

    `against` are reasons to hold it beside credit and stock.
    """
    assert order.warehouse_id is not None
    wants = [
        inventory.Want(line.id, line.item_id, line.quantity, order.requested_on or order.ordered_on)
        for line in order.lines
        if line.stocked
    ]
    reserved = await inventory.claim(uow, warehouse_id=order.warehouse_id, wants=wants)
    credit, counts = await receivables.claim_credit(
        uow, order.account_id, Money(order.gross, order.currency), order.due_on
    )
    order = replace(order, in_horizon=counts)
    decision = decide(
        [line.progress for line in order.lines],
        {line.id: line.sku for line in order.lines},
        reserved,
        [*against, *(Reason(reason.code, reason.message) for reason in credit.reasons)],
        ordered_on=order.ordered_on,
        requested_on=order.requested_on,
    )
    order = await _insert(uow, _decided(order, decision, reserved))
    uow.publish(events.order_placed(order))
    if order.status is OrderStatus.HELD:
        uow.publish(events.order_held(order))
    else:
        uow.publish(events.order_confirmed(order))
    uow.audit("order-placed", "order", order.id, {"number": order.number, "status": order.status})
    return order


def _decided(order: OrderDetail, decision: Decision, reserved: dict[UUID, Decimal]) -> OrderDetail:
    return replace(
        order,
        status=decision.status,
        promised_on=decision.promised_on,
        holds=tuple(Reasoned(reason.code, reason.message) for reason in decision.holds),
        lines=tuple(
            replace(line, reserved=reserved.get(line.id, line.reserved)) for line in order.lines
        ),
    )


async def reject(
    uow: UnitOfWork, order: OrderDetail, lines: Sequence[OrderedLine], reasons: Sequence[Reason]
) -> OrderDetail:
    """Write the order as rejected: nothing is reserved, nothing counts as exposure.

    It is announced as placed first, so that who reads along knows its lines and amounts.
    """
    order = await _insert(
        uow,
        replace(
            order,
            status=OrderStatus.REJECTED,
            exposure=Decimal(0),
            holds=tuple(Reasoned(reason.code, reason.message) for reason in reasons),
            lines=tuple(
                order_line(order.id, replace(line, quantity_places=AS_SIGNED)) for line in lines
            ),
        ),
    )
    uow.publish(events.order_placed(order))
    uow.publish(events.order_rejected(order))
    uow.audit("order-rejected", "order", order.id, {"reasons": [reason.code for reason in reasons]})
    return order


_INSERT = """
    WITH written AS (
        INSERT INTO sales_orders_order (
            tenant, id, number, company_id, warehouse_id, customer_id, account_id, quote_id,
            quote_number, opportunity_id, currency, ordered_on, requested_on, promised_on, status,
            holds, net, tax, gross, exposure, invoiced_net, customer_reference, external_reference,
            placed_by, version, created_at, updated_at, in_horizon)
        VALUES ($1, $2, (SELECT sales_orders_next_numbers('SO', 1)), $3, $4, $5, $6, $7, $8, $9,
                $10, $11, $12, $13, $14, $15::text::jsonb, $16, $17, $18, $19, 0, $20, $21, $22,
                1, $23, $23, $38)
        ON CONFLICT (tenant, external_reference) DO NOTHING
        RETURNING number
    ), lines AS (
        INSERT INTO sales_orders_line (
            tenant, id, order_id, position, item_id, sku, name, unit, stocked, quantity,
            net_unit_price, net_amount, tax_category, list_unit_price, price_reason,
            quantity_places, shipped, invoiced, cancelled, invoiced_amount)
        SELECT $1, l.id, $2, l.position, l.item_id, l.sku, l.name, l.unit, l.stocked, l.quantity,
               l.net_unit_price, l.net_amount, l.tax_category, l.list_unit_price, l.price_reason,
               l.quantity_places, 0, 0, 0, 0
        FROM unnest($24::uuid[], $25::bigint[], $26::uuid[], $27::text[], $28::text[], $29::text[],
                    $30::bool[], $31::numeric[], $32::numeric[], $33::numeric[], $34::text[],
                    $35::numeric[], $36::text[], $37::int2[])
             AS l(id, position, item_id, sku, name, unit, stocked, quantity, net_unit_price,
                  net_amount, tax_category, list_unit_price, price_reason, quantity_places)
        WHERE EXISTS (SELECT FROM written)
    )
    SELECT number FROM written
"""


async def _insert(uow: UnitOfWork, order: OrderDetail) -> OrderDetail:
    """Write an order with its lines and give it its number; one statement.

    Raises `OrderReferenceIsTaken`. A second order of a quote violates its unique key, which undoes
    the transaction: the other one has won.
    """
    lines = order.lines
    number = await uow.connection.fetchval(
        _INSERT,
        uow.tenant,
        order.id,
        order.company_id,
        order.warehouse_id,
        order.customer_id,
        order.account_id,
        order.quote_id,
        order.quote_number,
        order.opportunity_id,
        order.currency,
        order.ordered_on,
        order.requested_on,
        order.promised_on,
        order.status.value,
        orjson.dumps([{"code": r.code, "message": r.message} for r in order.holds]).decode(),
        order.net,
        order.tax,
        order.gross,
        order.exposure,
        order.customer_reference,
        order.external_reference,
        order.placed_by,
        order.created_at,
        [line.id for line in lines],
        [line.position for line in lines],
        [line.item_id for line in lines],
        [line.sku for line in lines],
        [line.name for line in lines],
        [line.unit for line in lines],
        [line.stocked for line in lines],
        [line.quantity for line in lines],
        [line.net_unit_price for line in lines],
        [line.net_amount for line in lines],
        [line.tax_category for line in lines],
        [line.list_unit_price for line in lines],
        [line.price_reason for line in lines],
        [line.quantity_places for line in lines],
        order.in_horizon,
    )
    if number is None:
        raise OrderReferenceIsTaken(
            f"{order.external_reference!r} is another order.", field="external_reference"
        )
    return replace(order, number=number)
