"""Carrying the result of a year forward."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import text

from erp.ledger import queries
from erp.ledger.models import Company
from erp.ledger.rules import (
    AccountRole,
    Journal,
    check_year_is_over,
    credit,
    debit,
    still_to_carry,
)
from erp.ledger.service.locks import check_open
from erp.ledger.service.posting import post_entry
from servicekit.uow import UnitOfWork
from servicekit.values.money import Money

CARRIED_FROM = ("income", "expense")


@dataclass(frozen=True, slots=True)
class YearEnd:
    """What a year end came to, in the company's currency; profits are above zero.

    `carried` is what it moved to retained earnings now: nothing, and no entry, when a year end
    before it has moved all of it.
    """

    ends_on: date
    result: Decimal
    carried: Decimal
    entry_id: UUID | None


async def end_year(uow: UnitOfWork, company_id: UUID, ends_on: date) -> YearEnd:
    """Carry the result up to a fiscal year's last day to retained earnings.

    Income and expense keep their balances: the entry stands between two accounts of equity, so
    that the statements of the year say the same afterwards. Raises `CompanyNotFound`,
    `NoEndOfFiscalYear`, `PeriodIsClosed`, `RoleHasNoAccount`.
    """
    company = await uow.get(Company, company_id)
    check_year_is_over(ends_on, company.fiscal_year_starts_in, uow.now.date())
    await check_open(uow, company_id, Journal.GENERAL, ends_on, field="ends_on")
    # Two year ends at once would both carry the same result.
    await uow.session.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))"),
        {"key": f"ledger_year_end:{company_id}"},
    )
    rows = await queries.trial_balance(uow.session, company_id, ends_on)
    roles = await queries.accounts_by_role(uow.session, company_id)
    carrying = roles.get(AccountRole.RESULT_CARRIED)
    zero = Decimal(0)
    result = -sum((row.base_balance for row in rows if row.kind in CARRIED_FROM), start=zero)
    carried = sum((row.base_balance for row in rows if row.account_id == carrying), start=zero)
    left = still_to_carry(result, carried)
    if not left:
        return YearEnd(ends_on, result, zero, None)
    amount = Money(abs(left), company.base_currency)
    sides = (AccountRole.RESULT_CARRIED, AccountRole.RETAINED_EARNINGS)
    taken, given = sides if left > 0 else sides[::-1]
    posted = await post_entry(
        uow,
        company_id,
        Journal.GENERAL,
        ends_on,
        [debit(taken, amount), credit(given, amount)],
        f"Year end {ends_on}",
        "year-end",
        uow.new_id(),
    )
    uow.audit("ledger.year.ended", "company", company_id, {"ends_on": ends_on, "carried": left})
    return YearEnd(ends_on, result, left, posted.id)
