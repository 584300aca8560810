"""The use cases of promotion budgets. Quotes take from them; they know of quotes but an id."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from sqlalchemy import select

from cpq.promotions.models import PromotionBudget, PromotionEntry
from cpq.promotions.queries import budget_of, held_by, locked_budgets
from cpq.promotions.rules import (
    PromotionBudgetExists,
    PromotionBudgetIsExhausted,
    check_payable,
    check_resized,
    takings,
)
from servicekit.uow import UnitOfWork
from servicekit.values import Money

__all__ = [
    "Holder",
    "PromotionBudgetIsExhausted",
    "change_budget",
    "create_budget",
    "give_back",
    "take",
]


@dataclass(frozen=True, slots=True)
class Holder:
    """A revision of a quote that takes from budgets."""

    quote_id: UUID
    number: str
    revision: int


async def create_budget(
    uow: UnitOfWork, *, code: str, budget: Money, most_uses: int | None, note: str | None
) -> PromotionBudget:
    """Limit what a promotion may cost in a currency; quotes that are out already do not count.

    Raises `PromotionBudgetExists`, `PromotionBudgetIsTooFine`.
    """
    check_payable(budget)
    known = await uow.session.scalar(
        select(PromotionBudget.id).where(
            PromotionBudget.code == code, PromotionBudget.currency == budget.currency
        )
    )
    if known is not None:
        raise PromotionBudgetExists(f"{code} has a budget in {budget.currency}", field="code")
    row = PromotionBudget(
        id=uow.new_id(),
        code=code,
        currency=budget.currency,
        amount=budget.amount,
        most_uses=most_uses,
        note=note,
    )
    uow.add(row)
    uow.audit("promotion-budget.created", "promotion-budget", row.id, {"code": code})
    await uow.flush()
    await uow.session.refresh(row)
    return row


async def change_budget(
    uow: UnitOfWork,
    budget_id: UUID,
    *,
    amount: Decimal,
    most_uses: int | None,
    note: str | None,
    expected: int,
) -> PromotionBudget:
    """Give a budget more or less, but never less than is taken.

    Raises `PromotionBudgetNotFound`, `Stale`, `PromotionBudgetIsTaken`, `PromotionBudgetIsTooFine`.
    """
    row = await uow.lock(PromotionBudget, budget_id, expected)
    check_resized(budget_of(row), amount, most_uses)
    changes = {"amount": [str(row.amount), str(amount)]}
    row.amount, row.most_uses, row.note = amount, most_uses, note
    uow.audit("promotion-budget.changed", "promotion-budget", row.id, changes)
    await uow.flush()
    return row


async def take(
    uow: UnitOfWork, holder: Holder, given: Mapping[str, Decimal], currency: str
) -> None:
    """Let a quote hold of each budget what it gives away, and no more than that.

    `given` is by code, in `currency`, at ten places; each sum is rounded half up to the currency.
    What the quote held before and no longer wants is given back. The quote's row must be locked.
    Raises `PromotionBudgetIsExhausted`.
    """
    held = (await held_by(uow.session, [holder.quote_id])).get(holder.quote_id, {})
    budgets = await locked_budgets(uow.session, codes=given, currency=currency, ids=held)
    if not budgets:
        return
    wanted = {code: Money(amount, currency).round().amount for code, amount in given.items()}
    for taking in takings([budget_of(row) for row in budgets], held, wanted):
        _enter(uow, holder, taking.budget_id, taking.amount, taking.uses)
    await uow.flush()


async def give_back(uow: UnitOfWork, holders: Sequence[Holder]) -> None:
    """Give back all that quotes hold. The quotes' rows must be locked."""
    held = await held_by(uow.session, [holder.quote_id for holder in holders])
    if not held:
        return
    await locked_budgets(uow.session, ids={each for of in held.values() for each in of})
    for holder in holders:
        for budget_id, amount in held.get(holder.quote_id, {}).items():
            _enter(uow, holder, budget_id, -amount, -1)
    await uow.flush()


def _enter(uow: UnitOfWork, holder: Holder, budget_id: UUID, amount: Decimal, uses: int) -> None:
    uow.add(
        PromotionEntry(
            id=uow.new_id(),
            budget_id=budget_id,
            quote_id=holder.quote_id,
            quote_number=holder.number,
            revision=holder.revision,
            amount=amount,
            uses=uses,
            recorded_at=uow.now,
            recorded_by=uow.principal.subject,
        )
    )
