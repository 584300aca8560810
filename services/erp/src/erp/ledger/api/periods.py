"""The doors of locks and dimensions."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends

from erp.ledger import queries, service
from erp.ledger.models import Company, Dimension, LockExceptionRow
from erp.ledger.rules import (
    CompanyNotFound,
    DimensionExists,
    DimensionKind,
    DimensionNotFound,
    ExceptionForOneself,
    ExceptionIsTooLong,
    LedgerClosesLast,
    LockExceptionNotFound,
    LockIsFinal,
    LockReachesToday,
    NoCompanyYet,
    NoEndOfFiscalYear,
    PeriodIsClosed,
    RoleHasNoAccount,
)
from erp.ledger.schemas import (
    DimensionIn,
    DimensionOut,
    DimensionPatch,
    LockExceptionIn,
    LockExceptionOut,
    LocksIn,
    LocksOut,
    YearEndIn,
    YearEndOut,
)
from servicekit.http.filters import choice, prefixed
from servicekit.http.paging import Listing, Page, PageOut
from servicekit.http.router import SliceRouter
from servicekit.http.supplied import IfMatch, Reads, Writes

READ, WRITE, CLOSE = "erp.ledger.read", "erp.ledger.write", "erp.ledger.close"

locks = SliceRouter(prefix="/v1/companies", tags=["ledger"])
dimensions = SliceRouter(prefix="/v1/dimensions", tags=["ledger"])
lock_exceptions = SliceRouter(prefix="/v1/lock-exceptions", tags=["ledger"])

DIMENSIONS = Listing(
    Dimension,
    sorts={"code": Dimension.code, "created_at": Dimension.created_at},
    filters={
        "company_id": Dimension.company_id,
        "kind": choice(Dimension.kind, [kind.value for kind in DimensionKind]),
        "code": prefixed(Dimension.code),
        "active": Dimension.active,
    },
    default_sort="code",
)
EXCEPTIONS = Listing(
    LockExceptionRow,
    sorts={"granted_at": LockExceptionRow.granted_at, "expires_at": LockExceptionRow.expires_at},
    filters={
        "company_id": LockExceptionRow.company_id,
        "subject": LockExceptionRow.subject,
        "expires_at": LockExceptionRow.expires_at,
    },
    default_sort="-granted_at",
)


@locks.get("/{company_id}/locks", permission=READ, refusals=(CompanyNotFound,))
async def get_locks(company_id: UUID, reads: Reads) -> LocksOut:
    """The last closed day of each journal, of all, and the last final one."""
    company = await reads.get(Company, company_id)
    return LocksOut.of(company, await queries.locks(reads.session, company_id))


@locks.put(
    "/{company_id}/locks",
    permission=CLOSE,
    refusals=(CompanyNotFound, LockReachesToday, LockIsFinal, LedgerClosesLast),
)
async def set_locks(company_id: UUID, body: LocksIn, expected: IfMatch, uow: Writes) -> LocksOut:
    """Close periods, or open them again; waits for what is being posted.

    Documents of closed days count on the first open day and keep their own; entries by hand are
    refused. The version is the company's.
    """
    await service.set_locks(uow, company_id, expected=expected, locks=body.locks())
    company = await uow.get(Company, company_id)
    return LocksOut.of(company, await queries.locks(uow.session, company_id))


@locks.post(
    "/{company_id}/year-ends",
    permission=CLOSE,
    status_code=201,
    refusals=(CompanyNotFound, NoEndOfFiscalYear, PeriodIsClosed, RoleHasNoAccount),
)
async def end_year(company_id: UUID, body: YearEndIn, uow: Writes) -> YearEndOut:
    """Carry the result of a fiscal year to retained earnings; done again, what came since."""
    return YearEndOut.of(company_id, await service.end_year(uow, company_id, body.ends_on))


@locks.post(
    "/{company_id}/lock-exceptions",
    permission=CLOSE,
    status_code=201,
    refusals=(CompanyNotFound, ExceptionForOneself, ExceptionIsTooLong),
)
async def grant_exception(company_id: UUID, body: LockExceptionIn, uow: Writes) -> LockExceptionOut:
    """Let another person post to a closed journal for a while, 31 days at most."""
    row = await service.grant_exception(
        uow,
        company_id,
        scope=body.journal,
        subject=body.subject,
        open_from=body.open_from,
        expires_at=body.expires_at,
        reason=body.reason,
    )
    return LockExceptionOut.of(row)


@lock_exceptions.get("", permission=READ)
async def list_exceptions(
    page: Annotated[Page, Depends(EXCEPTIONS)], reads: Reads
) -> PageOut[LockExceptionOut]:
    """Exceptions to locks, the latest first unless sorted otherwise."""
    return PageOut.of(await page.fetch(reads, EXCEPTIONS.select()), LockExceptionOut.of)


@lock_exceptions.post(
    "/{exception_id}/revocation", permission=CLOSE, refusals=(LockExceptionNotFound,)
)
async def revoke_exception(exception_id: UUID, uow: Writes) -> LockExceptionOut:
    """End an exception now. Doing it again changes nothing."""
    return LockExceptionOut.of(await service.revoke_exception(uow, exception_id))


@dimensions.post(
    "",
    permission=WRITE,
    status_code=201,
    refusals=(CompanyNotFound, NoCompanyYet, DimensionExists),
)
async def add_dimension(body: DimensionIn, uow: Writes) -> DimensionOut:
    """Name a cost centre, project or region of a company (the default one unless named)."""
    company = await queries.company_or_default(uow.session, body.company_id)
    return DimensionOut.of(
        await service.add_dimension(uow, company.id, kind=body.kind, code=body.code, name=body.name)
    )


@dimensions.get("", permission=READ)
async def list_dimensions(
    page: Annotated[Page, Depends(DIMENSIONS)], reads: Reads
) -> PageOut[DimensionOut]:
    """Cost centres, projects and regions, by code unless sorted otherwise."""
    return PageOut.of(await page.fetch(reads, DIMENSIONS.select()), DimensionOut.of)


@dimensions.get("/{dimension_id}", permission=READ, refusals=(DimensionNotFound,))
async def get_dimension(dimension_id: UUID, reads: Reads) -> DimensionOut:
    """A cost centre, project or region."""
    return DimensionOut.of(await reads.get(Dimension, dimension_id))


@dimensions.patch("/{dimension_id}", permission=WRITE, refusals=(DimensionNotFound,))
async def change_dimension(
    dimension_id: UUID, body: DimensionPatch, expected: IfMatch, uow: Writes
) -> DimensionOut:
    """Rename a dimension, retire it, or bring it back."""
    return DimensionOut.of(
        await service.change_dimension(
            uow, dimension_id, expected=expected, name=body.name, active=body.active
        )
    )
