"""Usage prices as JSON objects: decimals are texts, and members that say nothing are left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from cpq.selling.usage import (
    Graduated,
    Package,
    Percentage,
    Standard,
    UsagePrice,
    UsageTier,
    Volume,
)
from servicekit.values import plain

_NAMES: Final[Mapping[type[UsagePrice], str]] = {
    Standard: "standard",
    Graduated: "graduated",
    Volume: "volume",
    Package: "package",
    Percentage: "percentage",
}
_NOTHING = Decimal(0)


def written_usage(price: UsagePrice) -> dict[str, Any]:
    """A usage price as an object whose `model` says which it is; `read_usage` reads it again."""
    if isinstance(price, Standard):
        said: dict[str, Any] = {"unit_price": plain(price.unit_price)}
    elif isinstance(price, Package):
        said = {
            "size": plain(price.size),
            "package_price": plain(price.package_price),
            "free": _unless_nothing(price.free),
        }
    elif isinstance(price, Percentage):
        said = {
            "rate": plain(price.rate),
            "fee": _unless_nothing(price.fee),
            "minimum": None if price.least is None else plain(price.least),
            "maximum": None if price.most is None else plain(price.most),
        }
    else:
        said = {"tiers": [_tier(one) for one in price.tiers]}
    return {"model": _NAMES[type(price)], **_said(said)}


def read_usage(kept: Mapping[str, Any]) -> UsagePrice:
    """What `written_usage` wrote. Raises `KeyError` for what is no usage price."""
    model = kept["model"]
    if model == "standard":
        return Standard(Decimal(kept["unit_price"]))
    if model == "package":
        free = Decimal(kept.get("free", 0))
        return Package(Decimal(kept["size"]), Decimal(kept["package_price"]), free)
    if model == "percentage":
        return Percentage(
            Decimal(kept["rate"]),
            Decimal(kept.get("fee", 0)),
            _optional(kept.get("minimum")),
            _optional(kept.get("maximum")),
        )
    tiered: Mapping[str, type[Graduated | Volume]] = {"graduated": Graduated, "volume": Volume}
    return tiered[model](_tiers(kept["tiers"]))


def _tiers(kept: Sequence[Mapping[str, Any]]) -> tuple[UsageTier, ...]:
    return tuple(
        UsageTier(
            _optional(one.get("up_to")), Decimal(one["unit_price"]), Decimal(one.get("flat", 0))
        )
        for one in kept
    )


def _tier(tier: UsageTier) -> dict[str, Any]:
    return _said(
        {
            "up_to": None if tier.up_to is None else plain(tier.up_to),
            "unit_price": plain(tier.unit_price),
            "flat": _unless_nothing(tier.flat),
        }
    )


def _unless_nothing(amount: Decimal) -> str | None:
    return plain(amount) if amount else None


def _optional(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def _said(members: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value is not None}
