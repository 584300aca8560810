"""Dunning: who is written to on a day, and what that costs them."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson

from erp.receivables import queries
from erp.receivables.models import DunningPolicy, OpenItemRow, Pause, Policy
from erp.receivables.queries import Letter
from erp.receivables.rules import (
    AdjustmentKind,
    DunningLevel,
    DunningPolicyNotFound,
    OpenItemNotFound,
    PromiseNeedsADay,
    check_levels,
    late_interest,
    next_level,
)
from erp.receivables.service.accounts import lock_account, lock_accounts, move_exposure
from erp.receivables.service.adjusting import NewAdjustment, write_adjustment
from servicekit.uow import UnitOfWork
from servicekit.values.decimals import plain
from servicekit.values.money import Money

_DUE = """
    SELECT o.id AS item_id, o.document_id, o.account_id, a.customer_id, a.currency, o.due_on,
           o.open_amount, coalesce(i.number, '') AS number, c.name AS customer_name,
           coalesce(d.level, 0) AS reached, d.charged_on, g.levels::text AS levels
    FROM receivables_open_item o
    JOIN receivables_account a ON a.tenant = o.tenant AND a.id = o.account_id
    JOIN receivables_policy p ON p.tenant = a.tenant AND p.company_id = a.company_id
    JOIN receivables_dunning_policy g
      ON g.tenant = a.tenant AND g.id = coalesce(a.dunning_policy_id, p.dunning_policy_id)
    LEFT JOIN receivables_invoice i ON i.tenant = o.tenant AND i.id = o.document_id
    LEFT JOIN projections_customer c ON c.tenant = a.tenant AND c.customer_id = a.customer_id
    LEFT JOIN LATERAL (
        SELECT max(x.level) AS level,
               max(x.dunned_on) FILTER (WHERE x.interest > 0) AS charged_on
        FROM receivables_dunning x WHERE x.tenant = o.tenant AND x.item_id = o.id) AS d ON true
    WHERE o.company_id = $1 AND o.open_amount > 0 AND o.side = 'debit' AND o.due_on < $2
      AND o.document_kind = 'invoice'
      AND (g.levels -> coalesce(d.level, 0)::int ->> 'days')::int <= $2 - o.due_on
      AND NOT EXISTS (
        SELECT FROM receivables_pause s
        WHERE s.tenant = o.tenant AND s.item_id = o.id AND s.lifted_at IS NULL
          AND (s.until IS NULL OR s.until >= $2))
      AND NOT EXISTS (
        SELECT FROM receivables_dunning t
        WHERE t.tenant = o.tenant AND t.item_id = o.id AND t.dunned_on >= $2)
      AND ($3::uuid[] IS NULL OR o.account_id = ANY($3))
    ORDER BY o.account_id, o.due_on, o.id
    LIMIT $4
"""
_WRITE = """
    INSERT INTO receivables_dunning (
        tenant, id, company_id, account_id, item_id, level, dunned_on, days_overdue, open_amount,
        fee, interest, created_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
"""


@dataclass(frozen=True, slots=True)
class _Step:
    """An item that climbs to a level, and what that costs."""

    row: dict[str, Any]
    level: int
    days: int
    fee: Money
    interest: Money
    grace_days: int


def levels_of(policy: list[Any]) -> list[DunningLevel]:
    """The levels that a policy keeps as JSON."""
    return [
        DunningLevel(one["days"], Decimal(one["fee"]), one["interest"], one["grace_days"])
        for one in policy
    ]


async def dun(
    uow: UnitOfWork, company_id: UUID, on: date, *, preview: bool, limit: int = 500
) -> list[Letter]:
    """Let every item that is due for it climb one level; answer the letters of the step.

    Nothing is written in a preview. A second run on the same day finds nothing: an item climbs
    once a day. Fees and interest are booked and due after the level's days of grace. Raises
    `AccountForItIsMissing`, `PolicyNotFound`.
    """
    policy = await queries.policy(uow.session, company_id)
    steps = await _steps(uow, policy, on, None, limit)
    if not preview and steps:
        accounts = {step.row["account_id"] for step in steps}
        await lock_accounts(uow, accounts)
        # What was paid or paused while we waited is not dunned.
        steps = await _steps(uow, policy, on, list(accounts), limit)
        for step in steps:
            await _climb(uow, policy, step, on)
    rows = [
        step.row
        | {
            "level": step.level,
            "days_overdue": step.days,
            "fee": step.fee.amount,
            "interest": step.interest.amount,
        }
        for step in steps
    ]
    return queries.gathered(rows, on)


async def _steps(
    uow: UnitOfWork, policy: Policy, on: date, accounts: list[UUID] | None, limit: int
) -> list[_Step]:
    steps = []
    for row in await uow.connection.fetch(_DUE, policy.company_id, on, accounts, limit):
        facts = dict(row)
        levels = levels_of(orjson.loads(facts.pop("levels")))
        days = (on - row["due_on"]).days
        level = next_level(levels, row["reached"], days)
        if level is None:
            continue
        rule = levels[level - 1]
        currency = row["currency"]
        interest = Money.zero(currency)
        if rule.interest and policy.interest_rate is not None:
            since = row["charged_on"] or row["due_on"]
            interest = late_interest(
                Money(row["open_amount"], currency),
                policy.interest_rate,
                (on - since).days,
                policy.interest_basis,
                policy.interest_cap,
            )
        fee = Money(rule.fee, currency).round()
        steps.append(_Step(facts, level, days, fee, interest, rule.grace_days))
    return steps


async def _climb(uow: UnitOfWork, policy: Policy, step: _Step, on: date) -> None:
    row = step.row
    account = await lock_account(uow, row["account_id"])
    await uow.connection.execute(
        _WRITE,
        uow.tenant,
        uow.new_id(),
        policy.company_id,
        account.id,
        row["item_id"],
        step.level,
        on,
        step.days,
        row["open_amount"],
        step.fee.amount,
        step.interest.amount,
        uow.now,
    )
    for kind, amount in (
        (AdjustmentKind.DUNNING_FEE, step.fee),
        (AdjustmentKind.INTEREST, step.interest),
    ):
        if amount.is_zero:
            continue
        await move_exposure(uow, account.id, open_items=amount.amount)
        await write_adjustment(
            uow,
            account,
            NewAdjustment(
                kind,
                amount,
                on,
                f"Dunning level {step.level}",
                about_id=row["document_id"],
                reference=row["number"] or None,
                due_on=on + timedelta(days=step.grace_days),
            ),
        )
    uow.audit(
        "receivables.item.dunned",
        "invoice",
        row["document_id"],
        {"level": step.level, "days": step.days, "open": row["open_amount"]},
    )


async def add_dunning_policy(
    uow: UnitOfWork, *, code: str, name: str, levels: list[DunningLevel]
) -> DunningPolicy:
    """Write a dunning policy; companies and accounts name it.

    Raises `LevelsAreOutOfOrder`, `DunningPolicyCodeIsTaken`.
    """
    check_levels(levels)
    row = DunningPolicy(
        tenant=uow.tenant,
        id=uow.new_id(),
        code=code,
        name=name,
        levels=[
            {
                "days": level.days,
                "fee": plain(level.fee),
                "interest": level.interest,
                "grace_days": level.grace_days,
            }
            for level in levels
        ],
    )
    uow.add(row)
    await uow.flush()
    uow.audit("receivables.dunning-policy.added", "dunning-policy", row.id, {"code": code})
    return row


async def check_dunning_policy(uow: UnitOfWork, policy_id: UUID | None) -> None:
    """Raises `DunningPolicyNotFound` for one that is not there."""
    if policy_id is not None:
        found = await uow.session.get(DunningPolicy, (uow.tenant, policy_id))
        if found is None:
            raise DunningPolicyNotFound(
                f"No dunning policy {policy_id}.", field="dunning_policy_id"
            )


async def pause_item(
    uow: UnitOfWork, item_id: UUID, *, kind: str, until: date | None, reason: str
) -> Pause:
    """Note a dispute, or a promise to pay by a day: the item is not dunned until it is over.

    Raises `OpenItemNotFound`, `PromiseNeedsADay`.
    """
    item = await uow.session.get(OpenItemRow, (uow.tenant, item_id))
    if item is None or item.side != "debit":
        raise OpenItemNotFound(f"Nothing is owed on an item {item_id}.")
    if kind == "promise" and until is None:
        raise PromiseNeedsADay("The promise names no day.", field="until")
    row = Pause(
        tenant=uow.tenant,
        id=uow.new_id(),
        account_id=item.account_id,
        item_id=item_id,
        kind=kind,
        until=until,
        reason=reason,
        lifted_at=None,
    )
    uow.add(row)
    await uow.flush()
    uow.audit(
        f"receivables.item.{kind}", "open-item", item_id, {"until": str(until), "reason": reason}
    )
    return row


async def lift_pause(uow: UnitOfWork, pause_id: UUID, *, reason: str) -> Pause:
    """End a dispute or promise now; a second time changes nothing. Raises `PauseNotFound`."""
    row = await uow.lock(Pause, pause_id)
    if row.lifted_at is None:
        row.lifted_at = uow.now
        await uow.flush()
        uow.audit("receivables.pause.lifted", "open-item", row.item_id, {"reason": reason})
    return row
