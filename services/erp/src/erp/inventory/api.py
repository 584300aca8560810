"""The HTTP door of inventory."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends

from erp.inventory import queries, service
from erp.inventory.models import Move, Position, Warehouse
from erp.inventory.rules import (
    CompanyHasNoWarehouse,
    ItemIsNotStocked,
    MoveIsInTheFuture,
    QuantityHasWrongSign,
    ReasonDoesNotFit,
    StockIsNotThere,
    StockIsTooMuch,
    StockIsWorthTooMuch,
    StockItemIsUnknown,
    TransferStaysInPlace,
    WarehouseCodeIsTaken,
    WarehouseNotFound,
    WarehouseReferenceIsTaken,
)
from erp.inventory.schemas import (
    ItemStockOut,
    PositionOut,
    StockMoveIn,
    StockMoveOut,
    WarehouseIn,
    WarehouseOut,
)
from erp.items import queries as items
from servicekit.errors import Refusal
from servicekit.http.bulk import (
    BULK_BODY_BYTES,
    BulkIn,
    BulkOut,
    RowOutcome,
    each_row,
    kept,
    refused,
)
from servicekit.http.filters import choice
from servicekit.http.paging import Listing, Page, PageOut
from servicekit.http.router import SliceRouter
from servicekit.http.supplied import Reads, Writes

READ, WRITE = "erp.inventory.read", "erp.inventory.write"

warehouses = SliceRouter(prefix="/v1/warehouses", tags=["inventory"])
moves = SliceRouter(prefix="/v1/stock-moves", tags=["inventory"])
stock = SliceRouter(prefix="/v1/stock", tags=["inventory"])
routers = (warehouses, moves, stock)

WAREHOUSES = Listing(
    Warehouse,
    sorts={"code": Warehouse.code, "created_at": Warehouse.created_at},
    filters={
        "company_id": Warehouse.company_id,
        "code": Warehouse.code,
        "external_reference": Warehouse.external_reference,
    },
    default_sort="code",
)
MOVES = Listing(
    Move,
    sorts={"recorded_at": Move.recorded_at, "effective_on": Move.effective_on},
    filters={
        "item_id": Move.item_id,
        "warehouse_id": Move.warehouse_id,
        "document_id": Move.document_id,
        "kind": choice(Move.kind, [kind.value for kind in service.MoveKind]),
        "effective_on": Move.effective_on,
        "external_reference": Move.external_reference,
    },
    default_sort="-recorded_at",
)
POSITIONS = Listing(
    Position,
    sorts={"item_id": Position.item_id, "on_hand": Position.on_hand, "value": Position.value},
    filters={
        "item_id": Position.item_id,
        "warehouse_id": Position.warehouse_id,
        "company_id": Position.company_id,
        "on_hand": Position.on_hand,
    },
    default_sort="item_id",
    keys=(Position.item_id, Position.warehouse_id),
)

MOVE_REFUSALS = (
    CompanyHasNoWarehouse,
    ItemIsNotStocked,
    MoveIsInTheFuture,
    QuantityHasWrongSign,
    ReasonDoesNotFit,
    StockIsNotThere,
    StockIsTooMuch,
    StockIsWorthTooMuch,
    StockItemIsUnknown,
    TransferStaysInPlace,
    WarehouseNotFound,
    items.UnitNotFound,
    items.UnitsDoNotConvert,
    items.QuantityIsNotExact,
    items.QuantityIsTooFine,
)


@warehouses.post(
    "",
    permission=WRITE,
    status_code=201,
    refusals=(WarehouseCodeIsTaken, WarehouseReferenceIsTaken),
)
async def create_warehouse(body: WarehouseIn, uow: Writes) -> WarehouseOut:
    """Open a warehouse of a company."""
    return WarehouseOut.of(await service.create_warehouse(uow, **dict(body)))


@warehouses.post("/bulk", permission=WRITE)
async def create_warehouses(body: BulkIn[WarehouseIn], uow: Writes) -> BulkOut:
    """Open warehouses; a known external reference is left unchanged."""

    async def work(row: WarehouseIn) -> RowOutcome:
        return RowOutcome(*await service.ensure_warehouse(uow, **dict(row)))

    return await each_row(uow, body, work)


@warehouses.get("", permission=READ)
async def list_warehouses(
    page: Annotated[Page, Depends(WAREHOUSES)], reads: Reads
) -> PageOut[WarehouseOut]:
    """Warehouses, by code. Every company has MAIN from the start."""
    return PageOut.of(await page.fetch(reads, WAREHOUSES.select()), WarehouseOut.of)


@moves.post("", permission=WRITE, status_code=201, refusals=MOVE_REFUSALS)
async def record_stock_move(body: StockMoveIn, uow: Writes) -> StockMoveOut:
    """Record a receipt, issue, adjustment or transfer, and post its value to the ledger.

    With an external reference that is known already, nothing happens, and the answer is the move
    that has it.
    """
    move_id, _ = await service.record_move(uow, body.new(uow.now.date()))
    return StockMoveOut.of(await uow.get(Move, move_id))


@moves.post("/bulk", permission=WRITE, max_body_bytes=BULK_BODY_BYTES)
async def record_stock_moves(body: BulkIn[StockMoveIn], uow: Writes) -> BulkOut:
    """Record up to 1000 stock moves, in order; a known external reference is left unchanged."""
    rows = body.good()
    results = await service.record_moves(uow, [row.new(uow.now.date()) for _, row in rows])
    answers = body.malformed()
    for (index, _), result in zip(rows, results, strict=True):
        if isinstance(result, Refusal):
            answers.append(refused(index, result))
        else:
            answers.append(kept(index, RowOutcome(result[1], created=result[0] == "created")))
    return BulkOut.of(answers)


@moves.get("", permission=READ)
async def list_stock_moves(
    page: Annotated[Page, Depends(MOVES)], reads: Reads
) -> PageOut[StockMoveOut]:
    """Stock moves, newest first unless sorted otherwise."""
    return PageOut.of(await page.fetch(reads, MOVES.select()), StockMoveOut.of)


@stock.get("", permission=READ)
async def list_stock(
    page: Annotated[Page, Depends(POSITIONS)], reads: Reads
) -> PageOut[PositionOut]:
    """What lies where: one position per warehouse and item."""
    found = await page.fetch(reads, POSITIONS.select())
    known = await items.items_by_id(reads.session, [row.item_id for row in found.rows])

    def render(row: Position) -> PositionOut:
        item = known[row.item_id]
        return PositionOut.of(row, sku=item.sku, unit=item.unit)

    return PageOut.of(found, render)


@stock.get("/{item_id}", permission=READ, refusals=(StockItemIsUnknown,))
async def get_item_stock(item_id: UUID, reads: Reads) -> ItemStockOut:
    """An item's stock over all warehouses, and what of it can be promised from each day on."""
    item = (await items.items_by_id(reads.session, [item_id])).get(item_id)
    if item is None:
        raise StockItemIsUnknown(f"There is no item {item_id}.")
    found = await queries.stock_of(reads.session, [item_id], now=reads.now)
    return ItemStockOut.of(found[item_id], sku=item.sku, unit=item.unit)
