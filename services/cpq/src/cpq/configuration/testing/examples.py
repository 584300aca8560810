"""Random small models that use every feature, with supply, facts and choices to ask them.

They are small enough to be enumerated: what any other engine says of them can be checked against
`cpq.configuration.evaluation`. Most have valid configurations, since their rules and tables are
turned so that one configuration keeps them all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import islice
from typing import Final

from hypothesis import strategies as st

from cpq.configuration.evaluation import Semantics, domain, enumerate_valid, open_facts
from cpq.configuration.expressions import (
    AttributeOf,
    Constant,
    Expression,
    FactOf,
    Not,
    Quantity,
    Selected,
    Value,
)
from cpq.configuration.model import (
    Amounts,
    Answer,
    AnswerTo,
    Choice,
    Fact,
    FactType,
    Message,
    Model,
    Node,
    Preference,
    Question,
    Rule,
    Severity,
    Supply,
    Table,
    Unavailable,
)
from cpq.configuration.testing.drawing import Chooser
from cpq.configuration.testing.expressions import Scope, condition
from cpq.configuration.testing.trees import ITEMS, amount, tree


@dataclass(frozen=True)
class Example:
    """A model, the world around it, and what a request brings."""

    model: Model
    facts: dict[str, Value]
    supply: Supply


@st.composite
def examples(draw: st.DrawFn, *, most_nodes: int = 6) -> Example:
    """A random small model with all that surrounds it."""
    choose = Chooser(draw)
    scope = Scope()
    root, nodes = tree(choose, scope, most_nodes)
    declared, brought = _facts(choose, scope)
    supply = _supply(choose)
    bare = Model("example", "Example", root, facts=declared)
    rules = [
        Rule(f"r{at}", condition(choose, scope), f"Rule {at} says so", f"example:{at}")
        for at in range(choose.number(0, 3))
    ]
    tables = [_table(choose, f"t{at}", nodes) for at in range(choose.number(0, 1))]
    if not choose.one_in(6):
        rules, tables = _satisfiable(choose, Example(bare, brought, supply), rules, tables)
    model = replace(
        bare,
        currency=choose.pick((None, "EUR")),
        rules=tuple(rules),
        tables=tuple(tables),
        preferences=tuple(
            Preference(f"p{at}", condition(choose, scope, depth=1), choose.number(1, 3))
            for at in range(choose.number(0, 2))
        ),
        messages=_messages(choose, scope, nodes),
        questions=_questions(choose, scope),
    )
    return Example(model, brought, supply)


def _satisfiable(
    choose: Chooser, bare: Example, rules: Sequence[Rule], tables: Sequence[Table]
) -> tuple[list[Rule], list[Table]]:
    """The same rules and tables, turned round where one configuration would break them."""
    found = list(islice(enumerate_valid(bare.model, bare.facts, bare.supply), 50))
    if not found:
        return list(rules), list(tables)
    values = choose.pick(found)
    facts = next(
        complete
        for complete in open_facts(bare.model, bare.facts)
        if Semantics(bare.model, complete, bare.supply).is_valid(values)
    )
    model = replace(bare.model, rules=tuple(rules), tables=tuple(tables))
    broken = Semantics(model, facts, bare.supply).violations(values)
    return (
        [
            replace(rule, condition=Not(rule.condition)) if rule.key in broken else rule
            for rule in rules
        ],
        [
            replace(table, allowed=not table.allowed) if table.key in broken else table
            for table in tables
        ],
    )


_FACTS: Final[Sequence[tuple[Fact, Sequence[Value]]]] = (
    (Fact("tier", FactType.TEXT, ("gold", "silver")), ("gold", "silver", "another")),
    (
        Fact("seats", FactType.NUMBER, (), Decimal(0), Decimal(4), Decimal(2)),
        (Decimal(0), Decimal(2), Decimal(4)),
    ),
    (
        Fact("day", FactType.DATE, (), Decimal(20454), Decimal(20456)),
        (Decimal(20454), Decimal(20456)),
    ),
)


def _facts(choose: Chooser, scope: Scope) -> tuple[tuple[Fact, ...], dict[str, Value]]:
    """Declared facts, and the values of those that the request brings."""
    declared: list[Fact] = []
    brought: dict[str, Value] = {}
    for fact, values in _FACTS:
        if not choose.one_in(3):
            continue
        declared.append(fact)
        if fact.type is FactType.TEXT:
            scope.codes.append((FactOf(fact.name), fact.values))
        else:
            scope.numbers.append(FactOf(fact.name))
        if fact.type is FactType.DATE:
            scope.numbers.append(Constant(Decimal(20455)))
        if not choose.one_in(3):
            brought[fact.name] = choose.pick(values)
    return tuple(declared), brought


def _table(choose: Chooser, key: str, nodes: Sequence[Node]) -> Table:
    """Rows over some columns of the model, of values that these can have."""
    offered: list[tuple[AttributeOf | Quantity | Selected, list[Value]]] = []
    for node in nodes:
        offered.append((Selected(node.key), [True, False]))
        quantities = map(Decimal, (0, *range(node.minimum, node.maximum + 1)))
        offered.append((Quantity(node.key), list(quantities)))
        offered.extend(
            (AttributeOf(node.key, attribute.code), values)
            for attribute in node.attributes
            if (values := domain(attribute))
        )
    columns = dict(choose.some(1, 3, lambda: choose.pick(offered)))

    def row() -> tuple[Value | None, ...]:
        return tuple(
            None if choose.one_in(4) else choose.pick(values) for values in columns.values()
        )

    rows = tuple(choose.some(1, 4, row))
    return Table(key, tuple(columns), rows, not choose.one_in(3), f"{key} says so", "example:9")


def _messages(choose: Chooser, scope: Scope, nodes: Sequence[Node]) -> tuple[Message, ...]:
    if not choose.one_in(3):
        return ()
    severity = choose.pick(tuple(Severity))
    node = choose.pick(nodes).key if severity is Severity.RECOMMENDATION else None
    shown = condition(choose, scope, depth=1)
    return (Message("m0", shown, "Mind this", severity, node, "example:10"),)


def _questions(choose: Chooser, scope: Scope) -> tuple[Question, ...]:
    if not choose.one_in(3):
        return ()
    answers = tuple(
        Answer(f"w{at}", f"Answer {at}", condition(choose, scope, depth=1))
        for at in range(choose.number(1, 2))
    )
    asked: Expression | None = choose.maybe(lambda: condition(choose, scope, depth=1))
    return (Question("q0", "What for?", answers, asked),)


def _supply(choose: Chooser) -> Supply:
    """Amounts of most items, some of them unknown; now and then an item that is not sold."""
    amounts = {
        item: Amounts(
            amount(choose),
            amount(choose),
            None if choose.one_in(4) else choose.number(0, 9),
        )
        for item in ITEMS
        if not choose.one_in(5)
    }
    unavailable = tuple(
        Unavailable(item, f"{item} is discontinued") for item in ITEMS if choose.one_in(9)
    )
    return Supply(amounts, unavailable)


@st.composite
def choices(draw: st.DrawFn, model: Model, *, most: int = 4) -> list[Choice]:
    """Some choices, each of a value that its target has, at most one for each target."""
    choose = Chooser(draw)
    offered: list[tuple[Selected | Quantity | AttributeOf | AnswerTo, Sequence[Value]]] = []
    for node in model.nodes():
        offered.append((Selected(node.key), (True, False)))
        quantities = map(Decimal, (0, *range(node.minimum, node.maximum + 1)))
        offered.append((Quantity(node.key), tuple(quantities)))
        for attribute in node.attributes:
            values = domain(attribute)
            if values:
                offered.append((AttributeOf(node.key, attribute.code), values))
    offered.extend(
        (AnswerTo(question.key), [one.code for one in question.answers])
        for question in model.questions
    )
    chosen = dict(choose.some(0, most, lambda: choose.pick(offered)))
    return [Choice(target, choose.pick(values)) for target, values in chosen.items()]
