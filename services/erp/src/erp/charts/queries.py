"""Reading what came with charts."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from erp.charts.models import ChartImport, ChartTaxRow


async def taxes(session: AsyncSession, company_id: UUID) -> Sequence[ChartTaxRow]:
    """The taxes of the company's last import that had any, in the order of the file."""
    last = (
        select(ChartImport.id)
        .where(ChartImport.company_id == company_id, ChartImport.tax_count > 0)
        .order_by(ChartImport.imported_at.desc(), ChartImport.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    rows = await session.scalars(
        select(ChartTaxRow).where(ChartTaxRow.import_id == last).order_by(ChartTaxRow.position)
    )
    return rows.all()
