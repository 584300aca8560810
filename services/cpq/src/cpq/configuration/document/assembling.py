"""Puts a model together from the parts of a document, and checks what they say of each other."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from cpq.configuration.document.calculations import check_calculations
from cpq.configuration.document.domains import Domains
from cpq.configuration.document.names import Names, collect, unique
from cpq.configuration.document.problems import Flaw, Problems
from cpq.configuration.document.shapes import Part
from cpq.configuration.document.typing import Checker, Sort, is_whole
from cpq.configuration.expressions import AttributeOf, Constant, Expression, Quantity, Selected
from cpq.configuration.language import (
    ExpressionCannotBeRead,
    ExpressionIsTooLarge,
    Parsed,
    read,
)
from cpq.configuration.model import (
    Answer,
    Attribute,
    AttributeType,
    Fact,
    FactType,
    Group,
    Message,
    Model,
    Node,
    Option,
    Preference,
    Question,
    Rule,
    Severity,
    Table,
)

MOST_EXPRESSION_CHARACTERS = 32 * 1024 * 1024
"""Of all expressions of a document together."""

_UNREAD = Constant(True)
"""Stands for an expression that could not be read; the document is refused anyway."""


class Assembly:
    """One document being read."""

    def __init__(self, document: Part, problems: Problems) -> None:
        self._document = document
        self._problems = problems
        self._names: Names = collect(document, problems)
        self._checker = Checker(self._names, problems)
        self._domains = Domains(problems)
        self._calculated: dict[AttributeOf, tuple[Expression, str]] = {}
        self._others: dict[str, Expression] = {}
        self._characters = 0

    def model(self) -> Model | None:
        """The model; None where even the root is missing. Problems may have been noted."""
        document = self._document
        if document["root"] is None:
            return None
        self._domains.check_root(document["root"])
        key = _text(document["key"])
        made = Model(
            key,
            document["name"] or key,
            self._node(document["root"]),
            currency=document["currency"],
            rules=tuple(self._rule(part) for part in _there(document["rules"])),
            tables=tuple(self._table(part) for part in _there(document["tables"])),
            preferences=tuple(self._preference(part) for part in _there(document["preferences"])),
            messages=tuple(self._message(part) for part in _there(document["messages"])),
            questions=tuple(self._question(part) for part in _there(document["questions"])),
            facts=tuple(self._fact(part) for part in _there(document["facts"])),
        )
        check_calculations(self._calculated, self._others, self._problems)
        return made

    # Expressions.

    def _parsed(self, text: str, at: str) -> Parsed | None:
        """The expression, or None after a problem was noted."""
        self._characters += len(text)
        if self._characters > MOST_EXPRESSION_CHARACTERS:
            if self._characters - len(text) <= MOST_EXPRESSION_CHARACTERS:
                self._problems.add(
                    at,
                    Flaw.EXPRESSION_TOO_LARGE,
                    f"all expressions together have more than {MOST_EXPRESSION_CHARACTERS} "
                    "characters; those from here on were not read",
                )
            return None
        try:
            return read(text)
        except ExpressionCannotBeRead as refused:
            flaw, refusal = Flaw.UNREADABLE_EXPRESSION, refused.detail
            context = refused.context
        except ExpressionIsTooLarge as refused:
            flaw, refusal = Flaw.EXPRESSION_TOO_LARGE, refused.detail
            context = refused.context
        line, column = context.get("line", 0), context.get("column", 0)
        assert isinstance(line, int)
        assert isinstance(column, int)
        message = refusal.removeprefix(f"line {line}, column {column}: ")
        self._problems.add(at, flaw, message, line=line, column=column)
        return None

    def _expression(self, text: str, at: str, wanted: Sort = Sort.TRUTH) -> Expression:
        """A sound expression of the wanted sort, or what stands for one that is not."""
        parsed = self._parsed(text, at)
        if parsed is None or not self._checker.check(parsed, at, wanted):
            return _UNREAD
        self._others[at] = parsed.expression
        return parsed.expression

    def _condition(self, part: Part, member: str) -> Expression:
        text = part[member]
        return _UNREAD if text is None else self._expression(text, part.place(member))

    def _maybe(self, part: Part, member: str) -> Expression | None:
        return None if part[member] is None else self._condition(part, member)

    # The tree.

    def _node(self, part: Part) -> Node:
        self._domains.check_node(part)
        key = _text(part["key"])
        return Node(
            key,
            part["name"] or key,
            required=part["required"],
            minimum=part["minimum"],
            maximum=part["maximum"],
            default=part["default"],
            item=part["item"],
            price=part["price"],
            cost=part["cost"],
            abstract=part["abstract"],
            attributes=tuple(self._attribute(key, one) for one in _there(part["attributes"])),
            groups=tuple(self._group(one) for one in _there(part["groups"])),
            visible_when=self._maybe(part, "visible_when"),
        )

    def _group(self, part: Part) -> Group:
        self._domains.check_group(part)
        key = _text(part["key"])
        return Group(
            key,
            part["name"] or key,
            tuple(self._node(one) for one in _there(part["members"])),
            part["minimum"],
            part["maximum"],
            part["least_units"],
            part["most_units"],
        )

    def _attribute(self, node: str, part: Part) -> Attribute:
        code = _text(part["code"])
        kind = AttributeType(part["type"]) if part["type"] else AttributeType.TEXT
        if part["type"] is not None:
            self._domains.check_attribute(part, kind)
        default = part["default"]
        if default is not None and part["type"] is not None:
            default = self._domains.value(part, kind, default, part.place("default"))
        return Attribute(
            code,
            part["name"] or code,
            kind,
            options=tuple(_option(one) for one in _there(part["options"])),
            minimum=part["minimum"],
            maximum=part["maximum"],
            step=Decimal(1) if part["step"] is None else part["step"],
            longest=200 if part["longest"] is None else part["longest"],
            default=default,
            expression=self._calculation(AttributeOf(node, code), part, kind),
            visible_when=self._maybe(part, "visible_when"),
        )

    def _calculation(
        self, target: AttributeOf, part: Part, kind: AttributeType
    ) -> Expression | None:
        text, at = part["expression"], part.place("expression")
        if text is None:
            return None
        parsed = self._parsed(text, at)
        wanted = Sort.TRUTH if kind is AttributeType.BOOLEAN else Sort.NUMBER
        if parsed is None or not self._checker.check(parsed, at, wanted):
            return _UNREAD
        if kind is AttributeType.INTEGER and not is_whole(parsed.expression, self._names):
            self._problems.add(
                at, Flaw.NOT_WHOLE, "the result need not be whole; make the attribute a decimal"
            )
        self._calculated.setdefault(target, (parsed.expression, at))
        return parsed.expression

    # What holds between them.

    def _rule(self, part: Part) -> Rule:
        return Rule(
            _text(part["key"]), self._condition(part, "condition"), part["message"], part["source"]
        )

    def _preference(self, part: Part) -> Preference:
        return Preference(
            _text(part["key"]),
            self._condition(part, "condition"),
            part["weight"],
            part["message"],
            part["source"],
        )

    def _message(self, part: Part) -> Message:
        node = part["node"]
        if node is not None and node not in self._names.nodes:
            self._problems.add(
                part.place("node"), Flaw.UNKNOWN_NODE, f"the model has no node {node!r}"
            )
        return Message(
            _text(part["key"]),
            self._condition(part, "condition"),
            _text(part["text"]),
            Severity(part["severity"]),
            node,
            part["source"],
        )

    def _question(self, part: Part) -> Question:
        unique(part["answers"], "code", self._problems)
        answers = []
        for answer in _there(part["answers"]):
            code = _text(answer["code"])
            then = self._condition(answer, "then")
            answers.append(Answer(code, answer["text"] or code, then))
        return Question(
            _text(part["key"]), _text(part["text"]), tuple(answers), self._maybe(part, "ask_when")
        )

    def _fact(self, part: Part) -> Fact:
        kind = FactType(part["type"]) if part["type"] else FactType.TEXT
        minimum, maximum = self._domains.fact(part, kind)
        return Fact(
            _text(part["name"]),
            kind,
            tuple(one for one in part["values"] if one is not None),
            minimum,
            maximum,
            Decimal(1) if part["step"] is None else part["step"],
        )

    def _table(self, part: Part) -> Table:
        columns = [
            self._column(text, part.place("columns", number))
            for number, text in enumerate(part["columns"])
        ]
        rows = []
        for number, row in enumerate(part["rows"]):
            at = part.place("rows", number)
            if len(row) != len(columns):
                self._problems.add(
                    at, Flaw.ROW_LENGTH, f"{len(row)} cells for {len(columns)} columns"
                )
                continue
            rows.append(
                tuple(
                    self._cell(column, cell, f"{at}/{place}")
                    for place, (column, cell) in enumerate(zip(columns, row, strict=True))
                )
            )
        return Table(
            _text(part["key"]),
            tuple(column for column in columns if column is not None),
            tuple(rows),
            part["allowed"],
            part["message"],
            part["source"],
        )

    def _column(self, text: str | None, at: str) -> AttributeOf | Quantity | Selected | None:
        """What a column speaks of; None after a problem was noted."""
        parsed = None if text is None else self._parsed(text, at)
        if parsed is None:
            return None
        column = parsed.expression
        wanted = "a column is a node, qty(node) or node.attribute"
        if not isinstance(column, AttributeOf | Quantity | Selected):
            self._problems.add(at, Flaw.WRONG_COLUMN, wanted)
            return None
        if column.node not in self._names.nodes:
            self._problems.add(at, Flaw.UNKNOWN_NODE, f"the model has no node {column.node!r}")
            return None
        if isinstance(column, AttributeOf):
            found = self._names.attributes.get((column.node, column.attribute))
            if found is None:
                self._problems.add(
                    at,
                    Flaw.UNKNOWN_ATTRIBUTE,
                    f"node {column.node!r} has no attribute {column.attribute!r}",
                )
                return None
            if found.calculated or found.type is AttributeType.TEXT:
                self._problems.add(
                    at, Flaw.WRONG_COLUMN, "what is calculated or free text is in no table"
                )
                return None
        return column

    def _cell(self, column: AttributeOf | Quantity | Selected | None, cell: Any, at: str) -> Any:
        """A value that the column can have."""
        if column is None or cell is None:
            return None
        node = self._names.nodes[column.node]
        if isinstance(column, Selected):
            return self._domains.flag(cell, at)
        if isinstance(column, Quantity):
            return self._domains.quantity(node, cell, at)
        attribute = next(
            one for one in _there(node["attributes"]) if one["code"] == column.attribute
        )
        return self._domains.value(attribute, AttributeType(attribute["type"]), cell, at)


def _option(part: Part) -> Option:
    code = _text(part["code"])
    return Option(code, part["name"] or code, part["item"], part["price"], part["cost"])


def _there(parts: Iterable[Part | None]) -> list[Part]:
    """The parts that could be read."""
    return [part for part in parts if part is not None]


def _text(value: str | None) -> str:
    return value or ""
