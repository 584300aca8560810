"""Opening accounts, changing their terms, and the credit they give."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import text

from erp.ledger import queries as ledger
from erp.ledger.service import check_amount
from erp.projections.customer import queries as customers
from erp.receivables import events, queries
from erp.receivables.models import Account
from erp.receivables.queries import AccountRow
from erp.receivables.rules import (
    DEFAULT_PAYMENT_TERMS_DAYS,
    NOTHING_MOVED,
    AccountExistsAlready,
    AccountNotFound,
    CreditDecision,
    CurrencyIsNotTheAccounts,
    CustomerIsUnknown,
    OrdersMoved,
    PaymentTermsNotFound,
    decide_credit,
    within_horizon,
)
from erp.receivables.service.terms import open_policy
from servicekit.uow import UnitOfWork
from servicekit.values.money import Money

_OPEN = text(
    """
    WITH wanted AS (
        SELECT w.id, w.customer_id, coalesce(w.currency, c.base_currency) AS currency
        FROM unnest(
            CAST(:ids AS uuid[]), CAST(:customers AS uuid[]), CAST(:currencies AS text[])
        ) AS w (id, customer_id, currency)
        JOIN ledger_company c ON c.id = :company_id
    ), opened AS (
        INSERT INTO receivables_account (
            tenant, id, company_id, customer_id, currency, payment_terms_days, credit_limit,
            credit_stop, version, created_at, updated_at)
        SELECT :tenant, id, :company_id, customer_id, currency, CAST(:terms AS int2),
               CAST(:credit_limit AS numeric), false, 1, :now, :now
        FROM wanted ORDER BY customer_id
        ON CONFLICT (tenant, company_id, customer_id) DO NOTHING
        RETURNING id, currency
    )
    INSERT INTO receivables_exposure (
        tenant, account_id, currency, open_items, open_orders, overdue)
    SELECT :tenant, id, currency, 0, 0, 0 FROM opened
    RETURNING account_id
    """
)


async def _open(
    uow: UnitOfWork,
    company_id: UUID,
    wanted: dict[UUID, str | None],
    *,
    terms: int = DEFAULT_PAYMENT_TERMS_DAYS,
    credit_limit: Decimal | None = None,
) -> list[AccountRow]:
    """Open an account for each customer that has none here; answer the new ones, announced."""
    if not wanted:
        return []
    rows = await uow.session.execute(
        _OPEN,
        {
            "tenant": uow.tenant,
            "company_id": company_id,
            "ids": [uow.new_id() for _ in wanted],
            "customers": list(wanted),
            "currencies": list(wanted.values()),
            "terms": terms,
            "credit_limit": credit_limit,
            "now": uow.now,
        },
    )
    opened = await queries.accounts(uow.session, [row.account_id for row in rows])
    for account in opened.values():
        uow.publish(events.credit_status(account, uow.now))
        uow.audit(
            "receivables.account.opened",
            "account",
            account.id,
            {"customer_id": str(account.customer_id), "company_id": str(account.company_id)},
        )
    return list(opened.values())


async def open_account(
    uow: UnitOfWork,
    *,
    customer_id: UUID,
    company_id: UUID,
    currency: str | None,
    payment_terms_days: int,
    credit_limit: Decimal | None,
) -> AccountRow:
    """Open a customer's account in a company; `currency` None means the company's own.

    Raises `CompanyNotFound`, `CustomerIsUnknown`, `AccountExistsAlready`,
    `AmountHasTooManyDecimals`.
    """
    company = await ledger.company(uow.session, company_id)
    if await customers.customer(uow.session, customer_id) is None:
        raise CustomerIsUnknown(
            f"No customer {customer_id} has been heard of.", field="customer_id"
        )
    currency = currency or company.base_currency
    if credit_limit is not None:
        check_amount(credit_limit, currency, field="credit_limit")
    opened = await _open(
        uow,
        company_id,
        {customer_id: currency},
        terms=payment_terms_days,
        credit_limit=credit_limit,
    )
    if not opened:
        raise AccountExistsAlready(
            f"Customer {customer_id} has an account in {company.code}.", field="customer_id"
        )
    return opened[0]


async def ensure_account(
    uow: UnitOfWork, customer_id: UUID, company_id: UUID, currency: str | None = None
) -> AccountRow:
    """The customer's account in the company, opened on the spot if there is none.

    For documents that arrive before the customer's own event has: events of different topics
    are in no order. Raises `CompanyNotFound`.
    """
    found = await queries.account_for(uow.session, customer_id, company_id)
    if found is not None:
        return found
    await ledger.company(uow.session, company_id)
    if currency is None:
        known = await customers.customer(uow.session, customer_id)
        currency = known.currency if known else None
    await _open(uow, company_id, {customer_id: currency})
    found = await queries.account_for(uow.session, customer_id, company_id)
    if found is None:
        raise AccountNotFound(f"Customer {customer_id} has no account.", field="customer_id")
    return found


async def open_accounts_for(uow: UnitOfWork, wanted: dict[UUID, str | None]) -> None:
    """Open accounts in the default company, if there is one, for customers that have none.

    `wanted` gives each customer's currency, None for the company's own.
    """
    company = await ledger.default_company(uow.session)
    if company is not None:
        await _open(uow, company.id, wanted)


async def open_missing_accounts(uow: UnitOfWork) -> int:
    """Open the accounts that are missing in the default company; answer how many.

    A customer may have been heard of before there was a company, or in the same moment.
    """
    rows = await uow.session.execute(
        text(
            """
            SELECT p.customer_id, p.currency, c.id AS company_id
            FROM projections_customer p
            JOIN ledger_company c ON c.tenant = p.tenant AND c.is_default
            WHERE NOT EXISTS (
                SELECT FROM receivables_account a
                WHERE a.tenant = p.tenant AND a.company_id = c.id
                  AND a.customer_id = p.customer_id)
            ORDER BY p.customer_id
            LIMIT 1000
            """
        )
    )
    missing = rows.all()
    if not missing:
        return 0
    opened = await _open(
        uow, missing[0].company_id, {row.customer_id: row.currency for row in missing}
    )
    return len(opened)


async def prepare_company(uow: UnitOfWork, company: Any) -> None:
    """Give a new company a policy, and the waiting customers their accounts."""
    await open_policy(uow, company.id)
    if company.is_default:
        await open_missing_accounts(uow)


async def change_account(
    uow: UnitOfWork,
    account_id: UUID,
    *,
    expected: int,
    changes: dict[str, Any],
) -> AccountRow:
    """Change payment terms, `credit_limit` or `credit_stop`; announce the new state.

    Raises `AccountNotFound`, `PaymentTermsNotFound`, `Stale`, `AmountHasTooManyDecimals`.
    """
    # The exposure first, as everybody who books does: an invoice holds it while its foreign key
    # waits for the account. Locked, it also makes the announced state the newest there is.
    await _locked_exposure(uow, account_id)
    row = await uow.lock(Account, account_id, expected)
    terms = changes.get("payment_terms_id")
    if terms is not None and await queries.payment_terms(uow.session, terms) is None:
        raise PaymentTermsNotFound(f"No payment terms {terms}.", field="payment_terms_id")
    limit = changes.get("credit_limit")
    if limit is not None:
        check_amount(limit, row.currency, field="credit_limit")
    before = {name: getattr(row, name) for name in changes}
    for name, value in changes.items():
        setattr(row, name, value)
    await uow.flush()
    account = await queries.account(uow.session, account_id)
    uow.publish(events.credit_status(account, uow.now))
    uow.audit(
        "receivables.account.changed",
        "account",
        account_id,
        {
            "from": {k: str(v) for k, v in before.items()},
            "to": {k: str(v) for k, v in changes.items()},
        },
    )
    return account


async def _locked_exposure(uow: UnitOfWork, account_id: UUID) -> None:
    await uow.connection.execute(
        "SELECT FROM receivables_exposure WHERE account_id = $1 FOR UPDATE", account_id
    )


_LOCK_ACCOUNT = f"""
    SELECT {queries.ACCOUNT_COLUMNS}
    FROM receivables_account a
    JOIN receivables_exposure x ON x.tenant = a.tenant AND x.account_id = a.id
    WHERE a.id = $1
    FOR UPDATE OF x
"""  # noqa: S608 - nothing but column names of this package is put in


async def lock_account(uow: UnitOfWork, account_id: UUID) -> AccountRow:
    """The account with its exposure locked until commit; raises `AccountNotFound`.

    Whoever changes open items, payments or open orders of an account holds this lock.
    """
    row = await uow.connection.fetchrow(_LOCK_ACCOUNT, account_id)
    if row is None:
        raise AccountNotFound(f"No receivables account {account_id}.", field="account_id")
    return AccountRow.of(dict(row))


async def lock_accounts(uow: UnitOfWork, account_ids: Collection[UUID]) -> None:
    """Lock the exposure of many accounts until commit, in one order; unknown ones are left out.

    For whoever books several documents in one transaction: taken one by one, between numbers,
    accounts could make two such transactions wait for each other.
    """
    await uow.connection.execute(
        "SELECT FROM receivables_exposure WHERE account_id = ANY($1) ORDER BY account_id"
        " FOR UPDATE",
        list(account_ids),
    )


async def check_credit(uow: UnitOfWork, account: AccountRow, order_gross: Money) -> CreditDecision:
    """Whether the account may owe `order_gross` (net plus tax) on top of its exposure.

    Locks the exposure until commit: two orders cannot both take the same headroom. Call it
    after stock is reserved, and `change_open_orders` in the same transaction.
    """
    locked = await lock_account(uow, account.id)
    return decide_credit(locked.exposure, order_gross)


_MOVE_EXPOSURE = f"""
    WITH moved AS (
        UPDATE receivables_exposure AS x
        SET open_items = x.open_items + $2, open_orders = x.open_orders + $3,
            overdue = x.overdue + $4, delivered = x.delivered + $5
        WHERE x.account_id = $1
        RETURNING x.tenant, x.account_id, x.open_items, x.open_orders, x.overdue, x.delivered
    )
    SELECT {queries.ACCOUNT_COLUMNS}
    FROM moved x JOIN receivables_account a ON a.tenant = x.tenant AND a.id = x.account_id
"""  # noqa: S608 - nothing but column names of this package is put in


_MOVE_ORDERS = f"""
    WITH moved AS (
        UPDATE receivables_exposure AS x
        SET open_orders = x.open_orders + n.open_orders, delivered = x.delivered + n.delivered
        FROM unnest($1::uuid[], $2::numeric[], $3::numeric[])
             AS n (account_id, open_orders, delivered)
        WHERE x.account_id = n.account_id
        RETURNING x.tenant, x.account_id, x.open_items, x.open_orders, x.overdue, x.delivered
    )
    SELECT {queries.ACCOUNT_COLUMNS}
    FROM moved x JOIN receivables_account a ON a.tenant = x.tenant AND a.id = x.account_id
    ORDER BY a.id
"""  # noqa: S608 - nothing but column names of this package is put in


async def move_exposure(
    uow: UnitOfWork,
    account_id: UUID,
    *,
    open_items: Decimal = Decimal(0),
    orders: OrdersMoved = NOTHING_MOVED,
    overdue: Decimal = Decimal(0),
) -> AccountRow:
    """Add to the exposure and announce it; amounts in the account's currency, of either sign.

    Locks the exposure until commit. Raises `AccountNotFound`.
    """
    row = await uow.connection.fetchrow(
        _MOVE_EXPOSURE, account_id, open_items, orders.open_orders, overdue, orders.delivered
    )
    if row is None:
        raise AccountNotFound(f"No receivables account {account_id}.", field="account_id")
    account = AccountRow.of(dict(row))
    uow.publish(events.credit_status(account, uow.now))
    return account


async def change_open_orders(
    uow: UnitOfWork, account_id: UUID, moved: OrdersMoved, currency: str
) -> AccountRow:
    """Report that the open orders of an account (gross) grew, shrank, or were delivered.

    Amounts are in `currency`, rounded to minor units by the caller, as an order's gross is. When an
    order is invoiced, give `issue_invoice` its `open_orders` instead: one movement, one event.
    Raises `AccountNotFound`, `CurrencyIsNotTheAccounts`.
    """
    account = await move_exposure(uow, account_id, orders=moved)
    if account.currency != currency:
        raise CurrencyIsNotTheAccounts(
            f"The account is in {account.currency}, the order in {currency}."
        )
    return account


async def change_open_orders_of(uow: UnitOfWork, moved: Mapping[UUID, OrdersMoved]) -> None:
    """The same for many accounts, each in its own currency; they are locked in one order."""
    some = {account_id: by for account_id, by in moved.items() if by}
    if not some:
        return
    await lock_accounts(uow, some)
    rows = await uow.connection.fetch(
        _MOVE_ORDERS,
        list(some),
        [by.open_orders for by in some.values()],
        [by.delivered for by in some.values()],
    )
    for row in rows:
        uow.publish(events.credit_status(AccountRow.of(dict(row)), uow.now))


async def claim_credit(
    uow: UnitOfWork, account_id: UUID, order_gross: Money, due_on: date
) -> tuple[CreditDecision, bool]:
    """Count an order (net plus tax) as open; whether the credit before it allowed it, and counts.

    An order that is due beyond the company's horizon does not count yet and is granted; it is asked
    about when it enters (`enter_horizon`). Held, orders are exposure too. Raises `AccountNotFound`,
    `CurrencyIsNotTheAccounts`.
    """
    horizon = await queries.horizon_of(uow.connection, account_id)
    if not within_horizon(due_on, uow.now.date(), horizon):
        return CreditDecision(()), False
    return await enter_horizon(uow, account_id, order_gross), True


async def enter_horizon(uow: UnitOfWork, account_id: UUID, order_gross: Money) -> CreditDecision:
    """Count an order, or more of it, as open; whether the credit before it allowed it.

    `change_open_orders` and `check_credit` in one statement. Raises `AccountNotFound`,
    `CurrencyIsNotTheAccounts`.
    """
    after = await change_open_orders(
        uow, account_id, OrdersMoved(order_gross.amount), order_gross.currency
    )
    before = replace(after.exposure, open_orders=after.exposure.open_orders - order_gross)
    return decide_credit(before, order_gross)
