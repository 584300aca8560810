"""Telling the world what can be promised."""

from erp.inventory import events, queries
from erp.items import queries as items
from servicekit.uow import UnitOfWork

# Waits for nobody: a position that somebody else holds stays marked and is told of next time, so
# this cannot be part of a deadlock. A change that commits after this statement marks its
# position anew, so nothing is forgotten.
_LOCK_STALE = """
    SELECT item_id, warehouse_id FROM inventory_position
    WHERE tenant = $1 AND stale AND item_id IN (
        SELECT item_id FROM inventory_position
        WHERE tenant = $1 AND stale ORDER BY item_id LIMIT $2)
    ORDER BY item_id, warehouse_id
    FOR NO KEY UPDATE SKIP LOCKED
"""
_TOLD = """
    UPDATE inventory_position p SET stale = false
    FROM unnest($2::uuid[], $3::uuid[]) AS t(item_id, warehouse_id)
    WHERE p.tenant = $1 AND p.item_id = t.item_id AND p.warehouse_id = t.warehouse_id
"""


async def announce_promises(uow: UnitOfWork, *, limit: int = 500) -> int:
    """Publish the newest stock of items that changed and are not being changed; returns how many.

    Five statements, whatever the number of items. Must not run twice at once for a tenant: the
    job's lock sees to that, so the newest state is also the last one published.
    """
    stale = await uow.connection.fetch(_LOCK_STALE, uow.tenant, limit)
    if not stale:
        return 0
    await uow.connection.execute(
        _TOLD, uow.tenant, [row["item_id"] for row in stale], [row["warehouse_id"] for row in stale]
    )
    item_ids = list(dict.fromkeys(row["item_id"] for row in stale))
    stock = await queries.stock_of(uow.session, item_ids, now=uow.now)
    for item in await items.stock_items(uow.connection, uow.tenant, ids=item_ids):
        uow.publish(events.stock_promise_changed(stock[item.item_id], sku=item.sku, unit=item.unit))
    return len(item_ids)
