"""How old the facts are that a deal rests on, and whether they are too old."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from cpq.approvals.rules.policy import FactKind, FactLimit
from servicekit.errors import RuleBroken


class FactsAreStale(RuleBroken):
    """Nothing is offered on facts that the policy calls too old."""

    code = "facts-are-stale"
    title = "Facts that the quote rests on are older than the policy allows"
    hint = "Wait until the CRM and the ERP have told newer ones, or have the policy changed."


@dataclass(frozen=True, slots=True)
class FactAge:
    """How old a fact is."""

    fact: FactKind
    seconds: int
    line: str | None = None
    """The line that it is about; None: the whole deal."""


@dataclass(frozen=True, slots=True)
class FactFlag:
    """A fact that is older than the policy allows."""

    fact: FactKind
    line: str | None
    age_seconds: int
    limit_seconds: int
    blocks: bool


def flags_of(limits: Iterable[FactLimit], ages: Iterable[FactAge]) -> list[FactFlag]:
    """The facts that are past their limit."""
    by_fact: Mapping[FactKind, FactLimit] = {limit.fact: limit for limit in limits}
    return [
        FactFlag(age.fact, age.line, age.seconds, limit.seconds, limit.blocks)
        for age in ages
        if (limit := by_fact.get(age.fact)) is not None and age.seconds > limit.seconds
    ]


def check_freshness(flags: Iterable[FactFlag]) -> None:
    """Raise `FactsAreStale` if a flag blocks."""
    blocking = [flag for flag in flags if flag.blocks]
    if blocking:
        worst = max(blocking, key=lambda flag: flag.age_seconds - flag.limit_seconds)
        of = f" of line {worst.line}" if worst.line else ""
        raise FactsAreStale(
            f"{len(blocking)} facts are too old; the {worst.fact}{of} is {worst.age_seconds} s "
            f"old, the limit is {worst.limit_seconds} s"
        )
