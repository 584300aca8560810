"""The laws of what can be chosen: bounds, sizes, defaults and cells, groups that can be kept."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any, Final

from cpq.configuration.document.problems import Flaw, Problems
from cpq.configuration.document.shapes import Part, decimal
from cpq.configuration.evaluation import EXACT
from cpq.configuration.language import EPOCH
from cpq.configuration.model import AttributeType, FactType

LARGEST_DOMAIN: Final = 1_000_000
"""Values of a number, a quantity or a fact."""

_OWN_MEMBERS: Final = {
    AttributeType.BOOLEAN: ("default", "expression"),
    AttributeType.ENUMERATION: ("default", "options"),
    AttributeType.INTEGER: ("default", "expression", "minimum", "maximum", "step"),
    AttributeType.DECIMAL: ("default", "expression", "minimum", "maximum", "step"),
    AttributeType.TEXT: ("default", "longest"),
}
_FACT_MEMBERS: Final = {
    FactType.TEXT: ("values",),
    FactType.NUMBER: ("minimum", "maximum", "step"),
    FactType.DATE: ("minimum", "maximum"),
}
_TYPED_MEMBERS: Final = ("options", "minimum", "maximum", "step", "longest", "expression")


class Domains:
    """Checks what the parts of a document may be."""

    def __init__(self, problems: Problems) -> None:
        self._problems = problems

    def check_root(self, root: Part) -> None:
        """The whole is there, once."""
        for member, only in (("minimum", 1), ("maximum", 1), ("default", None)):
            if root[member] != only:
                self._problems.add(
                    root.place(member),
                    Flaw.NOT_ALLOWED,
                    "the root is selected once; how many are sold is the quote line's business",
                )

    def check_node(self, node: Part) -> None:
        """Quantities of a node."""
        low, high, default = node["minimum"], node["maximum"], node["default"]
        if low > high:
            self._problems.add(
                node.place("minimum"),
                Flaw.BOUNDS_CROSSED,
                f"the minimum {low} lies above the maximum {high}",
            )
        elif default is not None and not (
            low <= default <= high or (default == 0 and not node["required"])
        ):
            other = "" if node["required"] else ", or 0 to leave it out"
            self._problems.add(
                node.place("default"),
                Flaw.OUTSIDE_DOMAIN,
                f"the default {default} lies between {low} and {high}{other}",
            )

    def check_group(self, group: Part) -> None:
        """Bounds that some selection of the members can keep."""
        members = [one for one in group["members"] if one is not None]
        low, high = group["minimum"], group["maximum"]
        least, most = group["least_units"], group["most_units"]
        if high is not None and low > high:
            self._group(group, "minimum", f"at least {low} and at most {high} members")
        if low > len(members) > 0:
            self._group(group, "minimum", f"at least {low} of {len(members)} members")
        required = [one for one in members if one["required"]]
        if high is not None and len(required) > high:
            self._group(
                group, "maximum", f"{len(required)} members are required, at most {high} allowed"
            )
        if least is not None and most is not None and least > most:
            self._group(group, "least_units", f"at least {least} and at most {most} units")
        elif least is not None and least > sum(one["maximum"] for one in members):
            self._group(group, "least_units", f"all members together have fewer than {least} units")
        needed = sum(one["minimum"] for one in required)
        if most is not None and needed > most:
            self._group(
                group, "most_units", f"the required members have {needed} units, {most} are allowed"
            )

    def _group(self, group: Part, member: str, message: str) -> None:
        self._problems.add(group.place(member), Flaw.IMPOSSIBLE_GROUP, message)

    def check_attribute(self, attribute: Part, kind: AttributeType) -> None:
        """Members that fit the type, and a domain of bounded size."""
        for member in _TYPED_MEMBERS:
            if _is_given(attribute[member]) and member not in _OWN_MEMBERS[kind]:
                self._problems.add(
                    attribute.place(member), Flaw.NOT_FOR_THIS_TYPE, f"{kind} has no {member}"
                )
        if kind is AttributeType.ENUMERATION and not attribute["options"]:
            self._problems.add(
                attribute.at, Flaw.REQUIRED, "an enumeration needs at least one of 'options'"
            )
        if kind not in (AttributeType.INTEGER, AttributeType.DECIMAL, AttributeType.BOOLEAN):
            return
        if attribute["expression"] is not None:
            for member in ("minimum", "maximum", "step", "default"):
                if attribute[member] is not None:
                    self._problems.add(
                        attribute.place(member),
                        Flaw.NOT_FOR_THIS_TYPE,
                        f"what is calculated has no {member}; a rule can bound it",
                    )
            return
        if kind is not AttributeType.BOOLEAN:
            for member in ("minimum", "maximum"):
                if attribute[member] is None:
                    self._problems.add(
                        attribute.at, Flaw.REQUIRED, f"a number that is chosen needs {member!r}"
                    )
            self._range(
                attribute,
                attribute["minimum"],
                attribute["maximum"],
                attribute["step"],
                whole=kind is AttributeType.INTEGER,
            )

    def _range(
        self,
        part: Part,
        low: Decimal | None,
        high: Decimal | None,
        step: Decimal | None,
        *,
        whole: bool,
    ) -> None:
        if whole:
            for member, value in (("minimum", low), ("maximum", high), ("step", step)):
                if value is not None and value != value.to_integral_value():
                    self._problems.add(
                        part.place(member), Flaw.NOT_WHOLE, "a whole number is needed here"
                    )
        if low is None or high is None:
            return
        if low > high:
            self._problems.add(
                part.place("minimum"),
                Flaw.BOUNDS_CROSSED,
                f"the minimum {low} lies above the maximum {high}",
            )
        elif EXACT.subtract(high, low) >= EXACT.multiply(step or Decimal(1), LARGEST_DOMAIN):
            self._problems.add(
                part.place("maximum"),
                Flaw.DOMAIN_TOO_LARGE,
                f"more than {LARGEST_DOMAIN} values lie between {low} and {high}; narrow the "
                "bounds, take a coarser step, or make it free text if no rule asks it",
            )

    def value(self, attribute: Part, kind: AttributeType, value: object, at: str) -> Any:
        """A value that the attribute can have, or None after a problem was noted."""
        match kind:
            case AttributeType.BOOLEAN:
                return self.flag(value, at)
            case AttributeType.ENUMERATION:
                return self._code(attribute, value, at)
            case AttributeType.TEXT:
                longest = attribute["longest"] or 200
                if not isinstance(value, str):
                    self._problems.add(at, Flaw.TYPES_DIFFER, "a text is needed")
                elif len(value) > longest:
                    self._outside(at, f"the text has more than {longest} characters")
                else:
                    return value
                return None
            case _:
                return self._number(attribute, value, at)

    def flag(self, value: object, at: str) -> bool | None:
        """True or false, or None after a problem was noted."""
        if isinstance(value, bool):
            return value
        self._problems.add(at, Flaw.TYPES_DIFFER, "true or false is needed")
        return None

    def quantity(self, node: Part, value: object, at: str) -> Decimal | None:
        """A quantity that the node can have, 0 included, or None after a problem was noted."""
        number = decimal(value, at, self._problems)
        low, high = node["minimum"], node["maximum"]
        if number is None or number == 0 or (low <= number <= high and number % 1 == 0):
            return number
        self._outside(at, f"the quantity is 0 or a whole number from {low} to {high}")
        return None

    def _code(self, attribute: Part, value: object, at: str) -> str | None:
        if not isinstance(value, str):
            self._problems.add(at, Flaw.TYPES_DIFFER, "the code of an option is needed")
        elif all(option is None or option["code"] != value for option in attribute["options"]):
            self._problems.add(at, Flaw.UNKNOWN_VALUE, f"no option has the code {value[:200]!r}")
        else:
            return value
        return None

    def _number(self, attribute: Part, value: object, at: str) -> Decimal | None:
        number = decimal(value, at, self._problems)
        low, high = attribute["minimum"], attribute["maximum"]
        step = attribute["step"] or Decimal(1)
        if number is None or low is None or high is None or low > high:
            return number
        if not low <= number <= high:
            self._outside(at, f"{number} lies outside of {low} to {high}")
        elif EXACT.remainder(EXACT.subtract(number, low), step) != 0:
            self._outside(at, f"{number} is not on the grid of {step} that begins at {low}")
        else:
            return number
        return None

    def _outside(self, at: str, message: str) -> None:
        self._problems.add(at, Flaw.OUTSIDE_DOMAIN, message)

    def fact(self, fact: Part, kind: FactType) -> tuple[Decimal | None, Decimal | None]:
        """The bounds of a fact, checked with all that belongs to its type."""
        own = _FACT_MEMBERS[kind]
        for member in ("values", "minimum", "maximum", "step"):
            if _is_given(fact[member]) and member not in own:
                self._problems.add(
                    fact.place(member), Flaw.NOT_FOR_THIS_TYPE, f"a {kind} has no {member}"
                )
            elif not _is_given(fact[member]) and member in own and member != "step":
                self._problems.add(fact.at, Flaw.REQUIRED, f"a {kind} needs {member!r}")
        if kind is FactType.TEXT:
            self._values(fact)
            return None, None
        low, high = (
            None if fact[member] is None else self._bound(fact[member], kind, fact.place(member))
            for member in ("minimum", "maximum")
        )
        self._range(fact, low, high, fact["step"], whole=kind is FactType.DATE)
        return low, high

    def _values(self, fact: Part) -> None:
        seen: dict[str, int] = {}
        for number, value in enumerate(fact["values"]):
            if value is not None and seen.setdefault(value, number) != number:
                self._problems.add(
                    fact.place("values", number), Flaw.DUPLICATE, f"{value!r} stands there already"
                )

    def _bound(self, value: object, kind: FactType, at: str) -> Decimal | None:
        if kind is FactType.NUMBER:
            return decimal(value, at, self._problems)
        try:
            return Decimal((date.fromisoformat(str(value)) - EPOCH).days)
        except ValueError:
            self._problems.add(at, Flaw.NOT_ALLOWED, 'a day is written "2026-12-31"')
            return None


def _is_given(value: object) -> bool:
    return value is not None and value != () and value != []
