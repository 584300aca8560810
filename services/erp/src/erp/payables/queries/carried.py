"""What the books carry open items in foreign currencies at."""

from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from erp.ledger import queries as ledger
from erp.ledger.queries import CarriedItem

_CARRIED = ledger.carried_statement("payables_open_item", "payables_matching")


async def carried_items(session: AsyncSession, company_id: UUID, day: date) -> list[CarriedItem]:
    """What suppliers had open in foreign currencies on a day."""
    return await ledger.carried_items(session, _CARRIED, company_id, day)
