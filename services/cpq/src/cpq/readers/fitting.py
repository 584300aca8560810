"""Names of other programs within the bounds that a model's document has for them."""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace
from decimal import Decimal
from typing import Final

from cpq.configuration.model import Attribute, Group, Model, Node

LONGEST_NODE_KEY: Final = 150
LONGEST_KEY: Final = 200
LONGEST_NAME: Final = 500
LONGEST_WORDS: Final = 4_000
LONGEST_SOURCE: Final = 1_000
LARGEST_DOMAIN: Final = 1_000_000
"""Values of a number that is chosen."""
MOST_UNITS: Final = 1_000_000
"""The greatest quantity of a node."""
LONGEST_ITEM: Final = 100
OTHER: Final = "(other)"
"""The code of any text that no rule names."""
NOTHING: Final = "(none)"
"""The code of the empty text, and the value of a fact for that there is none."""
DAYS: Final = (Decimal(-25_567), Decimal(84_005))
"""1900-01-01 and 2199-12-31, in days from 1970-01-01: the bounds of a date without any."""
TOTALS: Final = frozenset({"price", "cost", "delivery_days", "margin"})
"""What an engine sums up itself; no fact has these names."""
_CONTROL = re.compile(r"[\x00-\x1f\x7f]+")
_CONTROL_BUT_LINES = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]+")
_RESERVED = ("node", "item")


def line(text: str) -> str:
    """The text in one line, without control characters."""
    return _CONTROL.sub(" ", text)


def digest(text: str) -> str:
    """Twelve digits that stand for a text."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:12]


def key(text: str, longest: int = LONGEST_KEY) -> str:
    """A key; one that is too long is cut, and what is cut stands for it as a digest."""
    found = line(text) or "-"
    if len(found) <= longest:
        return found
    digest = hashlib.sha256(found.encode()).hexdigest()[:20]
    return f"{found[: longest - 21]}~{digest}"


def node_key(text: str) -> str:
    """A node's key: short enough for the keys of what belongs to the node, and not reserved."""
    found = key(text, LONGEST_NODE_KEY)
    return f"{found}_" if found in _RESERVED else found


def fact(text: str) -> str:
    """A fact's name, which is none of what an engine sums up itself."""
    found = key(text)
    return f"{found}_" if found in TOTALS else found


def name(text: str) -> str:
    """A name for people."""
    found = line(text).strip() or "-"
    return found if len(found) <= LONGEST_NAME else f"{found[: LONGEST_NAME - 1]}…"


def words(text: str) -> str:
    """Words for people, in several lines if they have them."""
    found = _CONTROL_BUT_LINES.sub(" ", text)
    return found if len(found) <= LONGEST_WORDS else f"{found[: LONGEST_WORDS - 1]}…"


def possible(group: Group) -> Group:
    """The group; where no choice of its members keeps its bounds, with the nearest that one does.

    A caller that gets another group than it gave says so in a finding.
    """
    required = [one for one in group.members if one.required]
    low = min(group.minimum, len(group.members))
    high = group.maximum if group.maximum is None else max(group.maximum, low, len(required))
    least, most = group.least_units, group.most_units
    if least is not None:
        least = min(least, sum(one.maximum for one in group.members))
    if most is not None:
        most = max(most, least or 0, sum(one.minimum for one in required))
    return replace(group, minimum=low, maximum=high, least_units=least, most_units=most)


def fit(model: Model) -> Model:
    """The model with names, words and keys within bounds, each key once.

    Keys of nodes and facts, and codes, stay as they are: expressions name them.
    """
    rules, preferences, messages = _Keys(), _Keys(), _Keys()
    return replace(
        model,
        key=key(model.key),
        name=name(model.name),
        root=_tree(model.root, rules),
        rules=tuple(
            replace(one, key=rules(one.key), message=words(one.message), source=_source(one.source))
            for one in model.rules
        ),
        tables=tuple(
            replace(one, key=rules(one.key), message=words(one.message), source=_source(one.source))
            for one in model.tables
        ),
        preferences=tuple(
            replace(
                one,
                key=preferences(one.key),
                message=words(one.message),
                source=_source(one.source),
            )
            for one in model.preferences
        ),
        messages=tuple(
            replace(one, key=messages(one.key), text=words(one.text), source=_source(one.source))
            for one in model.messages
        ),
    )


class _Keys:
    """Keys that fit, each once: a number tells those apart that are the same."""

    def __init__(self) -> None:
        self._given: set[str] = set()

    def __call__(self, text: str) -> str:
        if text.startswith(tuple(f"{one}:" for one in _RESERVED)):
            text = f"_{text}"
        found, number = key(text), 1
        while found in self._given:
            number += 1
            found = key(f"{text}~{number}")
        self._given.add(found)
        return found


def _source(text: str) -> str:
    return line(text)[-LONGEST_SOURCE:]


def _tree(root: Node, keys: _Keys) -> Node:
    """The tree with fitting names, from the leaves up, so that depth costs no recursion."""
    order = [root]
    for node in order:
        order.extend(member for group in node.groups for member in group.members)
    grouped = {id(group): keys(group.key) for node in order for group in node.groups}
    made: dict[str, Node] = {}
    for node in reversed(order):
        made[node.key] = replace(
            node,
            name=name(node.name),
            attributes=tuple(_attribute(one) for one in node.attributes),
            groups=tuple(
                replace(
                    one,
                    key=grouped[id(one)],
                    name=name(one.name),
                    members=tuple(made[member.key] for member in one.members),
                )
                for one in node.groups
            ),
        )
    return made[root.key]


def _attribute(attribute: Attribute) -> Attribute:
    return replace(
        attribute,
        name=name(attribute.name),
        options=tuple(replace(one, name=name(one.name)) for one in attribute.options),
    )
