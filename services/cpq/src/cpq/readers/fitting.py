"""Names of other programs within the bounds that a model's document has for them."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import replace
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
_CONTROL = re.compile(r"[\x00-\x1f\x7f]+")
_CONTROL_BUT_LINES = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]+")
_RESERVED = ("node", "item")


def line(text: str) -> str:
    """The text in one line, without control characters."""
    return _CONTROL.sub(" ", text)


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


def name(text: str) -> str:
    """A name for people."""
    found = line(text).strip() or "-"
    return found if len(found) <= LONGEST_NAME else f"{found[: LONGEST_NAME - 1]}…"


def words(text: str) -> str:
    """Words for people, in several lines if they have them."""
    found = _CONTROL_BUT_LINES.sub(" ", text)
    return found if len(found) <= LONGEST_WORDS else f"{found[: LONGEST_WORDS - 1]}…"


def fit(model: Model) -> Model:
    """The model with names, words and keys within bounds; keys of nodes and facts as they are."""
    return replace(
        model,
        key=key(model.key),
        name=name(model.name),
        root=_tree(model.root),
        rules=tuple(
            replace(one, key=key(one.key), message=words(one.message), source=_source(one.source))
            for one in model.rules
        ),
        tables=tuple(
            replace(one, key=key(one.key), message=words(one.message), source=_source(one.source))
            for one in model.tables
        ),
        preferences=tuple(
            replace(one, key=key(one.key), message=words(one.message), source=_source(one.source))
            for one in model.preferences
        ),
        messages=tuple(
            replace(one, key=key(one.key), text=words(one.text), source=_source(one.source))
            for one in model.messages
        ),
    )


def _source(text: str) -> str:
    return line(text)[-LONGEST_SOURCE:]


def _tree(root: Node) -> Node:
    """The tree with fitting names, from the leaves up, so that depth costs no recursion."""
    order = [root]
    for node in order:
        order.extend(member for group in node.groups for member in group.members)
    made: dict[str, Node] = {}
    for node in reversed(order):
        made[node.key] = replace(
            node,
            name=name(node.name),
            attributes=tuple(_attribute(one) for one in node.attributes),
            groups=tuple(_group(one, made.__getitem__) for one in node.groups),
        )
    return made[root.key]


def _attribute(attribute: Attribute) -> Attribute:
    return replace(
        attribute,
        name=name(attribute.name),
        options=tuple(replace(one, name=name(one.name)) for one in attribute.options),
    )


def _group(group: Group, made: Callable[[str], Node]) -> Group:
    members = tuple(made(one.key) for one in group.members)
    return replace(group, key=key(group.key), name=name(group.name), members=members)
