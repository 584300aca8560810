"""Taking a chart into a company's books: a preview, or all of it."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from hashlib import sha256
from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession

from erp.charts.models import ChartImport, ChartTaxRow
from erp.charts.rules import (
    BooksAreNotEmpty,
    Chart,
    ChartAccount,
    ChartContradictsTheBooks,
    ChartFile,
    ChartIsBroken,
    Finding,
    Place,
    RoleAccountUnknown,
    Severity,
    read_chart,
)
from erp.ledger import queries as books
from erp.ledger import service as ledger
from erp.ledger.service import AccountKind, AccountRole, NewAccount, StatementSection
from servicekit.errors import Fault
from servicekit.uow import UnitOfWork

MOST_FAULTS = 100
"""So many errors of a file are named in a refusal; the preview names all."""


class Mode(StrEnum):
    """Whether a chart takes the place of the one that is there, or is added to it."""

    REPLACE = "replace"
    ADD = "add"


@dataclass(frozen=True, slots=True)
class Plan:
    """What an import would do: the chart, the role of each account, what stays unmapped."""

    company_id: UUID
    mode: Mode
    chart: Chart
    roles: Mapping[AccountRole, str]
    unmapped: Sequence[AccountRole]
    kept: Sequence[str]
    """Codes of the company's accounts that are in the file too, and stay as they are."""
    closed: Sequence[str]
    """Codes of the company's accounts that are not in the file, and take no postings any more."""
    findings: Sequence[Finding]


async def plan_import(
    session: AsyncSession,
    company_id: UUID,
    files: list[ChartFile],
    mode: Mode,
    roles: Mapping[AccountRole, str],
) -> Plan:
    """Read the files and hold them against the company's chart; changes nothing.

    `roles` are codes by role, and outweigh what the file tells. Raises `CompanyNotFound`,
    `ChartCannotBeRead`, `ChartIsTooLarge`, `ChartLayoutIsUnknown`, `RoleAccountUnknown`,
    `RoleDoesNotFit`, `ChartContradictsTheBooks`.
    """
    await books.company(session, company_id)
    chart = read_chart(files)
    there = {row.code: row for row in await books.chart(session, company_id)}
    accounts = {each.code: each for each in chart.accounts}
    findings = list(chart.findings)
    if mode is Mode.ADD:
        for code in accounts.keys() & there.keys():
            if there[code].kind != accounts[code].kind.value:
                raise ChartContradictsTheBooks(
                    f"{code} is of kind {accounts[code].kind.value} in the file and "
                    f"{there[code].kind} in the books.",
                    field="files",
                )
    given: dict[AccountRole, str] = {}
    if mode is Mode.ADD:
        given |= {AccountRole(row.role): row.code for row in there.values() if row.role}
    known = {each.value for each in AccountRole}
    for role, code in chart.roles.items():
        account = accounts[code]
        if role in known and account.active and not account.heading:
            given.setdefault(AccountRole(role), code)
    for role, code in roles.items():
        _check_role(role, code, accounts)
        given[role] = code
    given = _once_each(given, roles, accounts, findings)
    unmapped = [role for role in AccountRole if role not in given]
    if unmapped:
        findings.append(
            Finding(
                Severity.NOTICE,
                "roles-unmapped",
                Place(files[0].name, 1, "chart"),
                f"no account has the role {', '.join(role.value for role in unmapped)}: what "
                "posts to one of them is refused until an account has it",
            )
        )
    return Plan(
        company_id,
        mode,
        chart,
        given,
        unmapped,
        sorted(accounts.keys() & there.keys()),
        sorted(there.keys() - accounts.keys()) if mode is Mode.REPLACE else [],
        findings,
    )


async def import_chart(uow: UnitOfWork, plan: Plan, files: list[ChartFile]) -> ChartImport:
    """Take a planned chart: all of it in the caller's transaction.

    Raises `ChartIsBroken`, `BooksAreNotEmpty`, and `RoleHasEntries` where a control role would
    leave an account with entries.
    """
    if plan.chart.errors:
        errors = plan.chart.errors
        raise ChartIsBroken(
            f"{len(errors)} error(s); the first: {errors[0].place.file}:{errors[0].place.line}: "
            f"{errors[0].detail}.",
            faults=[
                Fault(
                    f"{each.place.file}:{each.place.line}:{each.place.element}",
                    f"{each.code}: {each.detail}",
                )
                for each in errors[:MOST_FAULTS]
            ],
        )
    if plan.mode is Mode.REPLACE and not await ledger.books_are_empty(uow, plan.company_id):
        raise BooksAreNotEmpty("The company has entries.", field="mode")
    roles = {code: role for role, code in plan.roles.items()}
    ids = await ledger.take_chart(
        uow,
        plan.company_id,
        [
            NewAccount(
                code=each.code,
                name=each.name,
                kind=AccountKind(each.kind.value),
                section=StatementSection(each.section.value),
                parent=each.parent,
                heading=each.heading,
                active=each.active,
                role=roles.get(each.code),
            )
            for each in plan.chart.accounts
        ],
        in_place_of_the_old=plan.mode is Mode.REPLACE,
    )
    row = ChartImport(
        tenant=uow.tenant,
        id=uow.new_id(),
        company_id=plan.company_id,
        layout=plan.chart.layout,
        mode=plan.mode.value,
        files=[{"name": each.name, "sha256": sha256(each.content).hexdigest()} for each in files],
        account_count=len(plan.chart.accounts),
        tax_count=len(plan.chart.taxes),
        findings=[asdict(each) for each in plan.findings],
        imported_at=uow.now,
        imported_by=uow.principal.subject,
    )
    uow.add(row)
    await uow.flush()
    if plan.chart.taxes:
        await uow.session.execute(
            insert(ChartTaxRow),
            [
                {
                    "tenant": uow.tenant,
                    "import_id": row.id,
                    "position": position,
                    "company_id": plan.company_id,
                    "name": tax.name,
                    "part_of": tax.part_of,
                    "direction": tax.direction,
                    "rate": tax.rate,
                    "account_id": ids[tax.account] if tax.account else None,
                    "credit_note_account_id": (
                        ids[tax.credit_note_account] if tax.credit_note_account else None
                    ),
                    "valid_from": tax.valid_from,
                    "valid_to": tax.valid_to,
                }
                for position, tax in enumerate(plan.chart.taxes, 1)
            ],
        )
    uow.audit(
        "charts.chart.imported",
        "company",
        plan.company_id,
        {
            "import": str(row.id),
            "layout": row.layout,
            "mode": row.mode,
            "files": row.files,
            "accounts": row.account_count,
            "taxes": row.tax_count,
            "roles": {role.value: code for role, code in plan.roles.items()},
        },
    )
    return row


def _check_role(
    role: AccountRole,
    code: str,
    accounts: Mapping[str, ChartAccount],
) -> None:
    field = f"roles.{role.value}"
    account = accounts.get(code)
    if account is None:
        raise RoleAccountUnknown(f"{role.value} names account {code!r}.", field=field)
    ledger.check_role(
        role,
        code,
        AccountKind(account.kind.value),
        takes_postings=account.active and not account.heading,
        field=field,
    )


def _once_each(
    given: dict[AccountRole, str],
    asked: Mapping[AccountRole, str],
    accounts: Mapping[str, ChartAccount],
    findings: list[Finding],
) -> dict[AccountRole, str]:
    """An account has one role: what was asked for first, then what comes first in the list."""
    taken: dict[str, AccountRole] = {}
    for role in sorted(given, key=lambda each: (each not in asked, list(AccountRole).index(each))):
        code = given[role]
        if code not in taken:
            taken[code] = role
            continue
        place = accounts[code].place if code in accounts else Place("", 1, code)
        findings.append(
            Finding(
                Severity.NOTICE,
                "role-on-another",
                place,
                f"{code} has the role {taken[code].value} already: {role.value} is left unmapped",
            )
        )
    return {role: code for code, role in taken.items()}
