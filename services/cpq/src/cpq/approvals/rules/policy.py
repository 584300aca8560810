"""The policy: which deals need whose approval, and how old facts may be."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Literal

from cpq.approvals.rules.deal import Deal, Value, Variable
from servicekit.errors import Fault


class Comparison(StrEnum):
    """How a variable is compared."""

    MORE = "gt"
    AT_LEAST = "gte"
    LESS = "lt"
    AT_MOST = "lte"
    EQUAL = "eq"
    NOT_EQUAL = "ne"


@dataclass(frozen=True, slots=True)
class Condition:
    """A comparison of a variable with a value; an amount has its currency."""

    variable: Variable
    comparison: Comparison
    value: Decimal | str
    currency: str | None = None

    def holds(self, found: Value, currency: str) -> bool:
        """Whether it holds. What is not known, and money nobody can compare, is looked at."""
        if found is None or (self.variable.is_amount and self.currency != currency):
            return True
        match self.comparison:
            case Comparison.EQUAL:
                return found == self.value
            case Comparison.NOT_EQUAL:
                return found != self.value
        if not (isinstance(found, Decimal) and isinstance(self.value, Decimal)):
            return False
        return {
            Comparison.MORE: found > self.value,
            Comparison.AT_LEAST: found >= self.value,
            Comparison.LESS: found < self.value,
            Comparison.AT_MOST: found <= self.value,
        }[self.comparison]

    def no_worse(self, found: Value, approved: Value) -> bool:
        """Whether what is found is covered by what somebody approved.

        Farther into the condition is worse; another word is, and so is what was not known.
        """
        if found == approved:
            return True
        if not (isinstance(found, Decimal) and isinstance(approved, Decimal)):
            return False
        if self.comparison in (Comparison.MORE, Comparison.AT_LEAST):
            return found <= approved
        if self.comparison in (Comparison.LESS, Comparison.AT_MOST):
            return found >= approved
        return False


@dataclass(frozen=True, slots=True)
class ApprovalRule:
    """A case that somebody must approve: all conditions hold, of the whole or of one line."""

    key: str
    name: str
    conditions: tuple[Condition, ...]
    group: str
    """Whose approval it needs."""
    chain: str = "main"
    """Chains are asked side by side."""
    level: int = 1
    """Levels of a chain are asked one after the other, rules of a level side by side."""

    @property
    def of_line(self) -> bool:
        """Whether one line is enough."""
        return any(condition.variable.of_line for condition in self.conditions)


@dataclass(frozen=True, slots=True)
class Approver:
    """Somebody of a group."""

    subject: str
    """The subject of their access token."""
    limit: Decimal | None = None
    """The most that a deal may be worth, without tax; None: anything."""
    limit_currency: str | None = None
    deputy: str | None = None
    """Who decides while they are away."""
    away_from: date | None = None
    away_until: date | None = None
    """The last day."""

    def away(self, day: date) -> bool:
        """Whether they are away on a day."""
        return (
            self.away_from is not None
            and self.away_until is not None
            and self.away_from <= day <= self.away_until
        )

    def may_approve(self, net: Decimal, currency: str) -> bool:
        """Whether a deal of this worth is within their limit."""
        return self.limit is None or (self.limit_currency == currency and net <= self.limit)


@dataclass(frozen=True, slots=True)
class ApproverGroup:
    """People of whom one decides."""

    key: str
    name: str
    approvers: tuple[Approver, ...]
    escalate_after_hours: int | None = None
    escalate_to: str | None = None
    """The group that is asked as well once the hours have passed."""


FactKind = Literal["credit", "cost", "stock", "price"]


@dataclass(frozen=True, slots=True)
class FactLimit:
    """How old a fact of another service may be."""

    fact: FactKind
    seconds: int
    blocks: bool
    """An older one keeps the quote from being sent; else it is flagged."""


@dataclass(frozen=True, slots=True)
class Policy:
    """A version of the policy; version 0: nobody has said anything, so nothing is asked."""

    version: int = 0
    rules: tuple[ApprovalRule, ...] = ()
    groups: tuple[ApproverGroup, ...] = ()
    fact_limits: tuple[FactLimit, ...] = ()

    def group(self, key: str) -> ApproverGroup:
        """The group of that key."""
        return next(group for group in self.groups if group.key == key)


@dataclass(frozen=True, slots=True)
class Measured:
    """What a rule found: a variable's value, of a line or of the whole."""

    variable: Variable
    value: Value
    line: str | None = None
    item: str | None = None
    """What the line sells."""


@dataclass(frozen=True, slots=True)
class Matched:
    """A rule that asks for an approval, and why."""

    rule: ApprovalRule
    measured: tuple[Measured, ...]


def matches(policy: Policy, deal: Deal) -> list[Matched]:
    """The rules that ask for an approval of a deal, each with everything that it found."""
    found = []
    for rule in policy.rules:
        measured = tuple(_measured(rule, deal))
        if measured:
            found.append(Matched(rule, measured))
    return found


def _measured(rule: ApprovalRule, deal: Deal) -> Iterator[Measured]:
    whole = [condition for condition in rule.conditions if not condition.variable.of_line]
    of_line = [condition for condition in rule.conditions if condition.variable.of_line]
    for condition in whole:
        if condition.variable not in deal.variables or not condition.holds(
            deal.variables[condition.variable], deal.currency
        ):
            return
    lines = [
        line
        for line in deal.lines
        if all(
            condition.variable in line.variables
            and condition.holds(line.variables[condition.variable], deal.currency)
            for condition in of_line
        )
    ]
    if of_line and not lines:
        return
    for condition in whole:
        yield Measured(condition.variable, deal.variables[condition.variable])
    for line in lines if of_line else ():
        for condition in of_line:
            value = line.variables[condition.variable]
            yield Measured(condition.variable, value, line.key, line.item)


def giving_back(policy: Policy, amount: Decimal, currency: str) -> list[ApprovalRule]:
    """The rules that ask about giving so much back.

    Only what they say of the amount is looked at: what else they ask of a deal there is none for.
    Rules that say nothing of it ("net below 100") are not about it.
    """
    found = []
    for rule in policy.rules:
        about = [each for each in rule.conditions if each.variable is Variable.GIVEN_BACK]
        if about and all(condition.holds(amount, currency) for condition in about):
            found.append(rule)
    return found


def worsened(policy: Policy, before: Deal, after: Deal) -> list[Matched]:
    """The rules that ask about a deal and did not ask about as much of it before."""
    asked = {each.rule.key: each.measured for each in matches(policy, before)}
    return [
        each for each in matches(policy, after) if not covered(each, asked.get(each.rule.key, ()))
    ]


def covered(matched: Matched, approved: Sequence[Measured]) -> bool:
    """Whether an earlier approval of the same rule covers what it finds now.

    Each thing found must be no worse than what was approved of it; a line that nobody has looked
    at is worse, and so is one that sells something else by now.
    """
    known = {(each.variable, each.line, each.item): each.value for each in approved}
    return all(
        (place := (each.variable, each.line, each.item)) in known
        and all(
            condition.no_worse(each.value, known[place])
            for condition in matched.rule.conditions
            if condition.variable is each.variable
        )
        for each in matched.measured
    )


def faults_of(policy: Policy) -> list[Fault]:
    """Everything that makes no sense about a policy, each with its place."""
    faults: list[Fault] = []
    groups = [group.key for group in policy.groups]
    for at, group in enumerate(policy.groups):
        where = f"groups.{at}"
        if groups.index(group.key) != at:
            faults.append(Fault(f"{where}.key", f"{group.key!r} names two groups"))
        if not group.approvers:
            faults.append(Fault(f"{where}.approvers", "a group without approvers never decides"))
        if (group.escalate_to is None) != (group.escalate_after_hours is None):
            faults.append(
                Fault(f"{where}.escalate_to", "escalation needs hours and a group, or neither")
            )
        if group.escalate_to is not None and (
            group.escalate_to not in groups or group.escalate_to == group.key
        ):
            faults.append(Fault(f"{where}.escalate_to", f"no other group {group.escalate_to!r}"))
        for number, approver in enumerate(group.approvers):
            place = f"{where}.approvers.{number}"
            if (approver.limit is None) != (approver.limit_currency is None):
                faults.append(Fault(f"{place}.limit", "a limit is an amount with its currency"))
            if approver.deputy == approver.subject:
                faults.append(Fault(f"{place}.deputy", "nobody is their own deputy"))
            away = (approver.away_from, approver.away_until)
            if (None in away and away != (None, None)) or (
                approver.away_from is not None
                and approver.away_until is not None
                and approver.away_until < approver.away_from
            ):
                faults.append(Fault(f"{place}.away_until", "an absence has a first and a last day"))
    keys = [rule.key for rule in policy.rules]
    for at, rule in enumerate(policy.rules):
        where = f"rules.{at}"
        if keys.index(rule.key) != at:
            faults.append(Fault(f"{where}.key", f"{rule.key!r} names two rules"))
        if rule.group not in groups:
            faults.append(Fault(f"{where}.group", f"no group {rule.group!r}"))
        faults += _faults_of_conditions(rule, where)
    facts = [limit.fact for limit in policy.fact_limits]
    for at, fact in enumerate(facts):
        if facts.index(fact) != at:
            faults.append(Fault(f"fact_limits.{at}.fact", f"{fact} has two limits"))
    return faults


def _faults_of_conditions(rule: ApprovalRule, where: str) -> Iterator[Fault]:
    if not rule.conditions:
        yield Fault(f"{where}.conditions", "a rule without conditions would hold for every deal")
    for number, condition in enumerate(rule.conditions):
        place = f"{where}.conditions.{number}"
        if condition.variable.is_text != isinstance(condition.value, str):
            kind = "a word" if condition.variable.is_text else "a number"
            yield Fault(f"{place}.value", f"{condition.variable} is {kind}")
        if condition.variable.is_text and condition.comparison not in (
            Comparison.EQUAL,
            Comparison.NOT_EQUAL,
        ):
            yield Fault(f"{place}.comparison", "words are equal or not")
        if condition.variable.is_amount and condition.currency is None:
            yield Fault(f"{place}.currency", f"{condition.variable} is money: name its currency")
