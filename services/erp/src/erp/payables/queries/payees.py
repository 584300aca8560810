"""Who may be the seller of a bill that comes as a file."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

_PAYEES = text(
    """
    SELECT s.id AS supplier_id, s.name, s.vat_number,
           coalesce(array_agg(b.iban) FILTER (WHERE b.status = 'approved'), '{}') AS ibans
    FROM payables_supplier s
    LEFT JOIN payables_bank_details b ON b.tenant = s.tenant AND b.supplier_id = s.id
    WHERE s.company_id = :company_id AND s.active
    GROUP BY s.tenant, s.id, s.name, s.vat_number
    """
)


@dataclass(frozen=True, slots=True)
class Payee:
    """A supplier in use, with every bank account that was ever approved for it."""

    supplier_id: UUID
    name: str
    vat_number: str | None
    ibans: frozenset[str]


async def payees(session: AsyncSession, company_id: UUID) -> Sequence[Payee]:
    """The company's suppliers in use."""
    rows = await session.execute(_PAYEES, {"company_id": company_id})
    return [Payee(row.supplier_id, row.name, row.vat_number, frozenset(row.ibans)) for row in rows]
