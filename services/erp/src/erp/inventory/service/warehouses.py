"""Opening warehouses."""

from typing import Protocol
from uuid import UUID

from erp.inventory.models import Warehouse
from erp.inventory.queries import DEFAULT_WAREHOUSE
from erp.ledger import queries as ledger
from servicekit.uow import UnitOfWork


class OpenedCompany(Protocol):
    """What a new company has to say here."""

    id: UUID


async def open_default_warehouse(uow: UnitOfWork, company: OpenedCompany) -> None:
    """Give a new company its default warehouse, in the transaction that creates the company."""
    uow.add(_warehouse(uow, company.id, DEFAULT_WAREHOUSE, "Main warehouse"))
    await uow.flush()


async def create_warehouse(
    uow: UnitOfWork,
    *,
    company_id: UUID | None,
    code: str,
    name: str,
    external_reference: str | None = None,
) -> Warehouse:
    """Open a warehouse of a company (None: the default one).

    Raises `CompanyNotFound`, `NoCompanyYet` or `WarehouseCodeIsTaken`.
    """
    company = await ledger.company_or_default(uow.session, company_id)
    warehouse = _warehouse(uow, company.id, code, name, external_reference)
    uow.add(warehouse)
    await uow.flush()
    uow.audit("warehouse-opened", "warehouse", warehouse.id, {"code": code})
    return warehouse


def _warehouse(
    uow: UnitOfWork, company_id: UUID, code: str, name: str, external_reference: str | None = None
) -> Warehouse:
    return Warehouse(
        id=uow.new_id(),
        company_id=company_id,
        code=code,
        name=name,
        external_reference=external_reference,
        created_at=uow.now,
        updated_at=uow.now,
    )


async def ensure_warehouse(
    uow: UnitOfWork,
    *,
    company_id: UUID | None,
    code: str,
    name: str,
    external_reference: str | None,
) -> tuple[UUID, bool]:
    """The warehouse with this external reference, opened if there is none; and whether it was.

    Raises what `create_warehouse` raises.
    """
    if external_reference is not None:
        known: UUID | None = await uow.connection.fetchval(
            "SELECT id FROM inventory_warehouse WHERE tenant = $1 AND external_reference = $2",
            uow.tenant,
            external_reference,
        )
        if known is not None:
            return known, False
    warehouse = await create_warehouse(
        uow, company_id=company_id, code=code, name=name, external_reference=external_reference
    )
    return warehouse.id, True
