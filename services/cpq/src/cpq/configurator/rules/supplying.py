"""What the world outside a model says, at one moment: prices, costs, deliveries, and why not.

An item that is unknown, discontinued or not for sale, that has no list price in the currency on the
day, or that nobody has stated a cost for, cannot be sold. A cost in another currency only leaves
the margin unknown, since no rate between the two has been stated.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from cpq.configuration.model import Amounts, Model, Node, Option, Supply, Unavailable
from servicekit.values import plain


@dataclass(frozen=True, slots=True)
class Ware:
    """What is known of an item of the ERP on the day of the request."""

    sku: str
    known: bool = True
    for_sale: bool = True
    price: Decimal | None = None
    """List price per unit in the currency of the request."""
    cost: Decimal | None = None
    """Standard cost per unit in that currency."""
    has_cost: bool = False
    """There is a cost on the day, in whatever currency."""
    delivery_days: int | None = None
    """Until one unit can be promised; 0 for what is never on a shelf; None: nobody knows."""


def items_of(model: Model) -> tuple[str, ...]:
    """The SKUs that a model speaks of, each once, in its order."""
    found: dict[str, None] = {}
    for node in model.nodes():
        if node.item is not None:
            found[node.item] = None
        for attribute in node.attributes:
            for option in attribute.options:
                if option.item is not None:
                    found[option.item] = None
    return tuple(found)


def has_amounts(model: Model) -> bool:
    """Whether the model has prices or costs of its own, which are in its currency."""
    for node in model.nodes():
        options = [option for attribute in node.attributes for option in attribute.options]
        priced: list[Node | Option] = [node, *options]
        if any(one.price is not None or one.cost is not None for one in priced):
            return True
    return False


def supply_of(wares: Iterable[Ware], currency: str, day: date) -> Supply:
    """The supply of a request in a currency on a day."""
    amounts: dict[str, Amounts] = {}
    unavailable: list[Unavailable] = []
    for ware in wares:
        amounts[ware.sku] = Amounts(ware.price, ware.cost, ware.delivery_days)
        reason = _why_not(ware, currency, day)
        if reason is not None:
            unavailable.append(Unavailable(ware.sku, reason))
    return Supply(amounts, tuple(unavailable))


def _why_not(ware: Ware, currency: str, day: date) -> str | None:
    if not ware.known:
        return f"Item {ware.sku} is not known"
    if not ware.for_sale:
        return f"Item {ware.sku} is discontinued or not for sale"
    if ware.price is None:
        return f"Item {ware.sku} has no list price in {currency} on {day.isoformat()}"
    if not ware.has_cost:
        return f"Item {ware.sku} has no standard cost on {day.isoformat()}"
    return None


def fingerprint(supply: Supply) -> str:
    """Equal for supplies that say the same; an engine of one may answer for the other."""
    if not supply.amounts and not supply.unavailable:
        return ""
    said = hashlib.sha256()
    for sku, amounts in sorted(supply.amounts.items()):
        said.update(
            f"{sku}\0{_text(amounts.price)}\0{_text(amounts.cost)}\0{amounts.delivery_days}\n".encode()
        )
    for one in sorted(supply.unavailable, key=lambda each: each.item):
        said.update(f"{one.item}\0{one.reason}\n".encode())
    return said.hexdigest()


def _text(amount: Decimal | None) -> str:
    return "" if amount is None else plain(amount)
