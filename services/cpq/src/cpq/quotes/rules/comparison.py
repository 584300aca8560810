"""What two versions of a quote say differently."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from servicekit.values import plain
from servicekit.values.decimals import ARITHMETIC

_HEAD = (
    "customer", "currency", "priced_on", "valid_until", "requested_on", "customer_reference",
    "groups", "net", "tax_estimate", "gross_estimate",
)  # fmt: skip
_OF_LINE = (
    "position", "sku", "name", "quantity", "unit", "net_unit_price", "discount_fraction",
    "net_amount", "tax_category", "tax_rate", "configuration", "parent", "group", "optional",
    "selected", "alternative_of", "selling_model", "start_on", "end_on", "term",
    "usage",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Difference:
    """A member that differs; None: it is not there."""

    field: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class LineDifference:
    """What became of a line."""

    key: str
    change: Literal["added", "removed", "changed"]
    fields: Sequence[Difference]
    amount: str
    """What the document's net grows by because of it, before rounding; below zero it shrinks."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a later version says differently from an earlier one."""

    fields: Sequence[Difference]
    lines: Sequence[LineDifference]
    net: str
    """The growth of the net."""


def compare(before: Mapping[str, Any], after: Mapping[str, Any]) -> Comparison:
    """Compare two offers as `offer_document` writes them; lines are the same by their key."""
    old, new = _lines(before), _lines(after)
    lines = []
    for key in [*new, *(key for key in old if key not in new)]:
        was, now = old.get(key), new.get(key)
        fields = _differences(_OF_LINE, was or {}, now or {})
        if was is None or now is None:
            change: Literal["added", "removed", "changed"] = "added" if was is None else "removed"
        elif fields:
            change = "changed"
        else:
            continue
        grown = ARITHMETIC.subtract(_amount(now), _amount(was))
        lines.append(LineDifference(key, change, fields, plain(grown)))
    net = ARITHMETIC.subtract(Decimal(after["net"]), Decimal(before["net"]))
    return Comparison(_differences(_HEAD, before, after), lines, plain(net))


def _lines(offer: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    return {line.get("key") or str(line["position"]): line for line in offer["lines"]}


def _amount(line: Mapping[str, Any] | None) -> Decimal:
    if line is None or not line.get("selected", True):
        return Decimal(0)
    return Decimal(line["net_amount"])


def _differences(
    names: Sequence[str], before: Mapping[str, Any], after: Mapping[str, Any]
) -> list[Difference]:
    return [
        Difference(name, before.get(name), after.get(name))
        for name in names
        if before.get(name) != after.get(name)
    ]
