"""Differences of exchange on customers' accounts (IAS 21.28): in base amounts alone."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

from erp.exchange_rates import queries as exchange_rates
from erp.ledger import service as ledger
from erp.ledger.service import AccountRole, EntryLine, Journal
from erp.receivables.queries import AccountRow
from erp.receivables.rules import PaidInTheAccountsCurrency
from servicekit.uow import UnitOfWork
from servicekit.values.decimals import round_half_away
from servicekit.values.money import Money, minor_units

_DIFFERENCES = """
    SELECT id, undoes, matched_on, debit_base, credit_base FROM receivables_matching
    WHERE id = ANY($1) AND coalesce(debit_base, 0) <> coalesce(credit_base, 0)
    ORDER BY id
"""
_MOVE = """
    UPDATE receivables_open_item AS o
    SET base_open = o.base_open + CASE o.side WHEN 'debit' THEN m.amount ELSE -m.amount END
    FROM unnest($1::uuid[], $2::numeric[]) AS m (id, amount)
    WHERE o.id = m.id
"""
_LOCK_FOREIGN = """
    SELECT FROM receivables_exposure x
    WHERE x.account_id IN (
        SELECT a.id FROM receivables_account a
        JOIN ledger_company c ON c.tenant = a.tenant AND c.id = a.company_id
        WHERE a.company_id = $1 AND a.currency <> c.base_currency)
    ORDER BY x.account_id FOR UPDATE
"""
_OPEN = """
    SELECT id, CASE side WHEN 'debit' THEN open_amount ELSE -open_amount END AS open
    FROM receivables_open_item WHERE id = ANY($1)
"""


async def carried_at(
    uow: UnitOfWork,
    account: AccountRow,
    parts: Sequence[Decimal],
    rate_on: date,
    whole: Decimal | None = None,
) -> list[Decimal]:
    """What parts of a document are carried at in the company's currency, at the rate of its day.

    The document is translated once, unless it is known what it is worth (`whole`), and its parts
    sum to that. Raises `ExchangeRateIsMissing`.
    """
    base = await ledger.base_currency(uow, account.company_id)
    if base == account.currency:
        return list(parts)
    if whole is None:
        rates = await exchange_rates.rates_to(
            uow.connection, account.company_id, base, [account.currency], rate_on
        )
        whole = round_half_away(
            Fraction(sum(parts, start=Decimal(0))) * rates[account.currency], minor_units(base)
        )
    return [share.amount for share in Money(whole, base).split(parts)]


async def worth_of(
    uow: UnitOfWork, account: AccountRow, settled: Money, arrived: Money, day: date
) -> Decimal:
    """What a payment is in the company's currency that came in another than the account's.

    What arrived, or what it settles, where one of them is in the company's currency; else what
    arrived at the rate of the day. Raises `PaidInTheAccountsCurrency`, `ExchangeRateIsMissing`.
    """
    if arrived.currency == account.currency:
        raise PaidInTheAccountsCurrency(
            f"The account is in {account.currency}.", field="paid.currency"
        )
    base = await ledger.base_currency(uow, account.company_id)
    for money in (arrived, settled):
        if money.currency == base:
            return money.amount
    rates = await exchange_rates.rates_to(
        uow.connection, account.company_id, base, [arrived.currency], day
    )
    return round_half_away(Fraction(arrived.amount) * rates[arrived.currency], minor_units(base))


async def realise(uow: UnitOfWork, account: AccountRow, matchings: Sequence[UUID]) -> None:
    """Book what was gained or lost by the settlements, and take back what is undone.

    Each counts on the day of its matching, or on the first open day after it.
    """
    if account.currency == await ledger.base_currency(uow, account.company_id):
        return
    rows = await uow.connection.fetch(_DIFFERENCES, list(matchings))
    entries = []
    for row in rows:
        # A debt carried at one amount was settled with what is carried at another.
        gain = (row["credit_base"] or Decimal(0)) - (row["debit_base"] or Decimal(0))
        result = AccountRole.EXCHANGE_GAIN if gain > 0 else AccountRole.EXCHANGE_LOSS
        booked = gain if row["undoes"] is None else -gain
        entries.append(
            ledger.EntryInput(
                account.company_id,
                Journal.GENERAL,
                row["matched_on"],
                [
                    EntryLine(AccountRole.RECEIVABLES, account.currency, base=booked),
                    EntryLine(result, account.currency, base=-booked),
                ],
                None,
                "allocation",
                row["id"],
            )
        )
    await ledger.post_entries(uow, entries)


async def lock_accounts_in_foreign_currencies(uow: UnitOfWork, company_id: UUID) -> None:
    """Lock them until commit: what is open on them, and carried at, stays so."""
    await uow.connection.execute(_LOCK_FOREIGN, company_id)


async def open_amounts(uow: UnitOfWork, items: Sequence[UUID]) -> dict[UUID, Decimal]:
    """What is open on items now, debit less credit; their accounts are locked."""
    return {row["id"]: row["open"] for row in await uow.connection.fetch(_OPEN, list(items))}


async def move_carrying(uow: UnitOfWork, amounts: Mapping[UUID, Decimal]) -> None:
    """Carry items at more or less, in the company's currency, debit less credit.

    Their accounts are locked. The caller books the same on the control account.
    """
    if amounts:
        await uow.connection.execute(_MOVE, list(amounts), list(amounts.values()))
