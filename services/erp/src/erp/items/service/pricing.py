"""Use cases of prices and costs: both are series by date, set in bulk."""

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TypeVar
from uuid import UUID

from erp.items import events
from erp.items.queries import CostRow, PriceRow
from erp.items.rules import CostIsInAnotherCurrency, CostNeedsACompany, ItemNotFound, check_period
from erp.items.service.master import RowResult
from erp.ledger import queries as ledger
from servicekit.errors import NotFound, Refusal
from servicekit.uow import UnitOfWork

New = TypeVar("New")
Row = TypeVar("Row", PriceRow, CostRow)
Series = dict[Hashable, tuple[UUID, Row]]
"""Rows with their ids by natural key: item, currency or company, first day."""


@dataclass(frozen=True, slots=True)
class NewPrice:
    """A list price to be set for an item named by id or SKU; without tax, unrounded."""

    currency: str
    unit_price: Decimal
    valid_from: date
    valid_to: date | None = None
    item_id: UUID | None = None
    sku: str | None = None


@dataclass(frozen=True, slots=True)
class NewCost:
    """A standard cost to be set for an item named by id or SKU.

    `company_id` None means the default company; `currency` None means its base currency.
    """

    unit_cost: Decimal
    valid_from: date
    valid_to: date | None = None
    currency: str | None = None
    company_id: UUID | None = None
    item_id: UUID | None = None
    sku: str | None = None


@dataclass(frozen=True, slots=True)
class _Locked:
    id: UUID
    sku: str
    unit: str


async def _lock_items(
    uow: UnitOfWork, rows: Sequence[NewPrice] | Sequence[NewCost]
) -> tuple[dict[UUID, _Locked], dict[str, _Locked]]:
    # The event carries all prices of the item, so two writers of one item must take turns: else
    # the later event could miss what the earlier transaction wrote.
    found = await uow.connection.fetch(
        "SELECT id, sku, unit FROM items_item WHERE tenant = $1 AND (id = ANY($2) OR sku = ANY($3))"
        " ORDER BY id FOR NO KEY UPDATE",
        uow.tenant,
        [row.item_id for row in rows if row.item_id],
        [row.sku for row in rows if row.sku],
    )
    items = [_Locked(*row) for row in found]
    return {item.id: item for item in items}, {item.sku: item for item in items}


def _named(
    row: NewPrice | NewCost, by_id: dict[UUID, _Locked], by_sku: dict[str, _Locked]
) -> _Locked:
    item = by_id.get(row.item_id) if row.item_id else by_sku.get(row.sku or "")
    if item is None:
        raise ItemNotFound(
            f"There is no item {row.item_id or row.sku!r}.",
            field="item_id" if row.item_id else "sku",
        )
    return item


def _merge(
    uow: UnitOfWork,
    series: Series[Row],
    rows: Sequence[New],
    resolve: Callable[[New], tuple[Hashable, Row]],
) -> tuple[list[RowResult], Series[Row]]:
    """Put each row into `series`; return the results and what must be written.

    `resolve` names a row's place in the series and its new state, or raises a refusal.
    """
    results, changed = list[RowResult](), Series[Row]()
    for new in rows:
        try:
            key, row = resolve(new)
        except Refusal as refusal:
            results.append(refusal)
            continue
        known_id, known = series.get(key, (None, None))
        row_id = known_id or uow.new_id()
        if known == row:
            results.append(("unchanged", row_id))
        else:
            series[key] = changed[key] = (row_id, row)
            results.append(("created", row_id))
    return results, changed


def _of_changed_items(
    series: Series[Row], changed: Series[Row]
) -> Iterator[tuple[UUID, list[Row]]]:
    """Each item of `changed` with all its rows, by item id."""
    rows_of: dict[UUID, list[Row]] = {
        item_id: [] for item_id in sorted({row.item_id for _, row in changed.values()})
    }
    for _, row in series.values():
        if row.item_id in rows_of:
            rows_of[row.item_id].append(row)
    yield from rows_of.items()


_SELECT_PRICES = """
    SELECT id, item_id, currency, unit_price, valid_from, valid_to
    FROM items_list_price WHERE tenant = $1 AND item_id = ANY($2)
"""
_UPSERT_PRICES = """
    INSERT INTO items_list_price (tenant, id, item_id, currency, unit_price, valid_from, valid_to)
    SELECT $1, n.id, n.item_id, n.currency, n.unit_price, n.valid_from, n.valid_to
    FROM unnest($2::uuid[], $3::uuid[], $4::text[], $5::numeric[], $6::date[], $7::date[])
         AS n(id, item_id, currency, unit_price, valid_from, valid_to)
    ON CONFLICT (tenant, item_id, currency, valid_from)
    DO UPDATE SET unit_price = excluded.unit_price, valid_to = excluded.valid_to
"""


async def set_list_prices(uow: UnitOfWork, rows: Sequence[NewPrice]) -> list[RowResult]:
    """Set list prices in a constant number of statements; each changed item is announced once.

    A price that is there already is unchanged; another amount for the same item, currency and
    first day replaces it. Refused rows carry `ItemNotFound` or `PeriodIsEmpty`.
    """
    by_id, by_sku = await _lock_items(uow, rows)
    existing = await uow.connection.fetch(_SELECT_PRICES, uow.tenant, list(by_id))
    series: Series[PriceRow] = {
        (row.item_id, row.currency, row.valid_from): (price_id, row)
        for price_id, *fields in existing
        for row in [PriceRow(*fields)]
    }

    def priced(row: NewPrice) -> tuple[Hashable, PriceRow]:
        item = _named(row, by_id, by_sku)
        check_period(row.valid_from, row.valid_to)
        price = PriceRow(item.id, row.currency, row.unit_price, row.valid_from, row.valid_to)
        return (item.id, row.currency, row.valid_from), price

    results, changed = _merge(uow, series, rows, priced)
    if changed:
        values = list(changed.values())
        await uow.connection.execute(
            _UPSERT_PRICES,
            uow.tenant,
            [id_ for id_, _ in values],
            [row.item_id for _, row in values],
            [row.currency for _, row in values],
            [row.unit_price for _, row in values],
            [row.valid_from for _, row in values],
            [row.valid_to for _, row in values],
        )
        for item_id, prices in _of_changed_items(series, changed):
            item = by_id[item_id]
            uow.publish(events.list_prices_changed(item.id, item.sku, item.unit, prices))
        uow.audit("list-prices-set", "item", "bulk", {"count": len(changed)})
    return results


_SELECT_COSTS = """
    SELECT id, item_id, company_id, currency, unit_cost, valid_from, valid_to
    FROM items_standard_cost WHERE tenant = $1 AND item_id = ANY($2)
"""
_UPSERT_COSTS = """
    INSERT INTO items_standard_cost (
        tenant, id, item_id, company_id, currency, unit_cost, valid_from, valid_to)
    SELECT $1, n.id, n.item_id, n.company_id, n.currency, n.unit_cost, n.valid_from, n.valid_to
    FROM unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::numeric[], $7::date[],
                $8::date[])
         AS n(id, item_id, company_id, currency, unit_cost, valid_from, valid_to)
    ON CONFLICT (tenant, item_id, company_id, valid_from)
    DO UPDATE SET unit_cost = excluded.unit_cost, valid_to = excluded.valid_to
"""


async def _companies(
    uow: UnitOfWork, ids: Iterable[UUID | None]
) -> dict[UUID | None, tuple[UUID, str] | Refusal]:
    """Each named company's id and base currency, or why there is none; None is the default one."""
    found: dict[UUID | None, tuple[UUID, str] | Refusal] = {}
    for company_id in ids:
        try:
            company = await (
                ledger.company(uow.session, company_id)
                if company_id
                else ledger.default_company(uow.session)
            )
        except NotFound as refusal:
            found[company_id] = refusal
            continue
        found[company_id] = (
            (company.id, company.base_currency)
            if company
            else CostNeedsACompany("There is no company yet.", field="company_id")
        )
    return found


async def set_standard_costs(uow: UnitOfWork, rows: Sequence[NewCost]) -> list[RowResult]:
    """Set standard costs in a constant number of statements; each changed item is announced once.

    A cost that is there already is unchanged; another amount for the same item, company and first
    day replaces it. What lies in stock is revalued by the inventory slice. Refused rows carry
    `ItemNotFound`, `PeriodIsEmpty`, `CompanyNotFound`, `CostNeedsACompany` or
    `CostIsInAnotherCurrency`.
    """
    companies = await _companies(uow, {row.company_id for row in rows})
    by_id, by_sku = await _lock_items(uow, rows)
    existing = await uow.connection.fetch(_SELECT_COSTS, uow.tenant, list(by_id))
    series: Series[CostRow] = {
        (row.item_id, row.company_id, row.valid_from): (cost_id, row)
        for cost_id, *fields in existing
        for row in [CostRow(*fields)]
    }

    def costed(row: NewCost) -> tuple[Hashable, CostRow]:
        item = _named(row, by_id, by_sku)
        check_period(row.valid_from, row.valid_to)
        company = companies[row.company_id]
        if isinstance(company, Refusal):
            raise company
        company_id, currency = company
        if row.currency not in (None, currency):
            raise CostIsInAnotherCurrency(f"The company books in {currency}.", field="currency")
        cost = CostRow(item.id, company_id, currency, row.unit_cost, row.valid_from, row.valid_to)
        return (item.id, company_id, row.valid_from), cost

    results, changed = _merge(uow, series, rows, costed)
    if changed:
        values = list(changed.values())
        await uow.connection.execute(
            _UPSERT_COSTS,
            uow.tenant,
            [id_ for id_, _ in values],
            [row.item_id for _, row in values],
            [row.company_id for _, row in values],
            [row.currency for _, row in values],
            [row.unit_cost for _, row in values],
            [row.valid_from for _, row in values],
            [row.valid_to for _, row in values],
        )
        for item_id, costs in _of_changed_items(series, changed):
            item = by_id[item_id]
            uow.publish(events.standard_costs_changed(item.id, item.sku, costs))
        uow.audit("standard-costs-set", "item", "bulk", {"count": len(changed)})
    return results
