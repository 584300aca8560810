"""What the books carry open items in foreign currencies at."""

from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from erp.ledger import queries as ledger
from erp.ledger.queries import CarriedItem

_CARRIED = ledger.carried_statement("receivables_open_item", "receivables_matching")


async def carried_items(session: AsyncSession, company_id: UUID, day: date) -> list[CarriedItem]:
    """What customers' accounts had open in foreign currencies on a day."""
    return await ledger.carried_items(session, _CARRIED, company_id, day)
