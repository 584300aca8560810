"""SXFM, the format of the SPLOT repository, which FeatureIDE reads and writes as well.

The tree and the constraints are text inside of XML: one feature a line, indented below its parent.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from cpq.configuration.expressions import (
    And,
    Equivalent,
    Expression,
    Implies,
    Not,
    Or,
    Selected,
)
from cpq.configuration.language import ExpressionIsTooLarge, unparse
from cpq.configuration.model import Group, Model, Node, Rule
from cpq.readers.feature_models import (
    DEEPEST_FEATURES,
    LONGEST_NAME,
    MOST_FEATURES,
    ConstraintKeys,
    shortened,
)
from cpq.readers.findings import Findings
from cpq.readers.markup import Element
from cpq.readers.refusals import FileCannotBeRead, FileIsTooLarge, NothingToConfigure

LONGEST_FORMULA: Final = 20_000
"""Words of a constraint."""

_LINE: Final = re.compile(r"(?P<indent>\s*):(?P<kind>[rmog]?)(?=\s|\(|\[|$)\s*(?P<rest>.*?)\s*$")
_ID: Final = re.compile(r"(?P<name>.*?)\s*\((?P<id>[^()]*)\)\s*(?P<after>.*)$")
_CARDINALITY: Final = re.compile(r"\[\s*(\d{1,6})\s*,\s*(\d{1,6}|\*)\s*\]")
_WORD: Final = re.compile(r"[()~]|[^\s()~]+")
_BINDING: Final = {"biimp": 1, "imp": 2, "or": 3, "and": 4, "~": 5}


@dataclass(slots=True)
class _Part:
    """A feature, or a group with its bounds."""

    kind: str
    name: str
    key: str
    line: int
    width: int
    low: int = 0
    high: int | None = None
    parts: list[_Part] = field(default_factory=list)


def read(root: Element, name: str, findings: Findings) -> Model:
    """The model of a file. Raises `FileCannotBeRead`, `FileIsTooLarge`, `NothingToConfigure`."""
    return _Sxfm(name, findings).model(root)


class _Sxfm:
    def __init__(self, name: str, findings: Findings) -> None:
        self._name = name
        self._findings = findings
        self._keys: dict[str, int] = {}
        self._references: dict[str, str] = {}

    def _refuse(self, line: int, message: str) -> FileCannotBeRead:
        return FileCannotBeRead(f"{self._name}:{line}: {message}")

    def model(self, root: Element) -> Model:
        tree = root.child("feature_tree")
        if tree is None:
            raise NothingToConfigure(f"{self._name} has no feature_tree.")
        for one in root.children:
            if one.tag not in ("feature_tree", "constraints", "meta"):
                raise self._refuse(one.line, f"{one.tag!r} is no part of the format.")
        meta = root.child("meta")
        if meta is not None:
            self._findings.noted(
                "meta", f"{self._name}:{meta.line}", "Who made the file decides nothing."
            )
        top = self._tree(tree)
        constraints = root.child("constraints")
        rules = () if constraints is None else tuple(self._rules(constraints))
        key = root.attributes.get("name", "").strip()[:LONGEST_NAME]
        name = key if key and key.isprintable() else top.key
        return Model(name, name, self._node(top, required=False), rules=rules)

    # The tree.

    def _tree(self, tree: Element) -> _Part:
        path: list[_Part] = []
        top: _Part | None = None
        for line, text in _lines(tree):
            part = self._part(text, line)
            while path and path[-1].width >= part.width:
                path.pop()
            if top is None and part.kind == "r":
                top = part
            elif part.kind == "r" or not path:
                raise self._refuse(line, "the tree has one root, ':r', before all others.")
            else:
                self._append(path[-1], part)
            path.append(part)
            if sum(one.kind != "g" for one in path) > DEEPEST_FEATURES:
                raise FileIsTooLarge(
                    f"{self._name}:{line}: more than {DEEPEST_FEATURES} features stand inside "
                    "each other."
                )
        if top is None:
            raise NothingToConfigure(f"{self._name} has no feature in its tree.")
        return top

    def _append(self, parent: _Part, part: _Part) -> None:
        if parent.kind == "g" and part.kind != "":
            raise self._refuse(part.line, "a group holds features that begin with ': '.")
        if parent.kind != "g" and part.kind == "":
            raise self._refuse(part.line, "a feature of a group stands below no group, ':g'.")
        parent.parts.append(part)

    def _part(self, text: str, line: int) -> _Part:
        match = _LINE.match(text)
        if match is None:
            raise self._refuse(line, "':r', ':m', ':o', ':g' or ':' is expected.")
        width = len(match["indent"].expandtabs(8))
        if match["kind"] == "g":
            return self._group(match["rest"], line, width)
        named = _ID.match(match["rest"])
        name = named["name"] if named is not None and named["name"] else match["rest"]
        known_as = named["id"].strip() if named is not None else ""
        if not name or not name.isprintable():
            raise self._refuse(line, "the feature needs a name that can be printed.")
        if len(name) > LONGEST_NAME or len(known_as) > LONGEST_NAME:
            raise FileIsTooLarge(
                f"{self._name}:{line}: a name has more than {LONGEST_NAME} characters."
            )
        key = self._key(known_as, name, line)
        return _Part(match["kind"], name, key, line, width)

    def _key(self, known_as: str, name: str, line: int) -> str:
        """The identifier; without one, the name, with a number where it stands already."""
        if known_as and known_as in self._keys:
            raise self._refuse(
                line, f"the identifier {known_as!r} stands in line {self._keys[known_as]} already."
            )
        key, number = known_as or name, 0
        while key in self._keys:
            number += 1
            key = f"{name}_{number}"
        self._keys[key] = line
        if len(self._keys) > MOST_FEATURES:
            raise FileIsTooLarge(f"{self._name}:{line}: more than {MOST_FEATURES} features.")
        for reference in (key, name, re.sub(r"\W", "_", "".join(name.split()))):
            self._references.setdefault(reference, key)
        return key

    def _group(self, rest: str, line: int, width: int) -> _Part:
        found = _CARDINALITY.search(rest)
        if found is None:
            raise self._refuse(line, "a group needs its cardinality, such as [1,1] or [1,*].")
        low = int(found[1])
        high = None if found[2] == "*" else int(found[2])
        if high is not None and low > high:
            raise self._refuse(line, f"at least {low} and at most {high} is no cardinality.")
        return _Part("g", "", "", line, width, low, high)

    def _node(self, part: _Part, *, required: bool) -> Node:
        groups = []
        alone = [one for one in part.parts if one.kind != "g"]
        if alone:
            members = tuple(self._node(one, required=one.kind == "m") for one in alone)
            groups.append(Group(f"{part.key}/and", "and", members))
        for number, group in enumerate((one for one in part.parts if one.kind == "g"), 1):
            if group.low > len(group.parts) or not group.parts:
                raise self._refuse(
                    group.line,
                    f"at least {group.low} of {len(group.parts)} features cannot be selected.",
                )
            members = tuple(self._node(one, required=False) for one in group.parts)
            groups.append(Group(f"{part.key}/{number}", "group", members, group.low, group.high))
        return Node(part.key, part.name, required=required, groups=tuple(groups))

    # Constraints.

    def _rules(self, constraints: Element) -> Iterator[Rule]:
        keys = ConstraintKeys()
        for line, text in _lines(constraints):
            _, colon, formula = text.partition(":")
            if not colon:
                raise self._refuse(line, "a constraint begins with its name and a colon.")
            words = _WORD.findall(formula)
            if not words or len(words) > LONGEST_FORMULA:
                raise self._refuse(line, f"a constraint has from 1 to {LONGEST_FORMULA} words.")
            expression = self._formula(words, line)
            place = f"{self._name}:{line}"
            try:
                unparse(expression)
            except ExpressionIsTooLarge as because:
                self._findings.lost(
                    "constraint", place, f"It is too large: {because}. It is not in the model."
                )
                continue
            yield Rule(keys.key(words), expression, shortened(" ".join(formula.split())), place)

    def _formula(self, words: list[str], line: int) -> Expression:
        """The formula of words, by the usual binding: not, and, or, imp, biimp."""
        values: list[Expression] = []
        waiting: list[str] = []
        expect_value = True
        for word in words:
            operator = word.lower() if word.lower() in _BINDING else word
            if expect_value != (operator in ("(", "~") or operator not in (*_BINDING, ")")):
                raise self._refuse(line, f"{word[:100]!r} means nothing here.")
            if operator in ("(", "~"):
                waiting.append(operator)
            elif operator == ")":
                while waiting and waiting[-1] != "(":
                    _apply(waiting.pop(), values)
                if not waiting:
                    raise self._refuse(line, "')' closes no bracket.")
                waiting.pop()
            elif operator in _BINDING:
                # `a imp b imp c` is a imp (b imp c); all others go to the left.
                least = _BINDING[operator] + (operator == "imp")
                while waiting and _BINDING.get(waiting[-1], 0) >= least:
                    _apply(waiting.pop(), values)
                waiting.append(operator)
                expect_value = True
            else:
                values.append(self._variable(word, line))
                expect_value = False
        if expect_value or "(" in waiting:
            raise self._refuse(line, "the constraint ends too early.")
        while waiting:
            _apply(waiting.pop(), values)
        return values[0]

    def _variable(self, word: str, line: int) -> Expression:
        key = self._references.get(word)
        if key is None:
            raise self._refuse(line, f"there is no feature {word[:200]!r}.")
        return Selected(key)


def _apply(operator: str, values: list[Expression]) -> None:
    if operator == "~":
        values.append(Not(values.pop()))
        return
    right, left = values.pop(), values.pop()
    match operator:
        case "and":
            values.append(And((*_parts(And, left), right)))
        case "or":
            values.append(Or((*_parts(Or, left), right)))
        case "imp":
            values.append(Implies(left, right))
        case _:
            values.append(Equivalent(left, right))


def _parts(kind: type[And] | type[Or], left: Expression) -> tuple[Expression, ...]:
    return left.operands if isinstance(left, kind) else (left,)


def _lines(element: Element) -> Iterator[tuple[int, str]]:
    """The lines of an element's text that are not empty, with their numbers."""
    for number, text in enumerate(element.text.split("\n")):
        if text.strip():
            yield element.text_line + number, text.rstrip("\r")
