"""Reads of companies that belong to companies."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from crm.customers.rules import CustomerNotFound
from servicekit.uow import ReadSession, UnitOfWork

SHOWN_RELATIVES = 1_000

# From each of $1 up to the top; the trigger on the table keeps it free of circles.
_LEVELS = text("""
WITH RECURSIVE above AS (
  SELECT id AS start, parent_id, 1 AS level FROM customers_customer WHERE id = ANY(:ids)
  UNION ALL
  SELECT above.start, up.parent_id, above.level + 1
    FROM above JOIN customers_customer up ON up.id = above.parent_id
)
SELECT start, max(level) FROM above GROUP BY start
""")

_ABOVE = text("""
WITH RECURSIVE above AS (
  SELECT id, parent_id, 0 AS step FROM customers_customer WHERE tenant = :tenant AND id = :id
  UNION ALL
  SELECT up.id, up.parent_id, above.step + 1
    FROM above JOIN customers_customer up ON up.tenant = :tenant AND up.id = above.parent_id
)
SELECT id FROM above ORDER BY step DESC
""")

_FAMILY = text("""
WITH RECURSIVE family AS (
  SELECT id, 1 AS level, false AS below FROM customers_customer
   WHERE tenant = :tenant AND id = :top
  UNION ALL
  SELECT each.id, family.level + 1, family.below OR family.id = :id
    FROM family JOIN customers_customer each
      ON each.tenant = :tenant AND each.parent_id = family.id
)
SELECT id, number, name, parent_id, level, tier, owner, country, active, below
  FROM family JOIN customers_customer USING (id) WHERE tenant = :tenant
 ORDER BY level, name, id
""")


@dataclass(frozen=True, slots=True)
class Relative:
    """A company of a family; the ultimate parent is on level 1."""

    id: UUID
    number: str
    name: str
    parent_id: UUID | None
    level: int
    tier: str
    owner: str | None
    country: str | None
    active: bool


@dataclass(frozen=True, slots=True)
class Family:
    """The companies a customer belongs to, and what belongs to them."""

    ultimate_parent_id: UUID
    above: tuple[UUID, ...]
    companies: int
    below: int
    active_companies: int
    by_owner: dict[str, int]
    by_country: dict[str, int]
    items: tuple[Relative, ...]


async def levels(session: AsyncSession, customer_ids: Sequence[UUID]) -> dict[UUID, int]:
    """The level of each customer, 1 at the top; unknown ones are left out. One statement."""
    if not customer_ids:
        return {}
    rows = await session.execute(_LEVELS, {"ids": list(set(customer_ids))})
    return {row[0]: row[1] for row in rows}


async def ancestors(reads: ReadSession | UnitOfWork, customer_id: UUID) -> list[UUID]:
    """The companies above a customer, the ultimate parent first; raises CustomerNotFound."""
    values = {"tenant": reads.tenant, "id": customer_id}
    path = list((await reads.session.execute(_ABOVE, values)).scalars())
    if not path:
        raise CustomerNotFound(f"There is no customer {customer_id}.")
    return path[:-1]


async def family(reads: ReadSession | UnitOfWork, customer_id: UUID) -> Family:
    """The family of a customer, counted whole and listed to a thousand. Two statements.

    Raises CustomerNotFound.
    """
    above = await ancestors(reads, customer_id)
    top = above[0] if above else customer_id
    values = {"tenant": reads.tenant, "id": customer_id, "top": top}
    rows = (await reads.session.execute(_FAMILY, values)).all()
    members = [Relative(*row[:-1]) for row in rows]
    return Family(
        ultimate_parent_id=top,
        above=tuple(above),
        companies=len(members),
        below=sum(row.below for row in rows),
        active_companies=sum(each.active for each in members),
        by_owner=dict(Counter(each.owner for each in members if each.owner is not None)),
        by_country=dict(Counter(each.country for each in members if each.country is not None)),
        items=tuple(members[:SHOWN_RELATIVES]),
    )
