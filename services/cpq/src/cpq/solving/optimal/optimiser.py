"""Requests to an integer program: fix the choices, minimise in order, read the configuration."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from ortools.sat.python import cp_model

from cpq.configuration.answers import Completion, Goal
from cpq.configuration.evaluation import EXACT, Semantics, canonical
from cpq.configuration.expressions import (
    AttributeOf,
    Measure,
    Quantity,
    Selected,
    Value,
)
from cpq.configuration.model import (
    AnswerTo,
    Choice,
    FactType,
    Model,
    Supply,
    Target,
)
from cpq.solving.optimal.expressions import Translator
from cpq.solving.optimal.measures import Measures
from cpq.solving.optimal.program import Literal, Number, Program
from cpq.solving.optimal.tree import Grid, Part, Tree
from cpq.solving.refusals import ChoicesClash, ConfigurationTakesTooLong, ModelIsTooLarge

MOST_AT_ONCE: Final = 2**50
"""Wishes are weighted into one sum while it stays below; those that come after have their turn."""

WORK_ON_TIES: Final = 0.2
"""In CP-SAT's own measure of work, some tenths of a second: the same whatever else runs."""

_ASKED: Final = {
    Goal.LOWEST_PRICE: ((Measure.PRICE, 1),),
    Goal.HIGHEST_PRICE: ((Measure.PRICE, -1),),
    Goal.HIGHEST_MARGIN: ((Measure.PRICE, -1), (Measure.COST, 1)),
    Goal.EARLIEST_DELIVERY: ((Measure.DELIVERY_DAYS, 1),),
}
"""What each goal minimises."""

_OF_THE_GOAL: Final = 2
"""So many wishes are the goal itself; the others choose among equally good configurations."""


@dataclass(frozen=True, slots=True)
class _Sum:
    """Something to minimise: coefficients by variable, the largest difference it can make."""

    terms: Mapping[int, int]
    span: int


class Optimiser:
    """Finds best configurations of one model at one moment of supply. Threads may share it."""

    def __init__(self, model: Model, supply: Supply) -> None:
        """Build the program. Raises `ModelIsTooLarge`, `ModelMakesNoSense`."""
        self._model = model
        self._supply = supply
        self._program = Program()
        self._building = threading.Lock()
        self._goals: dict[Goal, list[_Sum]] = {}
        try:
            self._tree = Tree(model, self._program)
            self._measures = Measures(self._tree, supply)
            self._translator = Translator(self._tree, self._measures)
            self._demand()
            self._answers = {
                (question.key, answer.code): self._translator.literal(answer.then)
                for question in model.questions
                for answer in question.answers
            }
        except RecursionError as error:
            place = self._program.place
            raise ModelIsTooLarge(f"{place} is nested too deeply", field=place) from error

    def _demand(self) -> None:
        """Rules, tables, and nothing that is not sold."""
        for table in self._model.tables:
            self._program.place = table.key
            self._translator.require_table(table)
        for rule in self._model.rules:
            self._program.place = rule.key
            self._translator.require(rule.condition)
        unavailable = {one.item for one in self._supply.unavailable}
        for part in self._tree.parts.values():
            if part.node.item in unavailable:
                self._program.require([part.selected.negated()])
            for attribute in part.node.attributes:
                codes = part.attributes.get(attribute.code)
                if isinstance(codes, dict):
                    for option in attribute.options:
                        if option.item in unavailable:
                            self._program.require([codes[option.code].negated()])

    def best(
        self,
        choices: Sequence[Choice],
        facts: Mapping[str, Value],
        goal: Goal,
        *,
        seconds: float,
    ) -> Completion:
        """The best valid configuration with these choices, the same whatever their order.

        A configuration of which a part of what the goal asks is not known is proposed only where
        there is no other. Among equally good ones those with the fewest parts are preferred, then
        those whose parts stand first in the model, then the first values; WORK_ON_TIES bounds how
        long they are looked for. `optimal` is false where the time ran out before the goal was
        proved. Choices and facts must be such as the model has.

        Raises `ChoicesClash`, `ConfigurationTakesTooLong`, `ModelIsTooLarge`.
        """
        end = time.monotonic() + seconds
        with self._building:
            wishes = self._wishes(goal)
            program = self._program.model.clone()
        self._fix(program, choices, facts)
        solution: list[int] | None = None
        for together in _packed(wishes[:_OF_THE_GOAL]):
            found, optimal = _minimised(program, together, solution, end - time.monotonic())
            if found is not None:
                solution = found
            elif solution is None and optimal:
                raise ChoicesClash("No valid configuration has these choices")
            if not optimal:
                break
        if solution is None:
            raise ConfigurationTakesTooLong(
                f"{seconds:g} s were not enough to complete the choices", doing="completing"
            )
        for together in _packed(wishes[_OF_THE_GOAL:]) if optimal else ():
            left = end - time.monotonic()
            found, proved = _minimised(program, together, solution, left, WORK_ON_TIES)
            solution = found or solution
            if not proved:
                break
        values = tuple(self._values(solution))
        semantics = Semantics(self._model, facts, self._supply)
        totals = semantics.totals(canonical(self._model, values))
        return Completion(values, totals, optimal)

    def ends(
        self,
        target: Quantity | AttributeOf,
        choices: Sequence[Choice],
        facts: Mapping[str, Value],
        *,
        seconds: float,
    ) -> tuple[Decimal, Decimal] | None:
        """The lowest and the highest value of a number where its node is selected.

        None where no configuration with these choices selects it. Sums of many parts, whose ends
        are hard for clauses, are easy here. Raises `ConfigurationTakesTooLong`, `ModelIsTooLarge`.
        """
        end = time.monotonic() + seconds
        with self._building:
            number = self._translator.number(target)
            program = self._program.model.clone()
        self._fix(program, choices, facts)
        program.add_bool_or([_in(program, self._tree.parts[target.node].selected)])
        found: list[Decimal] = []
        for sign in (1, -1):
            wish = _Sum({at: sign * weight for at, weight in number.terms.items()}, 0)
            bounded = program.clone()
            solution, proved = _minimised(bounded, wish, None, end - time.monotonic())
            if not proved:
                raise ConfigurationTakesTooLong(
                    f"{seconds:g} s were not enough for the ends of a number", doing="measuring"
                )
            if solution is None:
                return None
            reached = sum(weight * solution[at] for at, weight in number.terms.items())
            found.append(Decimal(number.constant + reached).scaleb(-number.places, EXACT))
        return found[0], found[1]

    # --- the request -------------------------------------------------------------------------

    def _fix(
        self, program: cp_model.CpModel, choices: Sequence[Choice], facts: Mapping[str, Value]
    ) -> None:
        """Demand the choices and facts in a clone of the program."""
        for literal in self._fixed(program, choices, facts):
            program.add_bool_or([_in(program, literal)])

    def _fixed(
        self, program: cp_model.CpModel, choices: Sequence[Choice], facts: Mapping[str, Value]
    ) -> Iterator[Literal]:
        """What the request makes true; grids are fixed in the program. In the model's order."""
        for fact in self._model.facts:
            domain = self._tree.facts[fact.name]
            if isinstance(domain, Grid):
                if fact.name in facts:
                    yield from self._at(program, domain, facts[fact.name])
            elif fact.name in facts:
                for value, literal in domain.items():
                    yield literal if value == facts[fact.name] else literal.negated()
            elif fact.type is FactType.TEXT and domain:
                program.add_bool_or([_in(program, one) for one in domain.values()])
        yield from self._tree.named_elsewhere(facts)
        order = {key: at for at, key in enumerate(self._tree.parts)}

        def place(choice: Choice) -> tuple[int, str]:
            target = choice.target
            known = order.get(target.node, 0) if not isinstance(target, AnswerTo) else len(order)
            return known, repr(choice)

        for choice in sorted(choices, key=place):
            yield from self._chosen(program, choice)

    def _chosen(self, program: cp_model.CpModel, choice: Choice) -> Iterator[Literal]:
        match choice.target:
            case AnswerTo(question):
                yield self._answers[question, str(choice.value)]
            case Selected(node):
                selected = self._tree.parts[node].selected
                yield selected if choice.value is True else selected.negated()
            case Quantity(node):
                assert isinstance(choice.value, Decimal)
                quantity = self._tree.parts[node].quantity
                if choice.value % 1:
                    yield self._program.false
                else:
                    program.add(_expression(program, quantity) == int(choice.value))
            case AttributeOf(node, code):
                part = self._tree.parts[node]
                yield part.selected
                domain = part.attributes.get(code)
                if isinstance(domain, Grid):
                    yield from self._at(program, domain, choice.value)
                elif isinstance(domain, dict):
                    yield domain.get(str(choice.value), self._program.false)
                elif domain is not None:
                    yield domain if choice.value is True else domain.negated()

    def _at(self, program: cp_model.CpModel, grid: Grid, value: Value) -> Iterator[Literal]:
        assert isinstance(value, Decimal)
        position = grid.at(value)
        if position is None:
            yield self._program.false
        else:
            program.add(_variable(program, grid.position.index) == position)

    # --- the goal ----------------------------------------------------------------------------

    def _wishes(self, goal: Goal) -> list[_Sum]:
        """What is minimised, each only among what is best for those before it.

        First whether anything that the goal asks is not known, then the goal.
        """
        known = self._goals.get(goal)
        if known is not None:
            return known
        program, parts = self._program, list(self._tree.parts.values())
        asked = _ASKED[goal]
        unknown = program.either([self._measures.unknown(measure) for measure, _ in asked])
        wishes = (
            program.of_literals([(unknown, 1)]),
            program.add(
                [program.times(self._measures(measure), Decimal(sign)) for measure, sign in asked]
            ),
            program.of_literals([(part.selected, 1) for part in parts]),
            program.of_literals([(part.selected, at) for at, part in enumerate(parts)]),
            program.add([number for part in parts for number in self._firsts(part)]),
        )
        found = [_Sum(wish.terms, wish.high - wish.low) for wish in wishes]
        self._goals[goal] = found
        return found

    def _firsts(self, part: Part) -> Iterator[Number]:
        """How far the values of a part's attributes are from the first ones."""
        program = self._program
        for domain in part.attributes.values():
            if isinstance(domain, Grid):
                yield program.of_variable(domain.position, 0, domain.size - 1)
            elif isinstance(domain, dict):
                yield program.of_literals(
                    [(literal, at) for at, literal in enumerate(domain.values())]
                )
            else:
                yield program.of_literals([(domain, 1)])
        yield part.quantity

    # --- the answer --------------------------------------------------------------------------

    def _values(self, solution: Sequence[int]) -> Iterator[tuple[Target, Value]]:
        """Every node in the model's order, with the attributes of those that are selected."""
        for key, part in self._tree.parts.items():
            selected = _is_true(part.selected, solution)
            if part.node.maximum == 1:
                yield Selected(key), selected
            else:
                terms = part.quantity.terms.items()
                amount = part.quantity.constant + sum(weight * solution[at] for at, weight in terms)
                yield Quantity(key), Decimal(amount)
            if not selected:
                continue
            for code, domain in part.attributes.items():
                if isinstance(domain, Grid):
                    value: Value = domain.value(solution[domain.position.index])
                elif isinstance(domain, dict):
                    value = next(
                        one for one, literal in domain.items() if _is_true(literal, solution)
                    )
                else:
                    value = _is_true(domain, solution)
                yield AttributeOf(key, code), value


def _packed(wishes: Sequence[_Sum]) -> Iterator[_Sum]:
    """Wishes weighted into as few sums as stay exact, each only after those before it."""
    together = wishes[0]
    for wish in wishes[1:]:
        weight = wish.span + 1
        if (together.span + 1) * weight > MOST_AT_ONCE:
            yield together
            together = wish
            continue
        terms = {variable: factor * weight for variable, factor in together.terms.items()}
        for variable, factor in wish.terms.items():
            terms[variable] = terms.get(variable, 0) + factor
        together = _Sum(terms, together.span * weight + wish.span)
    yield together


def _minimised(
    program: cp_model.CpModel,
    wish: _Sum,
    hint: Sequence[int] | None,
    seconds: float,
    work: float | None = None,
) -> tuple[list[int] | None, bool]:
    """A best solution, and whether it is proved that it is one (or that there is none).

    The program is left with the demand that later solutions are as good.
    """
    if seconds <= 0:
        return None, False
    objective = cp_model.LinearExpr.weighted_sum(
        [_variable(program, at) for at in wish.terms], list(wish.terms.values())
    )
    program.minimize(objective)
    if hint is not None:
        program.proto.clear_solution_hint()
        program.proto.solution_hint.vars.extend(range(len(hint)))
        program.proto.solution_hint.values.extend(hint)
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = 1
    solver.parameters.max_time_in_seconds = seconds
    if work is not None:
        solver.parameters.max_deterministic_time = work
    status = solver.solve(program)
    if status == cp_model.MODEL_INVALID:
        raise ModelIsTooLarge("The sums of the model are too large", field="@price")
    if status == cp_model.INFEASIBLE:
        return None, True
    if status == cp_model.UNKNOWN:
        return None, False
    solution = list(solver.response_proto.solution)
    program.proto.clear_objective()
    if wish.terms:
        reached = sum(factor * solution[at] for at, factor in wish.terms.items())
        program.add(objective <= reached)
    return solution, bool(status == cp_model.OPTIMAL)


def _variable(program: cp_model.CpModel, index: int) -> cp_model.IntVar:
    return program.get_int_var_from_proto_index(index)


def _in(program: cp_model.CpModel, literal: Literal) -> Literal:
    """The literal of a clone that corresponds to one of the program."""
    if literal.index >= 0:
        return _variable(program, literal.index)
    return _variable(program, -literal.index - 1).negated()


def _expression(program: cp_model.CpModel, number: Number) -> cp_model.LinearExprT:
    if not number.terms:
        return number.constant
    variables = [_variable(program, at) for at in number.terms]
    weights = list(number.terms.values())
    return cp_model.LinearExpr.weighted_sum(variables, weights) + number.constant


def _is_true(literal: Literal, solution: Sequence[int]) -> bool:
    return bool(solution[literal.index] if literal.index >= 0 else 1 - solution[-literal.index - 1])
