"""Companies, their charts, what is closed, and their dimensions."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from erp.ledger.models import Account, Company, Dimension, Lock, LockChange
from erp.ledger.rules import (
    AccountRole,
    CompanyNotFound,
    DimensionKind,
    LockMove,
    LockScope,
    NoCompanyYet,
    RoleHasNoAccount,
)


async def company(session: AsyncSession, company_id: UUID) -> Company:
    """The company; raises `CompanyNotFound`."""
    row = await session.scalar(select(Company).where(Company.id == company_id))
    if row is None:
        raise CompanyNotFound(f"No company {company_id}.", field="company_id")
    return row


async def default_company(session: AsyncSession) -> Company | None:
    """The tenant's first company, if it has one yet."""
    return await session.scalar(select(Company).where(Company.is_default))


async def companies(session: AsyncSession) -> Sequence[Company]:
    """Every company of the tenant, by code."""
    return (await session.scalars(select(Company).order_by(Company.code))).all()


async def company_or_default(session: AsyncSession, company_id: UUID | None) -> Company:
    """The company, or the tenant's default one; raises `CompanyNotFound`, `NoCompanyYet`."""
    if company_id is not None:
        return await company(session, company_id)
    found = await default_company(session)
    if found is None:
        raise NoCompanyYet("This tenant has no company.")
    return found


async def chart(session: AsyncSession, company_id: UUID) -> Sequence[Account]:
    """The company's chart of accounts, by code."""
    rows = await session.scalars(
        select(Account).where(Account.company_id == company_id).order_by(Account.code)
    )
    return rows.all()


class AccountsByRole(dict[AccountRole, UUID]):
    """Accounts by role; asking for one that no account has raises `RoleHasNoAccount`."""

    def __missing__(self, role: AccountRole) -> UUID:
        """Name the role that is missing, rather than fail."""
        raise RoleHasNoAccount(f"No account has the role {role.value}.")


async def accounts_by_role(session: AsyncSession, company_id: UUID) -> AccountsByRole:
    """The company's accounts that postings ask for by role."""
    return AccountsByRole(
        {AccountRole(row.role): row.id for row in await chart(session, company_id) if row.role}
    )


async def locks(session: AsyncSession, company_id: UUID) -> dict[LockScope, date]:
    """The last closed day of each scope that has one."""
    rows = await session.execute(
        select(Lock.scope, Lock.locked_until).where(Lock.company_id == company_id)
    )
    return {LockScope(row.scope): row.locked_until for row in rows}


async def lock_moves(session: AsyncSession, company_id: UUID) -> list[LockMove]:
    """What was closed and opened, in its order."""
    rows = await session.scalars(
        select(LockChange)
        .where(LockChange.company_id == company_id)
        .order_by(LockChange.recorded_at, LockChange.id)
    )
    return [LockMove(LockScope(row.scope), row.locked_until, row.recorded_at) for row in rows]


async def dimension_codes(
    session: AsyncSession, company_id: UUID, kind: DimensionKind, *, active: bool = True
) -> set[str]:
    """The codes of a company's dimensions of a kind: those in use, or all."""
    statement = select(Dimension.code).where(
        Dimension.company_id == company_id, Dimension.kind == kind.value
    )
    if active:
        statement = statement.where(Dimension.active)
    return set((await session.scalars(statement)).all())
