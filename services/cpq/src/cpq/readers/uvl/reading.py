"""The model that UVL files describe."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal

from cpq.configuration.expressions import AttributeOf, Expression, Not, Selected, walk
from cpq.configuration.language import ExpressionIsTooLarge, unparse
from cpq.configuration.model import (
    Attribute,
    AttributeType,
    Group,
    Model,
    Node,
    Option,
    Rule,
)
from cpq.readers.domains import Interval, interval, number
from cpq.readers.feature_models import AmountNames, ConstraintKeys, constant, shortened
from cpq.readers.findings import Findings
from cpq.readers.uvl import syntax
from cpq.readers.uvl.composing import Composed, Placed, Scoped
from cpq.readers.uvl.syntax import FeatureKind, GroupKind, Vector
from cpq.readers.uvl.texts import text
from cpq.readers.uvl.translating import CannotSay, Translator, value_code

MOST_UNITS = 1_000
"""The quantity of a feature whose cardinality has no upper bound."""


def model_of(
    composed: Composed, findings: Findings, amounts: AmountNames, currency: str | None
) -> Model:
    """The model; what it does not say as the files do is noted.

    Raises `FileCannotBeRead` for a constraint about a feature that is not there.
    """
    return _Reader(composed, findings, amounts, currency).model()


class _Reader:
    def __init__(
        self, composed: Composed, findings: Findings, amounts: AmountNames, currency: str | None
    ) -> None:
        self._composed = composed
        self._findings = findings
        self._amounts = amounts
        self._currency = currency
        self._translator = Translator(composed.features, composed.root)
        self._keys = ConstraintKeys()
        self._rules: list[Rule] = []
        self._free: list[AttributeOf] = []
        self._asking: dict[AttributeOf, list[Expression]] = defaultdict(list)

    def model(self) -> Model:
        for scoped in self._composed.constraints:
            place = f"{scoped.file.name}:{scoped.constraint.line}"
            self._rule(scoped.constraint, place, self._translated(scoped, place))
        self._free = [
            AttributeOf(placed.key, value_code(placed))
            for placed in self._composed.features.values()
            if placed.feature.kind is FeatureKind.STRING
        ]
        root = self._node(self._composed.root, required=False)
        first = self._composed.first
        return Model(
            key=".".join(first.namespace) or root.key,
            name=".".join(first.namespace) or root.name,
            root=root,
            currency=self._currency,
            rules=tuple(self._rules),
        )

    # Constraints.

    def _translated(self, scoped: Scoped, place: str) -> Expression | None:
        written = scoped.constraint.text[:100]
        try:
            expression = self._translator.translate(scoped)
            unparse(expression)
        except (CannotSay, ExpressionIsTooLarge) as because:
            told = f"{_sentence(str(because))} It is not in the model."
            self._findings.lost(written, place, told)
            return None
        for change in self._translator.changes:
            self._findings.changed(written, place, _sentence(change))
        return expression

    def _rule(
        self, constraint: syntax.Constraint, place: str, expression: Expression | None
    ) -> None:
        if expression is not None:
            key = self._keys.key(constraint.words)
            self._rules.append(Rule(key, expression, shortened(constraint.text), place))
            for target in {part for part in walk(expression) if isinstance(part, AttributeOf)}:
                self._asking[target].append(expression)

    # The tree.

    def _node(self, placed: Placed, *, required: bool) -> Node:
        feature = placed.feature
        minimum, maximum, required = self._quantities(placed, required=required)
        name = feature.path[-1]
        return Node(
            placed.key,
            name,
            required=required,
            minimum=minimum,
            maximum=maximum,
            price=self._amount(placed, self._amounts.price),
            cost=self._amount(placed, self._amounts.cost),
            abstract=feature.attributes.get("abstract") is True,
            attributes=tuple(self._attributes(placed)),
            groups=tuple(
                self._group(placed, number, group, members)
                for number, (group, members) in enumerate(placed.groups, 1)
            ),
        )

    def _group(
        self, parent: Placed, number: int, group: syntax.Group, members: list[Placed]
    ) -> Group:
        mandatory = group.kind is GroupKind.MANDATORY
        return Group(
            f"{parent.key}/{number}",
            group.kind,
            tuple(self._node(one, required=mandatory) for one in members),
            group.low,
            group.high,
        )

    def _quantities(self, placed: Placed, *, required: bool) -> tuple[int, int, bool]:
        """Least and greatest quantity, and whether the feature is required."""
        feature, place = placed.feature, self._place(placed)
        low, high = feature.low, feature.high
        if (low, high) == (1, 1):
            return 1, 1, required
        construct = f"cardinality [{low}..{'*' if high is None else high}]"
        if placed is self._composed.root:
            self._findings.changed(
                construct, place, "The root is there once; how many are sold a quote line says."
            )
            feature.low = feature.high = 1
            return 1, 1, False
        if high is None:
            high = max(MOST_UNITS, low)
            self._findings.changed(construct, place, f"At most {high} units are offered.")
        if high == 0:
            rule = Rule(
                f"{placed.key}/never", Not(Selected(placed.key)), f"{placed.key} {construct}", place
            )
            self._rules.append(rule)
        if placed.groups or feature.kind is not FeatureKind.BOOLEAN:
            self._findings.changed(
                construct,
                place,
                "All units are configured alike; UVL lets each have parts and values of its own.",
            )
        return max(1, low), max(1, high), required and low > 0

    def _place(self, placed: Placed) -> str:
        return f"{placed.file.name}:{placed.feature.line}"

    # Attributes.

    def _amount(self, placed: Placed, code: str | None) -> Decimal | None:
        value = None if code is None else placed.feature.attributes.get(code)
        return value if type(value) is Decimal else None

    def _attributes(self, placed: Placed) -> Iterator[Attribute]:
        """The value of a typed feature, then the attributes that it declares."""
        if placed.feature.kind is not FeatureKind.BOOLEAN:
            yield self._value(placed)
        for code, value in placed.feature.attributes.items():
            target = AttributeOf(placed.key, code)
            asked = target in self._translator.asked
            is_amount = code in (self._amounts.price, self._amounts.cost)
            if code == "abstract" and isinstance(value, bool) and not asked:
                continue
            if isinstance(value, Decimal) and is_amount and not asked:
                continue
            if isinstance(value, bool | Decimal):
                yield constant(code, value)
            elif isinstance(value, str) and target in self._translator.texts:
                yield Attribute(
                    code, code, AttributeType.ENUMERATION, (Option(value, value),), default=value
                )
            else:
                self._left_out(placed, code, value)

    def _left_out(self, placed: Placed, code: str, value: object) -> None:
        kind = "A list" if isinstance(value, Vector) else "A text that no constraint compares"
        self._findings.noted(
            f"{placed.key}.{code}"[:100], self._place(placed), f"{kind} is not in the model."
        )

    def _value(self, placed: Placed) -> Attribute:
        kind, code = placed.feature.kind, value_code(placed)
        target, place = AttributeOf(placed.key, code), self._place(placed)
        construct = f"{kind} {placed.key}"[:100]
        if kind is FeatureKind.STRING:
            if target not in self._translator.texts:
                return Attribute(code, "Value", AttributeType.TEXT)
            values, others = self._translator.texts.values(target, self._free)
            self._findings.changed(
                construct,
                place,
                "The value is one of the texts that constraints compare it with, or another; "
                "which other one cannot be entered.",
            )
            return text(code, values, others)
        found = Interval()
        for condition in self._asking[target]:
            found = found.meet(interval(target, condition))
        made, assumed = number(code, found, whole=kind is FeatureKind.INTEGER)
        if assumed:
            self._findings.changed(construct, place, _sentence(f"UVL sets no bounds; {assumed}"))
        return made


def _sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}."
