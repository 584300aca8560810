"""Requests and answers of the approval policy."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from cpq.approvals.rules import (
    ApprovalRule,
    Approver,
    ApproverGroup,
    Comparison,
    Condition,
    FactLimit,
    Policy,
    Variable,
)
from servicekit.http import (
    AmountIn,
    AmountOut,
    CurrencyCode,
    DayIn,
    In,
    Name,
    Out,
    SignedAmountIn,
)

Key = Annotated[
    str, StringConstraints(min_length=1, max_length=60, pattern=r"^[A-Za-z0-9][A-Za-z0-9_.:-]*$")
]
SubjectName = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Word = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class ConditionIn(In):
    """A comparison of something about the deal with a number or a word."""

    variable: Variable
    """What is compared; names that begin with line_ are of a line. Fractions are of one."""
    comparison: Comparison
    """How: gt, gte, lt, lte, eq, ne; words are only equal or not."""
    number: SignedAmountIn | None = None
    """The number that it is compared with."""
    text: Word | None = None
    """The word that it is compared with."""
    currency: CurrencyCode | None = None
    """The currency of an amount; a deal in another one fulfils the condition, to be looked at."""

    @model_validator(mode="after")
    def _one_value(self) -> Self:
        if (self.number is None) == (self.text is None):
            raise ValueError("compare with a number or with a text")
        return self

    def condition(self) -> Condition:
        """The value."""
        value: Decimal | str = self.number if self.number is not None else self.text or ""
        return Condition(self.variable, self.comparison, value, self.currency)


class ApprovalRuleIn(In):
    """A case that somebody must approve: all its conditions hold."""

    key: Key
    """What approvals know it by, over all versions."""
    name: Name
    """Why it is asked, for people."""
    conditions: Annotated[list[ConditionIn], Field(min_length=1, max_length=20)]
    """Joined by "and"; those of a line hold of the same line."""
    group: Key
    """Whose approval it needs."""
    chain: Key = "main"
    """Chains are asked side by side."""
    level: Annotated[int, Field(ge=1, le=100)] = 1
    """Levels of a chain are asked one after the other, rules of one level side by side."""


class ApproverIn(In):
    """Somebody who decides."""

    subject: SubjectName
    """The subject of their access token."""
    limit: AmountIn | None = None
    """The most that a deal may be worth, without tax; null: anything."""
    limit_currency: CurrencyCode | None = None
    """The currency of the limit; deals in another one are above it."""
    deputy: SubjectName | None = None
    """Who decides while they are away."""
    away_from: DayIn | None = None
    """The first day of their absence."""
    away_until: DayIn | None = None
    """The last day of their absence."""


class ApproverGroupIn(In):
    """People of whom one decides."""

    key: Key
    """What rules name it by."""
    name: Name
    """What people call it."""
    approvers: Annotated[list[ApproverIn], Field(min_length=1, max_length=200)]
    """Its people."""
    escalate_after_hours: Annotated[int | None, Field(ge=1, le=8_760)] = None
    """When another group may decide as well; null: never."""
    escalate_to: Key | None = None
    """Which group."""


class FactLimitIn(In):
    """How old a fact of another service may be."""

    fact: Literal["credit", "cost", "stock", "price"]
    """Which fact."""
    seconds: Annotated[int, Field(ge=1, le=315_360_000)]
    """The oldest that it may be."""
    blocks: bool
    """An older one keeps quotes from being sent; else it is only flagged."""


class PolicyIn(In):
    """The whole policy."""

    rules: Annotated[list[ApprovalRuleIn], Field(max_length=500)] = []  # noqa: RUF012
    """Cases that need an approval."""
    groups: Annotated[list[ApproverGroupIn], Field(max_length=200)] = []  # noqa: RUF012
    """Who decides."""
    fact_limits: Annotated[list[FactLimitIn], Field(max_length=4)] = []  # noqa: RUF012
    """How old facts may be."""

    def policy(self) -> Policy:
        """The value, not examined yet."""
        return Policy(
            rules=tuple(
                ApprovalRule(
                    key=rule.key,
                    name=rule.name,
                    conditions=tuple(condition.condition() for condition in rule.conditions),
                    group=rule.group,
                    chain=rule.chain,
                    level=rule.level,
                )
                for rule in self.rules
            ),
            groups=tuple(
                ApproverGroup(
                    key=group.key,
                    name=group.name,
                    approvers=tuple(
                        Approver(**approver.model_dump()) for approver in group.approvers
                    ),
                    escalate_after_hours=group.escalate_after_hours,
                    escalate_to=group.escalate_to,
                )
                for group in self.groups
            ),
            fact_limits=tuple(FactLimit(**limit.model_dump()) for limit in self.fact_limits),
        )


class ConditionOut(Out):
    """A comparison of something about the deal with a number or a word."""

    variable: Variable
    """What is compared."""
    comparison: Comparison
    """How."""
    number: AmountOut | None
    """The number that it is compared with."""
    text: str | None
    """The word that it is compared with."""
    currency: str | None
    """The currency of an amount."""


class ApprovalRuleOut(Out):
    """A case that somebody must approve."""

    key: str
    """What approvals know it by."""
    name: str
    """Why it is asked."""
    conditions: list[ConditionOut]
    """Joined by "and"."""
    group: str
    """Whose approval it needs."""
    chain: str
    """Chains are asked side by side."""
    level: int
    """Levels of a chain are asked one after the other."""


class ApproverOut(Out):
    """Somebody who decides."""

    subject: str
    """The subject of their access token."""
    limit: AmountOut | None
    """The most that a deal may be worth, without tax; null: anything."""
    limit_currency: str | None
    """The currency of the limit."""
    deputy: str | None
    """Who decides while they are away."""
    away_from: date | None
    """The first day of their absence."""
    away_until: date | None
    """The last day of their absence."""


class ApproverGroupOut(Out):
    """People of whom one decides."""

    key: str
    """What rules name it by."""
    name: str
    """What people call it."""
    approvers: list[ApproverOut]
    """Its people."""
    escalate_after_hours: int | None
    """When another group may decide as well."""
    escalate_to: str | None
    """Which group."""


class FactLimitOut(Out):
    """How old a fact of another service may be."""

    fact: Literal["credit", "cost", "stock", "price"]
    """Which fact."""
    seconds: int
    """The oldest that it may be."""
    blocks: bool
    """An older one keeps quotes from being sent."""


class PolicyOut(Out):
    """The policy and its version; version 0: nobody has said anything, nothing is asked."""

    version: int
    """Counts the policy's versions from 1."""
    rules: list[ApprovalRuleOut]
    """Cases that need an approval."""
    groups: list[ApproverGroupOut]
    """Who decides."""
    fact_limits: list[FactLimitOut]
    """How old facts may be."""

    @classmethod
    def of(cls, policy: Policy) -> Self:
        """Render it."""
        return cls(
            version=policy.version,
            rules=[
                ApprovalRuleOut(
                    key=rule.key,
                    name=rule.name,
                    conditions=[_condition(condition) for condition in rule.conditions],
                    group=rule.group,
                    chain=rule.chain,
                    level=rule.level,
                )
                for rule in policy.rules
            ],
            groups=[ApproverGroupOut.model_validate(group) for group in policy.groups],
            fact_limits=[FactLimitOut.model_validate(limit) for limit in policy.fact_limits],
        )


def _condition(condition: Condition) -> ConditionOut:
    value = condition.value
    return ConditionOut(
        variable=condition.variable,
        comparison=condition.comparison,
        number=value if isinstance(value, Decimal) else None,
        text=value if isinstance(value, str) else None,
        currency=condition.currency,
    )
