"""What inventory says to the other services."""

from contracts.erp.stock import StockPromiseChangedV1, StockPromiseV1, WarehouseStockV1
from erp.inventory.queries import ItemStock


def stock_promise_changed(stock: ItemStock, *, sku: str, unit: str) -> StockPromiseChangedV1:
    """The whole state of an item's stock."""
    return StockPromiseChangedV1(
        item_id=stock.item_id,
        sku=sku,
        unit=unit,
        on_hand=stock.on_hand,
        reserved=stock.reserved,
        available=stock.available,
        as_of=stock.as_of,
        warehouses=[
            WarehouseStockV1(
                warehouse_id=row.warehouse_id,
                code=row.code,
                on_hand=row.on_hand,
                reserved=row.reserved,
            )
            for row in stock.warehouses
        ],
        promises=[
            StockPromiseV1(on=promise.on, available=promise.available) for promise in stock.promises
        ],
    )
