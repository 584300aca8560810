"""The features of a FeatureIDE file as nodes, with their attributes."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Final

from cpq.configuration.expressions import Constant
from cpq.configuration.model import Attribute, AttributeType, Group, Node
from cpq.readers.domains import Interval, number
from cpq.readers.feature_models import (
    DEEPEST_FEATURES,
    LONGEST_NAME,
    MOST_FEATURES,
    AmountNames,
    constant,
)
from cpq.readers.findings import Findings
from cpq.readers.markup import Element
from cpq.readers.refusals import FileCannotBeRead, FileIsTooLarge

LONGEST_NUMBER: Final = 30
LARGEST_EXPONENT: Final = 20

_GROUPS: Final = {"and", "or", "alt"}
_BESIDE: Final = {"description", "graphics", "property", "tags"}
_FLAGS: Final = {"name", "mandatory", "abstract", "hidden", "coordinates", "key"}
_ATTRIBUTE: Final = {"name", "type", "unit", "value", "recursive", "configurable"}
_TYPES: Final = {"long", "double", "boolean", "string"}


@dataclass(slots=True)
class Inherited:
    """Types and units of the recursive attributes above a feature, by name."""

    types: dict[str, str] = field(default_factory=dict)
    configurable: frozenset[str] = frozenset()


@dataclass(slots=True)
class Told:
    """A feature's attributes in the model."""

    price: Decimal | None = None
    cost: Decimal | None = None
    attributes: list[Attribute] = field(default_factory=list)


class Features:
    """Reads the tree of one file."""

    def __init__(self, name: str, findings: Findings, amounts: AmountNames) -> None:
        self._name = name
        self._findings = findings
        self._amounts = amounts
        self._lines: dict[str, int] = {}
        self._beside: Counter[str] = Counter()
        self._beside_lines: dict[str, int] = {}
        self.units: dict[str, int] = {}
        """Units of amounts, with the line of the first."""

    @property
    def names(self) -> set[str]:
        """All features that were read."""
        return set(self._lines)

    def _refuse(self, element: Element, message: str) -> FileCannotBeRead:
        return FileCannotBeRead(f"{self._name}:{element.line}: {message}")

    def root(self, struct: Element) -> Node:
        """The root of the tree. Raises `FileCannotBeRead`, `FileIsTooLarge`."""
        roots = [one for one in struct.children if one.tag in _GROUPS or one.tag == "feature"]
        if len(roots) != 1 or len(struct.children) != 1:
            raise self._refuse(struct, "struct holds one feature, which is the root.")
        node = self._node(roots[0], Inherited(), depth=1, required=False, hidden=False)
        for tag, count in self._beside.items():
            self._findings.noted(
                tag,
                f"{self._name}:{self._beside_lines[tag]}",
                f"{_counted(count, tag)} not in the model, and decide nothing.",
            )
        return node

    def _node(
        self, element: Element, above: Inherited, *, depth: int, required: bool, hidden: bool
    ) -> Node:
        key = self._key(element, depth)
        for flag in element.attributes:
            if flag not in _FLAGS:
                self._note_beside(f"{element.tag} {flag}", element)
        hidden = hidden or _flag(element, "hidden")
        told, inherited = self._attributes(element, above, key)
        members = [
            self._node(
                one,
                inherited,
                depth=depth + 1,
                required=_flag(one, "mandatory") and self._is_and(element),
                hidden=hidden,
            )
            for one in element.children
            if one.tag in _GROUPS or one.tag == "feature"
        ]
        return Node(
            key,
            key,
            required=required,
            price=told.price,
            cost=told.cost,
            abstract=_flag(element, "abstract"),
            attributes=tuple(told.attributes),
            groups=self._groups(element, key, members),
            visible_when=Constant(False) if hidden else None,
        )

    def _key(self, element: Element, depth: int) -> str:
        key = element.attributes.get("name", "")
        if not key.strip() or not key.isprintable():
            raise self._refuse(element, f"the {element.tag} needs a name that can be printed.")
        if len(key) > LONGEST_NAME:
            raise FileIsTooLarge(
                f"{self._name}:{element.line}: a name has more than {LONGEST_NAME} characters."
            )
        if key in self._lines:
            first = self._lines[key]
            raise self._refuse(element, f"the feature {key!r} stands in line {first} already.")
        self._lines[key] = element.line
        if depth > DEEPEST_FEATURES or len(self._lines) > MOST_FEATURES:
            raise FileIsTooLarge(
                f"{self._name}:{element.line}: a model has at most {MOST_FEATURES} features, "
                f"{DEEPEST_FEATURES} of them inside each other."
            )
        return key

    def _is_and(self, element: Element) -> bool:
        """FeatureIDE takes an `or` with a single feature for an `and`."""
        return element.tag == "and" or (element.tag == "or" and len(_features(element)) == 1)

    def _groups(self, element: Element, key: str, members: list[Node]) -> tuple[Group, ...]:
        if not members:
            if element.tag != "feature":
                self._findings.noted(
                    f"{element.tag} {key}"[:100],
                    f"{self._name}:{element.line}",
                    "A group without features; it is read as a feature.",
                )
            return ()
        if element.tag == "feature":
            raise self._refuse(element, f"the feature {key!r} has features below it, but no group.")
        if element.tag == "or" and self._is_and(element):
            self._findings.noted(
                f"or {key}"[:100],
                f"{self._name}:{element.line}",
                "An or of a single feature is read as FeatureIDE reads it: as an and, in which the "
                "feature is optional unless it is mandatory.",
            )
        low, high = {"or": (1, None), "alt": (1, 1)}.get(element.tag, (0, None))
        if self._is_and(element):
            low = 0
        return (Group(f"{key}/1", element.tag, tuple(members), low, high),)

    # Attributes.

    def _attributes(self, element: Element, above: Inherited, key: str) -> tuple[Told, Inherited]:
        told = Told()
        types, configurable = dict(above.types), set(above.configurable)
        seen: set[str] = set()
        for one in element.children:
            if one.tag == "attribute":
                name = one.attributes.get("name", "").strip()
                if not name or name in seen or len(name) > LONGEST_NAME:
                    raise self._refuse(one, f"{key!r} has an attribute without a name of its own.")
                seen.add(name)
                self._attribute(one, name, above, told)
                if _flag(one, "recursive"):
                    types[name] = one.attributes.get("type", "").lower()
                    if _flag(one, "configurable"):
                        configurable.add(name)
            elif one.tag in _BESIDE:
                self._note_beside(one.tag, one)
            elif one.tag not in _GROUPS and one.tag != "feature":
                self._findings.lost(
                    one.tag[:100],
                    f"{self._name}:{one.line}",
                    "No part of a feature is called so. It is not in the model.",
                )
        return told, Inherited(types, frozenset(configurable))

    def _note_beside(self, what: str, element: Element) -> None:
        self._beside[what] += 1
        self._beside_lines.setdefault(what, element.line)

    def _attribute(self, one: Element, name: str, above: Inherited, told: Told) -> None:
        for other in one.attributes:
            if other not in _ATTRIBUTE:
                self._note_beside(f"attribute {other}", one)
        kind = one.attributes.get("type", above.types.get(name, "")).lower()
        if not kind:
            raise self._refuse(one, f"the attribute {name!r} has no type, here or above.")
        if kind not in _TYPES:
            raise self._refuse(one, f"{kind!r} is no type; long, double, boolean and string are.")
        value = self._value(one, name, kind)
        chosen = _flag(one, "configurable") or name in above.configurable
        if name in (self._amounts.price, self._amounts.cost) and kind in ("long", "double"):
            self._amount(one, name, value, told)
        elif chosen:
            told.attributes.append(self._chosen(one, name, kind, value))
        elif value is None:
            self._note_beside(f"attribute {name} without a value", one)
        elif isinstance(value, str):
            self._note_beside(f"attribute {name} of text", one)
        else:
            told.attributes.append(constant(name, value))

    def _amount(
        self, one: Element, name: str, value: Decimal | bool | str | None, told: Told
    ) -> None:
        if not isinstance(value, Decimal):
            return
        unit = one.attributes.get("unit", "").strip()
        if unit:
            self.units.setdefault(unit, one.line)
        if name == self._amounts.price:
            told.price = value
        else:
            told.cost = value

    def _value(self, one: Element, name: str, kind: str) -> Decimal | bool | str | None:
        text = one.attributes.get("value")
        if text is None or (kind != "string" and not text.strip()):
            return None
        if kind == "string":
            return text
        text = text.strip()
        if kind == "boolean":
            if text.lower() not in ("true", "false"):
                raise self._refuse(one, f"the value of {name!r} is neither true nor false.")
            return text.lower() == "true"
        return self._number(one, name, text, whole=kind == "long")

    def _number(self, one: Element, name: str, text: str, *, whole: bool) -> Decimal:
        try:
            found = Decimal(text) if len(text) <= LONGEST_NUMBER else None
        except InvalidOperation:
            found = None
        if (
            found is None
            or not found.is_finite()
            or abs(found.adjusted()) > LARGEST_EXPONENT
            or (whole and found != found.to_integral_value())
        ):
            raise self._refuse(one, f"the value of {name!r} is no number of reasonable size.")
        # 1.0E2 is the same number as 100, which is how amounts are written.
        return Decimal(format(found, "f"))

    def _chosen(
        self, one: Element, name: str, kind: str, value: Decimal | bool | str | None
    ) -> Attribute:
        """A configurable attribute: its value is the default."""
        place = f"{self._name}:{one.line}"
        if kind == "boolean":
            return Attribute(name, name, AttributeType.BOOLEAN, default=value)
        if kind == "string":
            text = value if isinstance(value, str) and len(value) <= 200 else None
            return Attribute(name, name, AttributeType.TEXT, default=text)
        assert value is None or isinstance(value, Decimal)
        made, assumed = number(
            name, Interval() if value is None else Interval().around(value), whole=kind == "long"
        )
        self._findings.changed(
            f"attribute {name}"[:100],
            place,
            f"The format sets no bounds to a number that is chosen; {assumed}.",
        )
        return Attribute(
            name, name, made.type, minimum=made.minimum, maximum=made.maximum, step=made.step,
            default=value,
        )  # fmt: skip


def _features(element: Element) -> list[Element]:
    return [one for one in element.children if one.tag in _GROUPS or one.tag == "feature"]


def _flag(element: Element, name: str) -> bool:
    return element.attributes.get(name, "").strip().lower() == "true"


def _counted(count: int, what: str) -> str:
    return f"{count} times {what!r} in the file: it is" if count > 1 else f"{what!r} is"
