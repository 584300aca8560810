"""What models are put together from: rules of a catalogue, and those of its constraint models."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field, replace
from decimal import Decimal

from cpq.configuration.model import (
    Fact,
    FactType,
    Message,
    Model,
    Node,
    Preference,
    Rule,
    Table,
)
from cpq.readers import fitting
from cpq.readers.cml.reading import Translation
from cpq.readers.refusals import FileCannotBeRead


@dataclass(slots=True)
class Parts:
    """Collects the parts of one model; what is said twice is kept once."""

    _rules: dict[Hashable, Rule] = field(default_factory=dict)
    _tables: dict[Hashable, Table] = field(default_factory=dict)
    _preferences: dict[Hashable, Preference] = field(default_factory=dict)
    _messages: dict[Hashable, Message] = field(default_factory=dict)
    _facts: dict[str, Fact] = field(default_factory=dict)

    def add(self, name: str, translation: Translation) -> None:
        """What a constraint model says, its keys after its name. Raises `FileCannotBeRead`."""
        self.rules(replace(one, key=f"{name}:{one.key}") for one in translation.rules)
        self.tables(replace(one, key=f"{name}:{one.key}") for one in translation.tables)
        for preference in translation.preferences:
            named = replace(preference, key=f"{name}:{preference.key}")
            self._preferences.setdefault(preference.condition, named)
        for message in translation.messages:
            said = replace(message, key=f"{name}:{message.key}")
            self._messages.setdefault((message.condition, message.text), said)
        self.facts(translation.facts)

    def rules(self, rules: Iterable[Rule]) -> None:
        """Adds rules."""
        for one in rules:
            self._rules.setdefault((one.condition, one.message), one)

    def tables(self, tables: Iterable[Table]) -> None:
        """Adds tables."""
        for one in tables:
            self._tables.setdefault((one.columns, frozenset(one.rows), one.allowed), one)

    def facts(self, facts: Iterable[Fact]) -> None:
        """Adds facts, each with what all who ask it name. Raises `FileCannotBeRead`."""
        for fact in facts:
            known = self._facts.get(fact.name)
            self._facts[fact.name] = fact if known is None else _both(known, fact)

    def model(self, key: str, name: str, root: Node) -> Model:
        """The model of a tree."""
        return fitting.fit(
            Model(
                key=key,
                name=name,
                root=root,
                rules=tuple(self._rules.values()),
                tables=tuple(self._tables.values()),
                preferences=tuple(self._preferences.values()),
                messages=tuple(self._messages.values()),
                facts=tuple(self._facts.values()),
            )
        )


def _both(one: Fact, other: Fact) -> Fact:
    if one.type is not other.type:
        raise FileCannotBeRead(
            f"The fact {one.name} is a {one.type} for one constraint model and a {other.type} for"
            " another."
        )
    if one.type is FactType.TEXT:
        return replace(one, values=tuple(dict.fromkeys((*one.values, *other.values))))
    fine = one if one.step <= other.step else other
    low = min(_edge(one.minimum), _edge(other.minimum))
    high = max(_edge(one.maximum), _edge(other.maximum))
    if high - low >= fine.step * fitting.LARGEST_DOMAIN:
        return fine
    return replace(fine, minimum=low, maximum=high)


def _edge(bound: Decimal | None) -> Decimal:
    assert bound is not None
    return bound
