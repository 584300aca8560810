"""Reading imports of bills."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import undefer

from erp.bill_imports.models import BillImport
from erp.bill_imports.rules import BillImportNotFound


async def with_content(session: AsyncSession, import_id: UUID) -> BillImport:
    """An import with its file; raises `BillImportNotFound`."""
    row = await session.scalar(
        select(BillImport).where(BillImport.id == import_id).options(undefer(BillImport.content))
    )
    if row is None:
        raise BillImportNotFound(f"No import {import_id}.")
    return row
