"""The laws of promotion budgets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from servicekit.errors import InvalidInput, NotFound, RuleBroken
from servicekit.values import Money, plain

NOTHING = Decimal(0)


class PromotionBudgetNotFound(NotFound):
    """The budget does not exist in this tenant."""

    code = "promotion-budget-not-found"
    title = "There is no such promotion budget"
    hint = "List the budgets to see their ids."


class PromotionBudgetExists(RuleBroken):
    """A code has one budget in a currency."""

    code = "promotion-budget-exists"
    title = "The code has a budget in this currency"
    hint = "Change the amount of the one that there is."


class PromotionBudgetIsExhausted(RuleBroken):
    """A promotion is given while its budget lasts."""

    code = "promotion-budget-exhausted"
    title = "The budget of the promotion does not last for this quote"
    hint = "Price the quote without the code, or have the budget raised."


class PromotionBudgetIsTaken(RuleBroken):
    """What was offered to customers is theirs."""

    code = "promotion-budget-is-taken"
    title = "More of the budget is taken than would be left in it"
    hint = "Set at least what is taken; revise or cancel quotes to have it given back."


class PromotionBudgetIsTooFine(InvalidInput):
    """A budget is money."""

    code = "promotion-budget-too-fine"
    title = "The amount has more places than its currency"
    hint = "Give an amount that can be paid."


@dataclass(frozen=True, slots=True)
class Budget:
    """A promotion's budget as it stands, in `currency`."""

    budget_id: UUID
    code: str
    currency: str
    amount: Decimal
    most_uses: int | None
    """How many quotes may have it; None: as many as the amount lasts for."""
    taken: Decimal
    uses: int


@dataclass(frozen=True, slots=True)
class Taking:
    """What a quote takes from a budget, or below zero gives back."""

    budget_id: UUID
    amount: Decimal
    uses: int
    """1: the quote begins to take part; -1: it no longer does; 0: it takes more or less."""


def takings(
    budgets: Iterable[Budget], held: Mapping[UUID, Decimal], wanted: Mapping[str, Decimal]
) -> list[Taking]:
    """What a quote must take and give back so that it holds just what it wants.

    `held` is what it holds by budget, `wanted` what it gives away by code, rounded to the currency.
    Codes without a budget cost what they cost. Raises `PromotionBudgetIsExhausted`.
    """
    found = []
    for budget in budgets:
        has = held.get(budget.budget_id, NOTHING)
        wants = max(wanted.get(budget.code, NOTHING), NOTHING)
        if wants == has:
            continue
        taking = Taking(budget.budget_id, wants - has, bool(wants) - bool(has))
        _check(budget, taking)
        found.append(taking)
    return found


def _check(budget: Budget, taking: Taking) -> None:
    if taking.amount > budget.amount - budget.taken:
        left = budget.amount - budget.taken
        raise PromotionBudgetIsExhausted(
            f"{budget.code} has {plain(left)} {budget.currency} left of "
            f"{plain(budget.amount)}; this quote takes {plain(taking.amount)}",
            field="promotions",
        )
    if budget.most_uses is not None and budget.uses + taking.uses > budget.most_uses:
        raise PromotionBudgetIsExhausted(
            f"{budget.code} is given to {budget.most_uses} quotes at most, and to no more",
            field="promotions",
        )


def check_payable(amount: Money) -> None:
    """Raise `PromotionBudgetIsTooFine` for an amount with more places than its currency has."""
    if not amount.is_posted_precision:
        raise PromotionBudgetIsTooFine(
            f"{plain(amount.amount)} {amount.currency} cannot be paid", field="amount"
        )


def check_resized(budget: Budget, amount: Decimal, most_uses: int | None) -> None:
    """Raise `PromotionBudgetIsTaken` where a budget would have less than is taken of it.

    Raises `PromotionBudgetIsTooFine`.
    """
    check_payable(Money(amount, budget.currency))
    if amount < budget.taken:
        raise PromotionBudgetIsTaken(
            f"{plain(budget.taken)} {budget.currency} of {budget.code} are taken", field="amount"
        )
    if most_uses is not None and most_uses < budget.uses:
        raise PromotionBudgetIsTaken(f"{budget.uses} quotes have {budget.code}", field="most_uses")
