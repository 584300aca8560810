"""Opening companies."""

from collections.abc import Awaitable, Callable
from decimal import Decimal
from uuid import UUID

from sqlalchemy import select, text

from erp.ledger.models import Company
from erp.ledger.rules import STANDARD_CHART, CompanyCodeIsTaken, NewAccount, check_amount
from erp.ledger.service.accounts import take_chart
from servicekit.uow import UnitOfWork

CompanyStep = Callable[[UnitOfWork, Company], Awaitable[None]]
_steps: list[CompanyStep] = []


def when_a_company_opens(step: CompanyStep) -> CompanyStep:
    """Have `step` run inside the transaction that creates a company, after its chart exists.

    A slice above the ledger prepares what it needs there (tax rates, a warehouse) without the
    ledger knowing it. `erp.app` lists the steps, in order.
    """
    if step not in _steps:
        _steps.append(step)
    return step


async def create_company(
    uow: UnitOfWork,
    *,
    code: str,
    name: str,
    base_currency: str,
    country: str,
    fiscal_year_starts_in: int = 1,
    with_chart: bool = True,
) -> Company:
    """Open a company with the standard chart, and let the slices above prepare for it.

    `fiscal_year_starts_in` is a month, 1 to 12. Without the standard chart a chart is imported
    afterwards. Raises `CompanyCodeIsTaken`.
    """
    # Creating companies is rare and decides which one is the default: one at a time per tenant.
    await uow.session.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))"),
        {"key": f"ledger_company:{uow.tenant}"},
    )
    codes = (await uow.session.scalars(select(Company.code))).all()
    if code in codes:
        raise CompanyCodeIsTaken(f"Company {code!r} exists already.", field="code")
    company = Company(
        tenant=uow.tenant,
        id=uow.new_id(),
        code=code,
        name=name,
        base_currency=base_currency,
        country=country,
        is_default=not codes,
        fiscal_year_starts_in=fiscal_year_starts_in,
    )
    uow.add(company)
    await uow.flush()
    if with_chart:
        await take_chart(
            uow,
            company.id,
            [
                NewAccount(line.code, line.name, line.kind, line.section, role=line.role)
                for line in STANDARD_CHART
            ],
            in_place_of_the_old=True,
        )
    for step in _steps:
        await step(uow, company)
    uow.audit("ledger.company.created", "company", company.id, {"code": code, "name": name})
    return company


async def rename_company(uow: UnitOfWork, company_id: UUID, *, expected: int, name: str) -> Company:
    """Change a company's name; raises `CompanyNotFound`, `Stale`."""
    company = await uow.lock(Company, company_id, expected)
    uow.audit("ledger.company.renamed", "company", company_id, {"from": company.name, "to": name})
    company.name = name
    await uow.flush()
    return company


async def set_approval_limit(
    uow: UnitOfWork, company_id: UUID, approval_from: Decimal | None, *, expected: int
) -> Company:
    """From which amount on, in base currency, entries by hand need two people; None: never.

    Raises `CompanyNotFound`, `Stale`, `AmountHasTooManyDecimals`.
    """
    company = await uow.lock(Company, company_id, expected)
    if approval_from is not None:
        check_amount(approval_from, company.base_currency, field="approval_from")
    uow.audit(
        "ledger.company.approval-limit",
        "company",
        company_id,
        {"from": company.approval_from, "to": approval_from},
    )
    company.approval_from = approval_from
    await uow.flush()
    return company
