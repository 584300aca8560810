"""A model and its supply as clauses.

`encode` numbers the variables in the model's order, so that equal models have equal clauses.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from cpq.configuration.expressions import (
    AttributeOf,
    CountOf,
    Expression,
    MeasureOf,
    Product,
    Sum,
    walk,
)
from cpq.configuration.model import AttributeType, Model, Preference, Supply
from cpq.solving.encoding.constraints import (
    Constraint,
    Constraints,
    Exclusion,
    exclusions,
)
from cpq.solving.encoding.expressions import Translator
from cpq.solving.encoding.gates import FALSE, TRUE, Clauses, Gates
from cpq.solving.encoding.measures import Measures
from cpq.solving.refusals import ModelIsTooLarge
from cpq.solving.variables import Few, Many, Variables, literals_of, quantity_wish

__all__ = [
    "FALSE",
    "TRUE",
    "Clauses",
    "Constraint",
    "Encoding",
    "Exclusion",
    "Few",
    "Many",
    "Variables",
    "encode",
]


@dataclass(frozen=True, slots=True)
class Encoding:
    """Clauses of a model.

    Attributes:
        core: how many variables the definitions and constraints need; a circuit is compiled from
            those. Variables beyond are defined by `extras`: functions of the others that only
            preferences ask for.
        exclusions: literals that the supply makes false; they are no clauses, so that clauses and
            circuit stay the same while the supply changes.
        preferences: a literal for each, in their order.
        defaults: a literal for each that is possible, in the order of the model; a node's is true
            while its parent is not selected, and an attribute's while its node is not.
        relies: whether sums rely on groups' limits, so that they explain nothing without them.
    """

    model: Model
    variables: Variables
    core: int
    total: int
    definitions: Clauses
    extras: Clauses
    constraints: Clauses
    named: tuple[Constraint, ...]
    exclusions: tuple[Exclusion, ...]
    answers: dict[tuple[str, str], int]
    preferences: tuple[int, ...]
    defaults: tuple[int, ...]
    relies: bool

    def clauses(self) -> Iterator[list[int]]:
        """What a circuit is compiled from: definitions and constraints."""
        yield from self.definitions
        yield from self.constraints


def encode(model: Model, supply: Supply, *, exclusive: bool = True) -> Encoding:
    """The model's clauses. Raises `ModelIsTooLarge`, `ModelMakesNoSense`.

    The variables of targets have the same numbers whatever `exclusive` is; see `Measures`.
    """
    gates = Gates()
    try:
        variables = Variables(model, gates)
        measures = Measures(variables, supply, exclusive=exclusive)
        translator = Translator(variables, measures)
        constraints = Constraints(translator)
        # A question's answer is a choice, which the circuit has to know too.
        answers = {}
        for question in model.questions:
            for answer in question.answers:
                gates.place = f"{question.key}.{answer.code}"
                answers[question.key, answer.code] = translator.literal(answer.then)
        defaults = list(_defaults(variables))
        # Preferences that only ask what is there are cheap to know; sums would swell the circuit.
        preferences = {
            at: _preferred(translator, one)
            for at, one in enumerate(model.preferences)
            if not _adds(one.condition)
        }
        core, definitions = gates.variables, gates.clauses
        gates.clauses = Clauses()
        for at, one in enumerate(model.preferences):
            if at not in preferences:
                preferences[at] = _preferred(translator, one)
        total, extras = gates.variables, gates.clauses
        gates.clauses = Clauses()
        _check_calculated(variables, translator)
    except RecursionError as error:
        raise ModelIsTooLarge(f"{gates.place} is nested too deeply", field=gates.place) from error
    return Encoding(
        model,
        variables,
        core,
        total,
        definitions,
        extras,
        constraints.clauses,
        tuple(constraints.list),
        tuple(exclusions(variables, supply)),
        answers,
        tuple(preferences[at] for at in range(len(preferences))),
        tuple(defaults),
        measures.relied,
    )


def _adds(condition: Expression) -> bool:
    return any(isinstance(part, MeasureOf | Sum | Product | CountOf) for part in walk(condition))


def _preferred(translator: Translator, preference: Preference) -> int:
    translator.gates.place = preference.key
    return translator.literal(preference.condition)


def _defaults(variables: Variables) -> Iterator[int]:
    for part in variables.parts.values():
        wish = quantity_wish(part)
        if wish:
            parent = TRUE if part.parent is None else part.parent.selected
            yield variables.gates.either((-parent, variables.gates.both(wish)))
        for attribute in part.node.attributes:
            domain = part.attributes.get(attribute.code)
            if domain is None:
                continue
            literals = literals_of(domain, attribute.default)
            if literals:
                value = variables.gates.both(literals)
                yield variables.gates.either((-part.selected, value))


def _check_calculated(variables: Variables, translator: Translator) -> None:
    """What is calculated makes sense. Its clauses are not kept: its value follows from the others.

    Raises `ModelMakesNoSense`, `ModelIsTooLarge`.
    """
    for part in variables.parts.values():
        for attribute in part.node.attributes:
            if attribute.expression is None:
                continue
            target = AttributeOf(part.node.key, attribute.code)
            translator.gates.place = f"{part.node.key}.{attribute.code}"
            if attribute.type is AttributeType.BOOLEAN:
                translator.literal(target)
            else:
                translator.number(target)
