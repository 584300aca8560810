"""The HTTP door of items."""

from collections.abc import Sequence
from typing import Annotated, TypeVar
from uuid import UUID

from fastapi import Depends

from erp.items import queries, service
from erp.items.models import Item
from erp.items.rules import (
    CostIsInAnotherCurrency,
    CostNeedsACompany,
    ItemIsAlreadyReleased,
    ItemIsDiscontinued,
    ItemNotFound,
    ItemReferenceIsTaken,
    PeriodIsEmpty,
    SkuIsTaken,
    UnitIsTaken,
    UnitNotFound,
)
from erp.items.schemas import (
    DiscontinuationIn,
    ItemIn,
    ItemOut,
    ItemPatch,
    ListPriceIn,
    ListPricesOut,
    ReasonIn,
    StandardCostIn,
    StandardCostsOut,
    UnitIn,
    UnitOut,
    UnitsOut,
)
from erp.items.service import RowResult
from servicekit.errors import Refusal
from servicekit.http.bulk import (
    BULK_BODY_BYTES,
    BulkIn,
    BulkOut,
    BulkResult,
    RowOutcome,
    kept,
    refused,
)
from servicekit.http.filters import choice, prefixed
from servicekit.http.paging import Listing, Page, PageOut
from servicekit.http.router import SliceRouter
from servicekit.http.schemas import In
from servicekit.http.supplied import IfMatch, Reads, Writes

READ, WRITE = "erp.items.read", "erp.items.write"

items = SliceRouter(prefix="/v1/items", tags=["items"])
units = SliceRouter(prefix="/v1/units", tags=["items"])
list_prices = SliceRouter(prefix="/v1/list-prices", tags=["items"])
standard_costs = SliceRouter(prefix="/v1/standard-costs", tags=["items"])
routers = (items, units, list_prices, standard_costs)

LISTING = Listing(
    Item,
    sorts={"created_at": Item.created_at, "sku": Item.sku, "name": Item.name},
    filters={
        "sku": prefixed(Item.sku, insensitive=False),
        "name": prefixed(Item.name),
        "category": Item.category,
        "status": choice(Item.status, ("released", "discontinued")),
        "sellable": Item.sellable,
        "external_reference": Item.external_reference,
        "created_at": Item.created_at,
    },
    default_sort="-created_at",
)

RowT = TypeVar("RowT", bound=In)


def bulk_answer(
    body: BulkIn[RowT], rows: Sequence[tuple[int, RowT]], results: Sequence[RowResult]
) -> BulkOut:
    """Answer a bulk command that worked set by set: each good row with its result."""
    answers: list[BulkResult] = body.malformed()
    for (index, _), result in zip(rows, results, strict=True):
        if isinstance(result, Refusal):
            answers.append(refused(index, result))
        else:
            answers.append(kept(index, RowOutcome(result[1], created=result[0] == "created")))
    return BulkOut.of(answers)


@items.post(
    "",
    permission=WRITE,
    status_code=201,
    refusals=(SkuIsTaken, ItemReferenceIsTaken, UnitNotFound),
)
async def create_item(body: ItemIn, uow: Writes) -> ItemOut:
    """Release an item."""
    return ItemOut.of(await service.create_item(uow, body.new()))


@items.post("/bulk", permission=WRITE, max_body_bytes=BULK_BODY_BYTES)
async def create_items(body: BulkIn[ItemIn], uow: Writes) -> BulkOut:
    """Release up to 1000 items; a known external reference is left unchanged."""
    rows = body.good()
    return bulk_answer(body, rows, await service.create_items(uow, [row.new() for _, row in rows]))


@items.post("/discontinue/bulk", permission=WRITE, max_body_bytes=BULK_BODY_BYTES)
async def discontinue_items(body: BulkIn[DiscontinuationIn], uow: Writes) -> BulkOut:
    """Discontinue up to 1000 items; one that is discontinued already is left unchanged."""
    rows = body.good()
    results = await service.discontinue_items(
        uow,
        [(row.item_id, row.external_reference) for _, row in rows],
        reasons=[row.reason for _, row in rows],
    )
    return bulk_answer(body, rows, results)


@items.get("", permission=READ)
async def list_items(page: Annotated[Page, Depends(LISTING)], reads: Reads) -> PageOut[ItemOut]:
    """Items, newest first unless sorted otherwise."""
    return PageOut.of(await page.fetch(reads, LISTING.select()), ItemOut.of)


@items.get("/{item_id}", permission=READ, refusals=(ItemNotFound,))
async def get_item(item_id: UUID, reads: Reads) -> ItemOut:
    """An item."""
    return ItemOut.of(await reads.get(Item, item_id))


@items.patch(
    "/{item_id}",
    permission=WRITE,
    refusals=(ItemNotFound, ItemIsDiscontinued, ItemReferenceIsTaken),
)
async def change_item(item_id: UUID, body: ItemPatch, expected: IfMatch, uow: Writes) -> ItemOut:
    """Change a released item; SKU, unit and whether it is stocked never change."""
    item = await service.change_item(uow, item_id, body.changes(), expected=expected)
    return ItemOut.of(item)


@items.post("/{item_id}/discontinue", permission=WRITE, refusals=(ItemNotFound, ItemIsDiscontinued))
async def discontinue_item(
    item_id: UUID, body: ReasonIn, expected: IfMatch, uow: Writes
) -> ItemOut:
    """Let the item no longer be quoted or ordered."""
    item = await service.discontinue_item(uow, item_id, expected=expected, reason=body.reason)
    return ItemOut.of(item)


@items.post("/{item_id}/release", permission=WRITE, refusals=(ItemNotFound, ItemIsAlreadyReleased))
async def release_item(item_id: UUID, body: ReasonIn, expected: IfMatch, uow: Writes) -> ItemOut:
    """Let a discontinued item be quoted and ordered again."""
    item = await service.release_item(uow, item_id, expected=expected, reason=body.reason)
    return ItemOut.of(item)


@items.get("/{item_id}/list-prices", permission=READ, refusals=(ItemNotFound,))
async def get_list_prices(item_id: UUID, reads: Reads) -> ListPricesOut:
    """The item's list prices by currency and day."""
    await reads.get(Item, item_id)
    return ListPricesOut.of(item_id, await queries.list_prices(reads.session, item_id))


@items.get("/{item_id}/standard-costs", permission=READ, refusals=(ItemNotFound,))
async def get_standard_costs(item_id: UUID, reads: Reads) -> StandardCostsOut:
    """The item's standard costs by company and day."""
    await reads.get(Item, item_id)
    return StandardCostsOut.of(item_id, await queries.standard_costs(reads.session, item_id))


@list_prices.post(
    "/bulk", permission=WRITE, max_body_bytes=BULK_BODY_BYTES, refusals=(PeriodIsEmpty,)
)
async def set_list_prices(body: BulkIn[ListPriceIn], uow: Writes) -> BulkOut:
    """Set up to 1000 list prices; the same price again is left unchanged.

    Another amount for the same item, currency and first day replaces the earlier one.
    """
    rows = body.good()
    results = await service.set_list_prices(uow, [row.new() for _, row in rows])
    return bulk_answer(body, rows, results)


@standard_costs.post(
    "/bulk",
    permission=WRITE,
    max_body_bytes=BULK_BODY_BYTES,
    refusals=(CostIsInAnotherCurrency, CostNeedsACompany, PeriodIsEmpty),
)
async def set_standard_costs(body: BulkIn[StandardCostIn], uow: Writes) -> BulkOut:
    """Set up to 1000 standard costs; the same cost again is left unchanged.

    Stock that is carried at another cost is revalued within a minute, or at its next move.
    """
    rows = body.good()
    results = await service.set_standard_costs(uow, [row.new() for _, row in rows])
    return bulk_answer(body, rows, results)


@units.get("", permission=READ)
async def list_units(reads: Reads) -> UnitsOut:
    """Every unit of measure: the standard ones and the tenant's own."""
    known = await queries.units(reads.session)
    return UnitsOut(items=[UnitOut.model_validate(known[code]) for code in sorted(known)])


@units.post("", permission=WRITE, status_code=201, refusals=(UnitIsTaken,))
async def add_unit(body: UnitIn, uow: Writes) -> UnitOut:
    """Add a unit of measure of the tenant's own."""
    return UnitOut.model_validate(await service.add_unit(uow, body.unit()))
