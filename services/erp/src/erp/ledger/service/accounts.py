"""Opening, changing and closing accounts of a chart, and telling which one has which role."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import text

from erp.ledger import queries
from erp.ledger.models import Account
from erp.ledger.rules import (
    AccountCodeIsTaken,
    AccountHasEntries,
    AccountKind,
    AccountRole,
    NewAccount,
    RoleHasEntries,
    StatementSection,
    check_parent,
    check_role,
    check_section,
    is_control,
)
from servicekit.uow import UnitOfWork

_POSTED_TO = text(
    "SELECT DISTINCT account_id FROM ledger_daily"
    " WHERE company_id = :company_id AND account_id = ANY(CAST(:ids AS uuid[]))"
)
# Whoever posts holds this lock shared until commit: entries under way are waited for, so what is
# said about an account's entries stays true until this transaction ends.
_CHANGING = text("SELECT pg_advisory_xact_lock(ledger_posting_key(CAST(:company_id AS uuid)))")


async def add_account(
    uow: UnitOfWork,
    company_id: UUID,
    *,
    code: str,
    name: str,
    kind: AccountKind,
    section: StatementSection | None,
    parent_id: UUID | None,
    heading: bool,
) -> Account:
    """Open an account; `section` None means that of the kind.

    Raises `CompanyNotFound`, `AccountCodeIsTaken`, `SectionDoesNotFit`, `ParentDoesNotFit`.
    """
    await queries.company(uow.session, company_id)
    chart = await queries.chart(uow.session, company_id)
    if any(row.code == code for row in chart):
        raise AccountCodeIsTaken(f"Account {code!r} exists.", field="code")
    new = NewAccount(code, name, kind, section, heading=heading)
    check_section(kind, new.stands_in)
    row = _row(uow, company_id, new)
    if parent_id is not None:
        check_parent(row.id, parent_id, {each.id: each.parent_id for each in chart})
        row.parent_id = parent_id
    uow.add(row)
    uow.audit("ledger.account.opened", "ledger-account", row.id, {"code": code, "name": name})
    await uow.flush()
    return row


async def change_account(
    uow: UnitOfWork, account_id: UUID, *, expected: int, changes: Mapping[str, Any]
) -> Account:
    """Change name, section, parent, heading or active of an account; what is left out stays.

    The section may change at any time: statements are then shown by the new one, also those of
    days gone by. Raises `LedgerAccountNotFound`, `Stale`, `SectionDoesNotFit`,
    `ParentDoesNotFit`, `AccountHasEntries` (no heading has any), `RoleHasEntries` (an account
    with a role stays open).
    """
    row = await uow.lock(Account, account_id, expected)
    before = {name: getattr(row, name) for name in changes}
    if (section := changes.get("section")) is not None:
        check_section(AccountKind(row.kind), section)
    if (parent_id := changes.get("parent_id")) is not None:
        chart = await queries.chart(uow.session, row.company_id)
        check_parent(account_id, parent_id, {each.id: each.parent_id for each in chart})
    closes = changes.get("heading") or changes.get("active") is False
    if closes and row.role is not None:
        raise RoleHasEntries(f"{row.code} has the role {row.role}: give that to another first.")
    if changes.get("heading") and await has_entries(uow, row.company_id, [account_id]):
        raise AccountHasEntries(f"{row.code} cannot become a heading.", field="heading")
    for name, value in changes.items():
        setattr(row, name, value)
    uow.audit(
        "ledger.account.changed",
        "ledger-account",
        account_id,
        {name: {"from": before[name], "to": value} for name, value in changes.items()},
    )
    await uow.flush()
    return row


async def give_role(
    uow: UnitOfWork, account_id: UUID, *, expected: int, role: AccountRole | None
) -> Account:
    """Have postings that ask for a role find this account; None takes its role away.

    The account that had the role loses it. Raises `LedgerAccountNotFound`, `Stale`,
    `RoleDoesNotFit`, and `RoleHasEntries` for a control role where either account has entries.
    """
    row = await uow.lock(Account, account_id, expected)
    if role is not None:
        check_role(
            role,
            row.code,
            AccountKind(row.kind),
            takes_postings=row.active and not row.heading,
        )
    chart = await queries.chart(uow.session, row.company_id)
    holder = next((each for each in chart if role is not None and each.role == role.value), None)
    if holder is not None and holder.id == row.id:
        return row
    controlled = [
        each.id
        for each, its in ((row, row.role), (row, role), (holder, role))
        if each is not None and its is not None and is_control(AccountRole(its))
    ]
    if controlled and await has_entries(uow, row.company_id, controlled):
        raise RoleHasEntries(
            f"{role.value if role else row.role} is a control role, and there are entries.",
            field="role",
        )
    taken_from = None
    if holder is not None:
        holder = await uow.lock(Account, holder.id)
        holder.role, holder.control, taken_from = None, False, holder.code
        await uow.flush()
    uow.audit(
        "ledger.account.role-given",
        "ledger-account",
        account_id,
        {"code": row.code, "role": role, "was": row.role, "taken_from": taken_from},
    )
    row.role, row.control = (None if role is None else role.value), is_control(role)
    await uow.flush()
    return row


async def has_entries(uow: UnitOfWork, company_id: UUID, ids: Sequence[UUID]) -> bool:
    """Whether anything was posted to one of the accounts; postings under way are waited for."""
    await uow.session.execute(_CHANGING, {"company_id": company_id})
    found = await uow.session.execute(_POSTED_TO, {"company_id": company_id, "ids": list(ids)})
    return found.first() is not None


async def books_are_empty(uow: UnitOfWork, company_id: UUID) -> bool:
    """Whether nothing was ever posted in the company; nothing is until this transaction ends."""
    chart = await queries.chart(uow.session, company_id)
    return not await has_entries(uow, company_id, [row.id for row in chart])


async def take_chart(
    uow: UnitOfWork,
    company_id: UUID,
    accounts: Sequence[NewAccount],
    *,
    in_place_of_the_old: bool,
) -> dict[str, UUID]:
    """Put accounts into a chart in one go; answers the ids by code.

    The parents stand among `accounts` or in the chart already. Accounts whose code the chart has
    keep their id: in place of the old chart they take name, kind and section of the new one, and
    what the new chart does not have is closed; otherwise they stay as they are. The caller has
    seen that this fits (`books_are_empty`). Roles go to the accounts that name them. Raises
    `RoleHasEntries`.
    """
    chart = {row.code: row for row in await queries.chart(uow.session, company_id)}
    claimed = {new.role.value: new.code for new in accounts if new.role is not None}
    moved = [
        row for row in chart.values() if row.role and claimed.get(row.role, row.code) != row.code
    ]
    controlled = [row.id for row in moved if row.control]
    if controlled and await has_entries(uow, company_id, controlled):
        raise RoleHasEntries("An account that would lose its control role has entries.")
    for row in chart.values() if in_place_of_the_old else moved:
        row.role, row.control = None, False
    if in_place_of_the_old:
        codes = {new.code for new in accounts}
        for row in chart.values():
            row.active, row.parent_id = row.code in codes, None
    await uow.flush()
    for new in accounts:
        found = chart.get(new.code)
        if found is None:
            chart[new.code] = found = _row(uow, company_id, new)
            uow.add(found)
        elif in_place_of_the_old:
            found.name, found.kind, found.section = new.name, new.kind.value, new.stands_in.value
            found.heading, found.active = new.heading, new.active
        if new.role is not None:
            found.role, found.control = new.role.value, is_control(new.role)
    await uow.flush()
    for new in accounts:
        if new.parent is not None and (in_place_of_the_old or chart[new.code].parent_id is None):
            chart[new.code].parent_id = chart[new.parent].id
    await uow.flush()
    return {code: row.id for code, row in chart.items()}


def _row(uow: UnitOfWork, company_id: UUID, new: NewAccount) -> Account:
    return Account(
        tenant=uow.tenant,
        id=uow.new_id(),
        company_id=company_id,
        code=new.code,
        name=new.name,
        kind=new.kind.value,
        role=None if new.role is None else new.role.value,
        control=is_control(new.role),
        parent_id=None,
        section=new.stands_in.value,
        heading=new.heading,
        active=new.active,
    )
