"""What a document names, and the laws of names: unique, known, no node inside itself."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from cpq.configuration.document.form import MOST_NODES
from cpq.configuration.document.problems import Flaw, Problems
from cpq.configuration.document.shapes import Part
from cpq.configuration.model import AttributeType, FactType

RESERVED_FACTS: Final = {"price", "cost", "delivery_days", "margin"}
RESERVED_PREFIXES: Final = ("node:", "item:")


@dataclass(frozen=True, slots=True)
class Attributed:
    """What expressions need to know of an attribute.

    `codes` are the values of an enumeration; `whole` tells numbers that are always whole.
    """

    type: AttributeType
    codes: frozenset[str] = frozenset()
    whole: bool = False
    calculated: bool = False


@dataclass(frozen=True, slots=True)
class Known:
    """What expressions need to know of a fact."""

    type: FactType
    values: frozenset[str] = frozenset()
    whole: bool = True


@dataclass(slots=True)
class Names:
    """Everything that expressions may speak of."""

    nodes: dict[str, Part] = field(default_factory=dict)
    attributes: dict[tuple[str, str], Attributed] = field(default_factory=dict)
    facts: dict[str, Known] = field(default_factory=dict)


def collect(document: Part, problems: Problems) -> Names:
    """The names of a document; what breaks a law of names is noted."""
    names = Names()
    if document["root"] is not None:
        _collect_tree(document["root"], names, problems)
    _collect_facts(document["facts"], names, problems)
    keys: dict[str, str] = {}
    for part in (*_groups(names.nodes.values()), *document["rules"], *document["tables"]):
        if part is not None and part["key"] is not None:
            _unique(part, "key", keys, problems)
            if part["key"].startswith(RESERVED_PREFIXES):
                problems.add(
                    part.place("key"),
                    Flaw.RESERVED,
                    "keys that begin with 'node:' or 'item:' stand for the tree and for items",
                )
    for kind in ("preferences", "messages", "questions"):
        unique(document[kind], "key", problems)
    return names


def unique(parts: Iterable[Part | None], member: str, problems: Problems) -> None:
    """Note parts that are called as another."""
    seen: dict[str, str] = {}
    for part in parts:
        if part is not None and part[member] is not None:
            _unique(part, member, seen, problems)


def _unique(part: Part, member: str, seen: dict[str, str], problems: Problems) -> None:
    first = seen.setdefault(part[member], part.at)
    if first != part.at:
        problems.add(
            part.place(member), Flaw.DUPLICATE, f"{first} is called {part[member]!r} already"
        )


def _groups(nodes: Iterable[Part]) -> Iterable[Part | None]:
    for node in nodes:
        yield from node["groups"]


def _collect_tree(root: Part, names: Names, problems: Problems) -> None:
    """Every node, in the order of the document, with the keys above it."""
    waiting: list[tuple[Part, tuple[str, ...]]] = [(root, ())]
    count = 0
    while waiting:
        node, above = waiting.pop()
        count += 1
        if count > MOST_NODES:
            problems.add("/root", Flaw.TOO_MANY, f"a model has at most {MOST_NODES} nodes")
            return
        key = node["key"]
        if key in above:
            problems.add(
                node.place("key"),
                Flaw.CYCLIC_BUNDLE,
                f"{key!r} contains itself: {' > '.join((*above[above.index(key) :], key))}",
            )
        elif key in names.nodes:
            problems.add(
                node.place("key"),
                Flaw.DUPLICATE,
                f"{names.nodes[key].at} is called {key!r} already; "
                "the same part in two places needs two keys and may share its item",
            )
        elif key is not None:
            names.nodes[key] = node
            _collect_attributes(node, names, problems)
        path = (*above, key) if key is not None else above
        for group in reversed(node["groups"]):
            if group is not None:
                waiting.extend(
                    (member, path) for member in reversed(group["members"]) if member is not None
                )


def _collect_attributes(node: Part, names: Names, problems: Problems) -> None:
    unique(node["attributes"], "code", problems)
    for attribute in node["attributes"]:
        if attribute is None or attribute["code"] is None or attribute["type"] is None:
            continue
        unique(attribute["options"], "code", problems)
        kind = AttributeType(attribute["type"])
        codes = frozenset(one["code"] for one in attribute["options"] if one and one["code"])
        names.attributes.setdefault(
            (node["key"], attribute["code"]),
            Attributed(
                kind,
                codes,
                whole=kind is AttributeType.INTEGER,
                calculated=attribute["expression"] is not None,
            ),
        )


def _collect_facts(facts: Iterable[Part | None], names: Names, problems: Problems) -> None:
    facts = list(facts)
    unique(facts, "name", problems)
    for fact in facts:
        if fact is None or fact["name"] is None or fact["type"] is None:
            continue
        if fact["name"] in RESERVED_FACTS:
            problems.add(
                fact.place("name"),
                Flaw.RESERVED,
                f"@{fact['name']} is what the engine sums up; call the fact otherwise",
            )
        kind = FactType(fact["type"])
        grid = (fact["minimum"], fact["step"])
        whole = all(_is_whole(one) for one in grid)
        values = frozenset(one for one in fact["values"] if one is not None)
        names.facts.setdefault(
            fact["name"], Known(kind, values, whole=whole or kind is FactType.DATE)
        )


def _is_whole(value: object) -> bool:
    """Whether a bound or a step is a whole number; what is left out is one."""
    if value is None or isinstance(value, int):
        return True
    return not str(value).partition(".")[2].strip("0")
