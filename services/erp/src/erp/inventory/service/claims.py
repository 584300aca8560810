"""Reserving stock for order lines, so that it cannot be sold twice."""

from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from uuid import UUID

from erp.inventory.rules import Want
from servicekit.uow import UnitOfWork

# One statement: lock the positions in item order, hand out what is free, first line first, and
# remember what every line wants and got. Nothing can come between looking and taking, and the
# locks are held for no round trip more than they must be. The rule is `rules.grant`.
_CLAIM = """
    WITH wanted AS (
        SELECT * FROM unnest($3::uuid[], $4::uuid[], $5::numeric[], $6::date[])
            WITH ORDINALITY AS w(line_id, item_id, quantity, needed_on, place)
    ), locked AS MATERIALIZED (
        SELECT item_id, on_hand - reserved AS free
        FROM inventory_position
        WHERE tenant = $1 AND warehouse_id = $2 AND item_id = ANY($4::uuid[])
        ORDER BY item_id
        FOR NO KEY UPDATE
    ), granted AS (
        SELECT w.line_id, w.item_id, w.quantity, w.needed_on,
               greatest(0, least(w.quantity, coalesce(l.free, 0) - coalesce(sum(w.quantity) OVER (
                   PARTITION BY w.item_id ORDER BY w.place
                   ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0))) AS got
        FROM wanted w LEFT JOIN locked l USING (item_id)
    ), taken AS (
        UPDATE inventory_position p
        SET reserved = p.reserved + g.got, stale = true
        FROM (SELECT item_id, sum(got) AS got FROM granted GROUP BY item_id) g
        WHERE p.tenant = $1 AND p.warehouse_id = $2 AND p.item_id = g.item_id AND g.got > 0
    ), remembered AS (
        INSERT INTO inventory_reservation (
            tenant, line_id, warehouse_id, item_id, wanted, reserved, needed_on)
        SELECT $1, line_id, $2, item_id, quantity, got, needed_on FROM granted
    )
    SELECT line_id, got FROM granted
"""


async def claim(
    uow: UnitOfWork, *, warehouse_id: UUID, wants: Sequence[Want]
) -> dict[UUID, Decimal]:
    """Reserve what is free for each line; what is missing is remembered as backorder.

    Returns what each line got, in the item's unit. One statement; locks the positions in item
    order until the end of the transaction.
    """
    if not wants:
        return {}
    rows = await uow.connection.fetch(
        _CLAIM,
        uow.tenant,
        warehouse_id,
        [want.line_id for want in wants],
        [want.item_id for want in wants],
        [want.quantity for want in wants],
        [want.needed_on for want in wants],
    )
    return {row["line_id"]: row["got"] for row in rows}


# The positions are locked by a statement of their own, so that the next one sees, in its newer
# snapshot, every reservation that another transaction changed while we waited.
_LOCK_POSITIONS_OF_LINES = """
    SELECT 1 FROM inventory_position p
    WHERE p.tenant = $1 AND (p.item_id, p.warehouse_id) IN (
        SELECT item_id, warehouse_id FROM inventory_reservation
        WHERE tenant = $1 AND line_id = ANY($2))
    ORDER BY p.item_id, p.warehouse_id
    FOR NO KEY UPDATE
"""
_CLAIM_BACKORDERS = """
    WITH waiting AS (
        SELECT r.line_id, r.warehouse_id, r.item_id, r.wanted - r.reserved AS missing,
               p.on_hand - p.reserved AS free
        FROM inventory_reservation r
        JOIN inventory_position p
          ON p.tenant = r.tenant AND p.warehouse_id = r.warehouse_id AND p.item_id = r.item_id
        WHERE r.tenant = $1 AND r.line_id = ANY($2) AND r.reserved < r.wanted
    ), granted AS (
        SELECT line_id, warehouse_id, item_id,
               greatest(0, least(missing, free - coalesce(sum(missing) OVER (
                   PARTITION BY item_id, warehouse_id ORDER BY line_id
                   ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0))) AS got
        FROM waiting
    ), taken AS (
        UPDATE inventory_position p
        SET reserved = p.reserved + g.got, stale = true
        FROM (SELECT item_id, warehouse_id, sum(got) AS got FROM granted GROUP BY 1, 2) g
        WHERE p.tenant = $1 AND p.warehouse_id = g.warehouse_id AND p.item_id = g.item_id
          AND g.got > 0
    )
    UPDATE inventory_reservation r
    SET reserved = r.reserved + g.got
    FROM granted g
    WHERE r.tenant = $1 AND r.line_id = g.line_id AND g.got > 0
    RETURNING r.line_id, g.got
"""


async def claim_backorders(uow: UnitOfWork, line_ids: Collection[UUID]) -> dict[UUID, Decimal]:
    """Reserve free stock for lines that still miss some, oldest line first.

    Returns what each line got now; lines that got nothing are left out. Two statements.
    """
    lines = list(line_ids)
    await uow.connection.execute(_LOCK_POSITIONS_OF_LINES, uow.tenant, lines)
    rows = await uow.connection.fetch(_CLAIM_BACKORDERS, uow.tenant, lines)
    return {row["line_id"]: row["got"] for row in rows}


_RELEASE = """
    WITH cut AS (
        SELECT r.line_id, r.warehouse_id, r.item_id,
               greatest(0, r.wanted - c.quantity) AS wanted,
               greatest(0, r.reserved - greatest(0, r.wanted - c.quantity)) AS freed
        FROM unnest($2::uuid[], $3::numeric[]) AS c(line_id, quantity)
        JOIN inventory_reservation r ON r.tenant = $1 AND r.line_id = c.line_id
    ), freed AS (
        UPDATE inventory_position p
        SET reserved = p.reserved - f.freed, stale = true
        FROM (SELECT item_id, warehouse_id, sum(freed) AS freed FROM cut GROUP BY 1, 2) f
        WHERE p.tenant = $1 AND p.warehouse_id = f.warehouse_id AND p.item_id = f.item_id
          AND f.freed > 0
    )
    UPDATE inventory_reservation r
    SET wanted = cut.wanted, reserved = r.reserved - cut.freed
    FROM cut
    WHERE r.tenant = $1 AND r.line_id = cut.line_id
"""


async def release(uow: UnitOfWork, cancelled: Mapping[UUID, Decimal]) -> None:
    """Let lines want less by the cancelled quantity; what they no longer want is free again."""
    lines = list(cancelled)
    await uow.connection.execute(_LOCK_POSITIONS_OF_LINES, uow.tenant, lines)
    await uow.connection.execute(_RELEASE, uow.tenant, lines, [cancelled[line] for line in lines])
