"""Reads of remembered facts: frozen values, a constant number of statements."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Row,
    Text,
    any_,
    bindparam,
    literal,
    or_,
    select,
    text,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute, class_mapper

from cpq.projections.models import (
    KnownCosts,
    KnownCredit,
    KnownCustomer,
    KnownItem,
    KnownPrices,
    KnownStock,
    KnownTax,
    Remembered,
)
from cpq.projections.rules import (
    CompanyRate,
    CompanyTax,
    Cost,
    Costs,
    Credit,
    Customer,
    Item,
    ListPrice,
    ListPrices,
    Promise,
    Source,
    Stock,
    account_at,
    seller_of,
)
from servicekit.values import Money, Period

__all__ = [
    "CompanyRate",
    "CompanyTax",
    "Cost",
    "Costs",
    "Credit",
    "Customer",
    "Item",
    "ListPrice",
    "ListPrices",
    "Promise",
    "Source",
    "Stock",
    "account_at",
    "costs",
    "credits_of",
    "credits_of_all",
    "customers",
    "items",
    "list_prices",
    "seller_of",
    "stamp_of",
    "stocks",
    "taxes",
]


async def customers(
    session: AsyncSession,
    *,
    ids: Collection[UUID] = (),
    external_references: Collection[str] = (),
    numbers: Collection[str] = (),
) -> list[Customer]:
    """The known customers that any of the keys names."""
    if not (ids or external_references or numbers):
        return []
    wanted = select(*_columns(KnownCustomer)).where(
        or_(
            _among(KnownCustomer.customer_id, ids),
            _among(KnownCustomer.external_reference, external_references),
            _among(KnownCustomer.number, numbers),
        )
    )
    return [customer_of(row) for row in await session.execute(wanted)]


async def items(
    session: AsyncSession,
    *,
    ids: Collection[UUID] = (),
    skus: Collection[str] = (),
    external_references: Collection[str] = (),
) -> list[Item]:
    """The known items that any of the keys names."""
    if not (ids or skus or external_references):
        return []
    wanted = select(*_columns(KnownItem)).where(
        or_(
            _among(KnownItem.item_id, ids),
            _among(KnownItem.sku, skus),
            _among(KnownItem.external_reference, external_references),
        )
    )
    return [item_of(row) for row in await session.execute(wanted)]


async def list_prices(session: AsyncSession, ids: Collection[UUID]) -> Mapping[UUID, ListPrices]:
    """All list prices of the items that have any, by item."""
    rows = await session.execute(
        select(*_columns(KnownPrices)).where(_among(KnownPrices.item_id, ids))
    )
    return {
        row.item_id: ListPrices(
            [_list_price(each) for each in row.prices if _holds_at_all(each)], source_of(row)
        )
        for row in rows
    }


async def taxes(session: AsyncSession) -> list[CompanyTax]:
    """What tax each of the tenant's companies charges; they are few."""
    rows = await session.execute(select(*_columns(KnownTax)).order_by(KnownTax.company_id))
    return [
        CompanyTax(
            row.company_id,
            row.country,
            row.is_default,
            [
                CompanyRate(each["category"], Decimal(each["rate"]), _period(each))
                for each in row.rates
                if _holds_at_all(each)
            ],
            source_of(row),
        )
        for row in rows
    ]


async def costs(session: AsyncSession, ids: Collection[UUID]) -> Mapping[UUID, Costs]:
    """All standard costs of the items that have any, by item."""
    rows = await session.execute(
        select(*_columns(KnownCosts)).where(_among(KnownCosts.item_id, ids))
    )
    return {
        row.item_id: Costs(
            [_cost(each) for each in row.costs if _holds_at_all(each)], source_of(row)
        )
        for row in rows
    }


async def stocks(session: AsyncSession, ids: Collection[UUID]) -> Mapping[UUID, Stock]:
    """The stock promise of the items that have one, by item."""
    rows = await session.execute(
        select(*_columns(KnownStock)).where(_among(KnownStock.item_id, ids))
    )
    return {
        row.item_id: Stock(
            unit=row.unit,
            on_hand=row.on_hand,
            available=row.available,
            promises=[
                Promise(date.fromisoformat(each["on"]), Decimal(each["available"]))
                for each in row.promises
            ],
            source=source_of(row),
        )
        for row in rows
    }


_STAMP = text(
    "SELECT md5(coalesce(string_agg(concat_ws(':', i.source_event_id, p.source_event_id, "
    "c.source_event_id, s.source_event_id, p.item_id, c.item_id), ',' ORDER BY i.item_id), '')) "
    "FROM projections_item i "
    "LEFT JOIN projections_price p ON (p.tenant, p.item_id) = (i.tenant, i.item_id) "
    "LEFT JOIN projections_cost c ON (c.tenant, c.item_id) = (i.tenant, i.item_id) "
    "LEFT JOIN projections_stock s ON (s.tenant, s.item_id) = (i.tenant, i.item_id) "
    "WHERE i.sku = ANY(:skus)"
).bindparams(bindparam("skus", type_=ARRAY(Text())))


async def stamp_of(session: AsyncSession, skus: Collection[str]) -> str:
    """Changes with every event about the items, prices, costs and stock of these SKUs.

    One statement: whoever has read them before knows whether to read them again.
    """
    stamp: str = await session.scalar(_STAMP, {"skus": list(skus)})
    return stamp


async def credits_of(session: AsyncSession, customer_id: UUID) -> list[Credit]:
    """The customer's receivables accounts, the one that was opened first in front."""
    return list((await credits_of_all(session, {customer_id})).get(customer_id, ()))


async def credits_of_all(
    session: AsyncSession, customer_ids: Collection[UUID]
) -> Mapping[UUID, Sequence[Credit]]:
    """The receivables accounts of the customers that have any, as `credits_of` orders them."""
    if not customer_ids:
        return {}
    rows = await session.execute(
        select(*_columns(KnownCredit))
        .where(_among(KnownCredit.customer_id, customer_ids))
        .order_by(KnownCredit.account_id)
    )
    accounts: dict[UUID, list[Credit]] = {}
    for row in rows:
        accounts.setdefault(row.customer_id, []).append(_credit(row))
    return accounts


def source_of(row: Row[Any]) -> Source:
    """The event that the row was remembered from."""
    return Source(row.source_event_id, row.source_event_type, row.source_sequence, row.as_of)


def customer_of(row: Row[Any]) -> Customer:
    """The row as a value."""
    return Customer(
        customer_id=row.customer_id,
        number=row.number,
        name=row.name,
        tier=row.tier,
        currency=row.currency,
        country=row.country,
        active=row.active,
        external_reference=row.external_reference,
        source=source_of(row),
    )


def item_of(row: Row[Any]) -> Item:
    """The row as a value."""
    return Item(
        item_id=row.item_id,
        sku=row.sku,
        name=row.name,
        unit=row.unit,
        quantity_places=row.quantity_places,
        category=row.category,
        tax_category=row.tax_category,
        stocked=row.stocked,
        may_be_quoted=row.sellable and row.status == "released",
        external_reference=row.external_reference,
        source=source_of(row),
    )


def _columns(model: type[Remembered]) -> list[Any]:
    """The table's columns: plain rows cost a third of what mapped objects do, and nobody edits."""
    return list(class_mapper(model).local_table.columns)


def _among(column: InstrumentedAttribute[Any], values: Collection[Any]) -> ColumnElement[bool]:
    """`column = ANY(array)`: one parameter and one prepared statement for any number of values."""
    return column == any_(literal(list(values), ARRAY(column.type)))


def _holds_at_all(stored: Mapping[str, Any]) -> bool:
    """An entry that ended before it began holds on no day; another service may still say so."""
    return stored["valid_to"] is None or stored["valid_to"] > stored["valid_from"]


def _period(stored: Mapping[str, Any]) -> Period:
    end = stored["valid_to"]
    return Period(date.fromisoformat(stored["valid_from"]), end and date.fromisoformat(end))


def _list_price(stored: Mapping[str, Any]) -> ListPrice:
    price = Money(Decimal(stored["unit_price"]), stored["currency"])
    return ListPrice(price, stored["unit"], _period(stored))


def _cost(stored: Mapping[str, Any]) -> Cost:
    unit_cost = stored["unit_cost"]
    return Cost(
        UUID(stored["company_id"]),
        Money(Decimal(unit_cost["amount"]), unit_cost["currency"]),
        _period(stored),
    )


def _credit(row: Row[Any]) -> Credit:
    def money(amount: Decimal) -> Money:
        return Money(amount, row.currency)

    return Credit(
        account_id=row.account_id,
        customer_id=row.customer_id,
        company_id=row.company_id,
        credit_limit=None if row.credit_limit is None else money(row.credit_limit),
        exposure=money(row.exposure),
        overdue=money(row.overdue),
        headroom=None if row.headroom is None else money(row.headroom),
        state=row.state,
        payment_terms_days=row.payment_terms_days,
        source=source_of(row),
    )
