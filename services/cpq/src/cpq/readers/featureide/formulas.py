"""The rules of a FeatureIDE file as expressions."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from decimal import Decimal
from typing import Final

from cpq.configuration.expressions import (
    And,
    Compare,
    Comparison,
    Constant,
    CountOf,
    Equivalent,
    Expression,
    Implies,
    Not,
    Or,
    Selected,
)
from cpq.configuration.language import ExpressionIsTooLarge, unparse
from cpq.configuration.model import Rule
from cpq.readers.feature_models import ConstraintKeys, shortened
from cpq.readers.findings import Findings
from cpq.readers.markup import Element
from cpq.readers.refusals import FileCannotBeRead

_BESIDE: Final = {"description", "graphics", "property", "tags"}
_OPERANDS: Final = {"not": 1, "imp": 2, "eq": 2}


class Formulas:
    """Reads the constraints of one file."""

    def __init__(self, name: str, features: Collection[str], findings: Findings) -> None:
        self._name = name
        self._features = features
        self._findings = findings
        self._keys = ConstraintKeys()

    def rules(self, constraints: Element) -> Iterator[Rule]:
        """A rule for each that a model can say. Raises `FileCannotBeRead`."""
        for one in constraints.children:
            if one.tag != "rule":
                self._findings.lost(
                    one.tag[:100],
                    f"{self._name}:{one.line}",
                    "Only rules stand among constraints. It is not in the model.",
                )
                continue
            formulas = [part for part in one.children if part.tag not in _BESIDE]
            if len(formulas) != 1:
                raise self._refuse(one, "a rule holds one formula.")
            rule = self._rule(one, formulas[0])
            if rule is not None:
                yield rule

    def _refuse(self, element: Element, message: str) -> FileCannotBeRead:
        return FileCannotBeRead(f"{self._name}:{element.line}: {message}")

    def _rule(self, element: Element, formula: Element) -> Rule | None:
        place = f"{self._name}:{element.line}"
        expression = self._expression(formula)
        if expression is None:
            return None
        try:
            written = unparse(expression)
        except ExpressionIsTooLarge as because:
            self._findings.lost(
                "rule", place, f"The formula is too large: {because}. It is not in the model."
            )
            return None
        description = element.child("description")
        told = "" if description is None else " ".join(description.text.split())
        return Rule(self._keys.key([written]), expression, shortened(told or written), place)

    def _expression(self, root: Element) -> Expression | None:
        """The formula of an element, built from the inside out; nesting may be deep.

        `(a or (b or (c or d)))` is read as one list of alternatives, so that it is not deep.
        """
        order: list[Element] = []
        waiting = [root]
        while waiting:
            element = waiting.pop()
            order.append(element)
            waiting.extend(element.children)
        made: dict[int, Expression] = {}
        for element in reversed(order):
            operands = [made[id(child)] for child in element.children]
            found = self._made(element, operands)
            if found is None:
                return None
            made[id(element)] = found
        return made[id(root)]

    def _made(self, element: Element, operands: list[Expression]) -> Expression | None:
        tag = element.tag
        if tag == "var":
            return self._variable(element)
        if len(operands) != _OPERANDS.get(tag, len(operands)):
            raise self._refuse(element, f"{tag!r} has {_OPERANDS[tag]} formulas.")
        match tag:
            case "not":
                return Not(operands[0])
            case "imp":
                return Implies(operands[0], operands[1])
            case "eq":
                return Equivalent(operands[0], operands[1])
            case "conj" if operands:
                return operands[0] if len(operands) == 1 else And(_flat(And, operands))
            case "disj" if operands:
                return operands[0] if len(operands) == 1 else Or(_flat(Or, operands))
            case "atmost1" if operands:
                one = Constant(Decimal(1))
                return Compare(Comparison.AT_MOST, CountOf(tuple(operands)), one)
            case "conj" | "disj" | "atmost1":
                raise self._refuse(element, f"{tag!r} has no formulas.")
            case _:
                self._findings.lost(
                    tag[:100],
                    f"{self._name}:{element.line}",
                    "No formula of the format is called so. The rule is not in the model.",
                )
                return None

    def _variable(self, element: Element) -> Expression:
        if element.children:
            raise self._refuse(element, "'var' holds the name of a feature.")
        # Names are compared as they are first, as FeatureIDE does; then without space around them.
        for name in (element.text, element.text.strip()):
            if name in self._features:
                return Selected(name)
        name = element.text.strip()[:200]
        raise self._refuse(element, f"there is no feature {name!r}.")


def _flat(kind: type[And] | type[Or], operands: list[Expression]) -> tuple[Expression, ...]:
    """Operands that are lists of the same kind, as one list."""
    found: list[Expression] = []
    for operand in operands:
        if isinstance(operand, kind):
            found.extend(operand.operands)
        else:
            found.append(operand)
    return tuple(found)
