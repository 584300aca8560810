"""New versions of price books in the place of those that priced a document: pure.

What a document was priced by is kept as a list of rules, each with the book and the version that it
came from. A draft takes the place of the version of its key, and of nothing else: rules of other
books, single rules, list prices and rates stay those of then.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TypeAlias

from cpq.pricing.rules.books import PriceBookIsAmbiguous, case_of
from cpq.pricing.rules.lines import DocumentToPrice
from cpq.pricing.rules.rule import Rule
from cpq.pricing.rules.rulebook import PriceRules
from servicekit.values import Period

Days: TypeAlias = tuple[date, date | None]
"""The first day, and the first one no longer; equal for what was retired on its first day."""


@dataclass(frozen=True, slots=True)
class DraftOfBook:
    """A version that is tried: its rules, and the days of the versions whose place it takes."""

    key: str
    version: str
    """The book and its version, such as `spring:3`."""
    rules: Mapping[str | None, Sequence[Rule]]
    """By the item that they are for, each on its own days."""
    days: Mapping[str, Days] = field(default_factory=dict)
    """Of the versions of the key that were ever published, by what rules call them."""

    @classmethod
    def of(
        cls, key: str, version: str, rules: Iterable[Rule], days: Mapping[str, Days]
    ) -> DraftOfBook:
        """Sort the rules by item, so that those of a document are found without looking at all."""
        sorted_out: dict[str | None, list[Rule]] = {}
        for rule in rules:
            sorted_out.setdefault(rule.scope.subject, []).append(rule)
        return cls(key, version, sorted_out, days)

    def start(self, day: date, replaced: Iterable[str]) -> date:
        """The first day of the version in whose place it stands; the document's own if there is
        none. Of rules that are equally specific the newest wins, so this decides who goes first.
        """
        named = [self.days[version][0] for version in replaced if version in self.days]
        held = [
            first
            for first, end in self.days.values()
            if first <= day and (end is None or day < end)
        ]
        return max(named or held, default=day)


class Substitution:
    """Drafts that are tried together, in the place of what was published under their keys."""

    def __init__(self, drafts: Sequence[DraftOfBook], on: date | None = None) -> None:
        """`on` is the day whose rules of the drafts count; None: each document's own day."""
        self._drafts = {draft.key: draft for draft in drafts}
        self._on = on

    def rules_for(self, document: DocumentToPrice, rules: PriceRules) -> PriceRules | None:
        """What would price the document now; None: the drafts say what the old versions said.

        Raises `PriceBookIsAmbiguous` where a rule of a draft is for a case that another draft has
        a rule for, or a book that stays.
        """
        old: dict[str, list[Rule]] = {key: [] for key in self._drafts}
        staying: list[Rule] = []
        for rule in rules.rules:
            old.get(book_of(rule), staying).append(rule)
        may_fit = _MayFit(document)
        new: list[Rule] = []
        same = True
        for key, draft in self._drafts.items():
            found = self._of_draft(draft, may_fit, rules.day, old[key])
            same = same and _meaning(found) == _meaning(filter(may_fit, old[key]))
            new += found
        if same:
            return None
        _refuse_ambiguity(new, staying)
        return PriceRules(rules.day, rules=[*staying, *new])

    def _of_draft(
        self, draft: DraftOfBook, may_fit: _MayFit, day: date, old: Sequence[Rule]
    ) -> list[Rule]:
        """The rules of a draft that hold and may fit the document, as old as those before."""
        start = draft.start(day, {rule.version for rule in old})
        asked = self._on or day
        return [
            replace(
                rule,
                period=Period(min(max(rule.period.start, start), day)),
                version=draft.version,
            )
            for subject in may_fit.subjects
            for rule in draft.rules.get(subject, ())
            if asked in rule.period and may_fit(rule)
        ]


class _MayFit:
    """Whether a rule may be for a line of a document; most of a large book are not."""

    def __init__(self, document: DocumentToPrice) -> None:
        on, lines = document.on, document.lines
        self.subjects: frozenset[str | None] = frozenset(
            {None, *(line.sku for line in lines), *(str(line.item_id) for line in lines)}
        )
        self._categories = frozenset({None, *(line.category for line in lines)})
        self._customers = frozenset({None, *on.customers})
        self._currencies, self._books = (None, on.currency), (None, on.price_book)

    def __call__(self, rule: Rule) -> bool:
        scope = rule.scope
        return (
            scope.subject in self.subjects
            and scope.category in self._categories
            and scope.customer_id in self._customers
            and scope.currency in self._currencies
            and scope.price_book in self._books
        )


def book_of(rule: Rule) -> str:
    """The key of the book that a rule is of; empty: it is of none."""
    return book_of_version(rule.version)


def book_of_version(version: str) -> str:
    """The key of the book of `spring:3`."""
    return version.rpartition(":")[0]


def _meaning(rules: Iterable[Rule]) -> set[Rule]:
    """Rules without what decides no price: the number of the version, and their last day."""
    return {replace(rule, version="", period=Period(rule.period.start)) for rule in rules}


def _refuse_ambiguity(new: Iterable[Rule], staying: Iterable[Rule]) -> None:
    cases = {case_of(rule): rule for rule in staying if book_of(rule)}
    for rule in sorted(new, key=lambda one: (one.version, one.key)):
        other = cases.setdefault(case_of(rule), rule)
        if other is not rule:
            raise PriceBookIsAmbiguous(
                f"rule {rule.key!r} of {rule.version} and rule {other.key!r} of {other.version} "
                "are for the same case",
                rule=rule.key,
                other=other.key,
                other_book=other.version,
            )
