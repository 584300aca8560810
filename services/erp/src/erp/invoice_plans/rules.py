"""When a plan invoices what, and why it is refused."""

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import pairwise

from servicekit.errors import InvalidInput, NotFound, RuleBroken
from servicekit.values.decimals import ARITHMETIC
from servicekit.values.money import Money


class InvoicePlanNotFound(NotFound):
    """The plan does not exist, or belongs to another tenant."""

    code = "invoice-plan-not-found"
    title = "No such invoice plan"
    hint = "List them with GET /v1/invoice-plans."


class InvoicePlanExists(RuleBroken):
    """Plans of an account are told apart by their names."""

    code = "invoice-plan-exists"
    title = "The account has an invoice plan of this name"
    hint = "Give another name, or look at the plan: GET /v1/invoice-plans?account_id=..."


class ScheduleMakesNoSense(InvalidInput):
    """A plan either recurs or has milestones, in days that follow each other from today on."""

    code = "schedule-makes-no-sense"
    title = "A plan recurs from a day on, or has milestones whose days follow each other"
    hint = "Give first_on and every_months, or milestones alone; the first day is today or later."


class MilestonesAreNotTheWhole(InvalidInput):
    """The shares of the milestones sum to one."""

    code = "milestones-are-not-the-whole"
    title = "The shares of milestones sum to one"
    hint = "Give shares as fractions of the whole that sum to 1."


class MilestonesExceedTheOrder(InvalidInput):
    """The shares of an order's milestones sum to one at most: the rest is due on delivery."""

    code = "milestones-exceed-the-order"
    title = "Milestones ask for no more than the order"
    hint = "Give shares as fractions of the order's net that sum to 1 or less."


@dataclass(frozen=True, slots=True)
class Milestone:
    """A day on which a share of the whole is invoiced; `share` is a fraction above zero."""

    due_on: date
    share: Decimal
    name: str


@dataclass(frozen=True, slots=True)
class Schedule:
    """When a plan invoices: at milestones, or from a day on every so many months."""

    first_on: date | None = None
    every_months: int | None = None
    ends_on: date | None = None
    milestones: Sequence[Milestone] = ()

    def day(self, number: int) -> date | None:
        """The day of the invoice with a number, counted from 0; None once the plan is over."""
        if self.milestones:
            return self.milestones[number].due_on if number < len(self.milestones) else None
        assert self.first_on is not None
        assert self.every_months is not None
        # A month that lacks the day has it on its last one, and the next month again.
        months = self.first_on.month - 1 + self.every_months * number
        year, month = self.first_on.year + months // 12, months % 12 + 1
        day = date(year, month, min(self.first_on.day, monthrange(year, month)[1]))
        return None if self.ends_on is not None and day > self.ends_on else day


def check_schedule(schedule: Schedule, today: date, *, of_order: bool = False) -> None:
    """Milestones `of_order` may leave a rest, which is due on delivery.

    Raises `ScheduleMakesNoSense`, `MilestonesAreNotTheWhole`, `MilestonesExceedTheOrder`.
    """
    recurs = schedule.first_on is not None and schedule.every_months is not None
    half = (schedule.first_on is None) != (schedule.every_months is None)
    if half or recurs == bool(schedule.milestones):
        raise ScheduleMakesNoSense("It neither recurs nor has milestones.", field="first_on")
    if schedule.milestones:
        days = [milestone.due_on for milestone in schedule.milestones]
        if schedule.ends_on is not None or any(one >= other for one, other in pairwise(days)):
            raise ScheduleMakesNoSense("Its days do not follow each other.", field="milestones")
        asked = sum(milestone.share for milestone in schedule.milestones)
        if of_order and asked > 1:
            raise MilestonesExceedTheOrder("The shares sum to more than one.", field="milestones")
        if not of_order and asked != 1:
            raise MilestonesAreNotTheWhole("The shares sum to another number.", field="milestones")
    first = schedule.day(0)
    if first is None:
        raise ScheduleMakesNoSense("It ends before it begins.", field="ends_on")
    if first < today:
        field = "milestones.0.due_on" if schedule.milestones else "first_on"
        raise ScheduleMakesNoSense(f"It would begin on {first}.", field=field)


def first_from(schedule: Schedule, number: int, today: date) -> int:
    """The number of the first invoice from `number` on that is not due before today."""
    day = schedule.day(number)
    while day is not None and day < today:
        number += 1
        day = schedule.day(number)
    return number


def part_of(whole: Money, milestones: Sequence[Milestone], number: int) -> Money:
    """What the milestone with a number, from 0, takes of an amount; all of them take it whole.

    Each is the rounded sum up to it less the rounded sum before it, so that no part of an amount
    above zero is below zero, and the one that completes it takes the residue. `whole` is rounded
    first.
    """
    rounded = whole.round()

    def until(count: int) -> Money:
        share = sum((one.share for one in milestones[:count]), start=Decimal(0))
        if share == 1:
            return rounded
        return Money(ARITHMETIC.multiply(rounded.amount, share), whole.currency).round()

    return until(number + 1) - until(number)
