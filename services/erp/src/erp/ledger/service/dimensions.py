"""Cost centres, projects and regions."""

from collections.abc import Sequence
from uuid import UUID

from erp.ledger import queries
from erp.ledger.models import Dimension
from erp.ledger.rules import DimensionExists, DimensionIsUnknown, DimensionKind, EntryLine
from servicekit.uow import UnitOfWork


async def add_dimension(
    uow: UnitOfWork, company_id: UUID, *, kind: DimensionKind, code: str, name: str
) -> Dimension:
    """Name a cost centre, project or region; raises `CompanyNotFound`, `DimensionExists`."""
    await queries.company(uow.session, company_id)
    if code in await queries.dimension_codes(uow.session, company_id, kind, active=False):
        raise DimensionExists(f"{kind.value} {code!r} exists.", field="code")
    row = Dimension(
        tenant=uow.tenant,
        id=uow.new_id(),
        company_id=company_id,
        kind=kind.value,
        code=code,
        name=name,
        active=True,
    )
    uow.add(row)
    uow.audit("ledger.dimension.added", "dimension", row.id, {"kind": kind.value, "code": code})
    await uow.flush()
    return row


async def change_dimension(
    uow: UnitOfWork, dimension_id: UUID, *, expected: int, name: str | None, active: bool | None
) -> Dimension:
    """Rename a dimension, retire it or bring it back; raises `DimensionNotFound`, `Stale`."""
    row = await uow.lock(Dimension, dimension_id, expected)
    row.name = row.name if name is None else name
    row.active = row.active if active is None else active
    uow.audit(
        "ledger.dimension.changed",
        "dimension",
        dimension_id,
        {"name": row.name, "active": row.active},
    )
    await uow.flush()
    return row


async def check_dimensions(uow: UnitOfWork, company_id: UUID, lines: Sequence[EntryLine]) -> None:
    """Refuse codes that the company has not named; raises `DimensionIsUnknown`."""
    kinds = {kind for line in lines for kind in line.dimensions.codes()}
    known = {kind: await queries.dimension_codes(uow.session, company_id, kind) for kind in kinds}
    for position, line in enumerate(lines):
        for kind, code in line.dimensions.codes().items():
            if code not in known[kind]:
                raise DimensionIsUnknown(
                    f"Line {position + 1}: no active {kind.value} {code!r}.",
                    field=f"lines.{position}.{kind.value.replace('-', '_')}",
                )
