"""How choices and facts are written: targets as texts, numbers as decimal strings, days as ISO."""

import re
from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from cpq.choices.asked import Asked, Said
from cpq.configuration.expressions import AttributeOf, Quantity, Selected, Value
from cpq.configuration.language import ExpressionCannotBeRead, ExpressionIsTooLarge, parse, unparse
from cpq.configuration.model import (
    AnswerTo,
    Attribute,
    AttributeType,
    Choice,
    Fact,
    FactType,
    Model,
    Target,
)
from cpq.solving import FactMakesNoSense, UnknownFact, UnknownTarget, UnknownValue
from servicekit.values import plain

LONGEST_TARGET: Final = 1_000
LONGEST_NUMBER: Final = 40
EPOCH: Final = date(1970, 1, 1)
_DECIMAL: Final = re.compile(r"-?[0-9]+(\.[0-9]+)?")


class Wording:
    """Reads and writes the choices of one model."""

    def __init__(self, model: Model) -> None:
        self._attributes: dict[AttributeOf, Attribute] = {}
        self._facts = {fact.name: fact for fact in model.facts}
        self._questions = {question.key for question in model.questions}
        self._targets: dict[str, Target] = {}
        self._texts: dict[Target, str] = {}
        for node in model.nodes():
            self._know(Selected(node.key))
            self._know(Quantity(node.key))
            for attribute in node.attributes:
                target = AttributeOf(node.key, attribute.code)
                self._attributes[target] = attribute
                self._know(target)

    def _know(self, target: Selected | Quantity | AttributeOf) -> None:
        text = unparse(target)
        self._targets[text] = target
        self._texts[target] = text

    def text(self, target: Target) -> str | dict[str, str]:
        """How a target is written: a text, or an object that names a question."""
        if isinstance(target, AnswerTo):
            return {"question": target.question}
        return self._texts[target]

    def target(self, asked: Asked, field: str) -> Target:
        """The target that a request names. Raises `UnknownTarget`."""
        if asked.question is not None:
            if asked.question not in self._questions:
                raise UnknownTarget(f"there is no question {asked.question[:80]!r}", field=field)
            return AnswerTo(asked.question)
        text = asked.target or ""
        known = self._targets.get(text)
        if known is not None:
            return known
        try:
            # Written in another way than ours, with spaces or backticks that are not needed.
            parsed = parse(text[:LONGEST_TARGET])
        except (ExpressionCannotBeRead, ExpressionIsTooLarge) as refusal:
            raise UnknownTarget(
                f"{text[:80]!r} is no target: {refusal.detail}", field=field
            ) from refusal
        if isinstance(parsed, Selected | Quantity | AttributeOf) and parsed in self._texts:
            return parsed
        raise UnknownTarget(f"the model has no {text[:80]!r}", field=field)

    def choice(self, at: int, asked: Asked) -> Choice:
        """The choice that a request makes. Raises `UnknownTarget`, `UnknownValue`."""
        target = self.target(asked, f"choices.{at}.target")
        return Choice(target, self.value(target, asked.value, f"choices.{at}.value"))

    def value(self, target: Target, said: Said, field: str) -> Value:
        """The value that a request means for a target. Raises `UnknownValue`."""
        kind = self._kind(target)
        if kind is AttributeType.BOOLEAN:
            if isinstance(said, bool):
                return said
            raise UnknownValue(f"write true or false, not {said!r:.80}", field=field)
        if kind in (AttributeType.INTEGER, AttributeType.DECIMAL):
            number = _number(said)
            if number is None:
                raise UnknownValue(
                    f'write a number such as 2 or "12.5", not {said!r:.80}', field=field
                )
            return number
        if isinstance(said, str):
            return said
        raise UnknownValue(f"write the value's code as text, not {said!r:.80}", field=field)

    def _kind(self, target: Target) -> AttributeType:
        match target:
            case Selected():
                return AttributeType.BOOLEAN
            case Quantity():
                return AttributeType.INTEGER
            case AnswerTo():
                return AttributeType.ENUMERATION
            case AttributeOf():
                return self._attributes[target].type

    def fact(self, name: str, value: Value) -> bool | str:
        """A fact's value as a request writes it: of a date, the day."""
        if self._facts[name].type is FactType.DATE and isinstance(value, Decimal):
            return (EPOCH + timedelta(days=int(value))).isoformat()
        return said(value)

    def facts(self, said: Mapping[str, Said]) -> dict[str, Value]:
        """The facts that a request states. Raises `UnknownFact`, `FactMakesNoSense`."""
        found: dict[str, Value] = {}
        for name, value in said.items():
            fact = self._facts.get(name)
            if fact is None:
                raise UnknownFact(f"there is no fact {name[:80]!r}", field=f"facts.{name[:80]}")
            found[name] = fact_value(fact, value)
        return found


def fact_value(fact: Fact, said: Said) -> Value:
    """The value of a fact as the request writes it. Raises `FactMakesNoSense`."""
    field = f"facts.{fact.name}"
    if fact.type is FactType.NUMBER:
        number = _number(said)
        if number is None:
            raise FactMakesNoSense('write a number such as 2 or "12.5"', field=field)
        return number
    if not isinstance(said, str):
        raise FactMakesNoSense("write it as text", field=field)
    if fact.type is FactType.TEXT:
        return said
    try:
        return days(date.fromisoformat(said))
    except ValueError as error:
        raise FactMakesNoSense('write a day such as "2026-11-23"', field=field) from error


def days(day: date) -> Decimal:
    """A date as expressions count it: days since 1970-01-01."""
    return Decimal((day - EPOCH).days)


def said(value: Value) -> bool | str:
    """A value as answers write it: numbers are canonical decimal strings."""
    return plain(value) if isinstance(value, Decimal) else value


def _number(value: Said) -> Decimal | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return Decimal(value) if abs(value) < 10**LONGEST_NUMBER else None
    if len(value) > LONGEST_NUMBER or not _DECIMAL.fullmatch(value):
        return None
    return Decimal(value)
