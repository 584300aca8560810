"""Products of options as nodes: each as often as the option has it, virtual ones by a variant."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from cpq.configuration.expressions import Expression, Implies, Selected
from cpq.configuration.model import Group, Node, Rule
from cpq.readers import fitting
from cpq.readers.findings import Findings
from cpq.readers.ofbiz.entities import Entities, Entity
from cpq.readers.ofbiz.prices import PART, Prices, decimal
from cpq.readers.ofbiz.windows import Windows
from cpq.readers.refusals import FileIsTooLarge

MOST_NODES: Final = 20_000
MOST_NODES_IN_ALL: Final = 100_000
SOLD: Final = ("introductionDate", "salesDiscontinuationDate")


@dataclass(slots=True)
class Parts:
    """Makes the nodes of products; `rules` are about when they are sold.

    With `items`, products are items of the ERP, whose prices count instead of the file's.
    """

    entities: Entities
    windows: Windows
    prices: Prices
    findings: Findings
    items: bool
    rules: list[Rule] = field(default_factory=list)
    variants: dict[str, list[Entity]] = field(default_factory=dict)
    components: dict[tuple[str, str], list[Entity]] = field(default_factory=dict)
    configured: frozenset[str] = frozenset()
    """The ids of the products that are configurable."""
    in_all: int = 0
    _keys: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        rows = self.entities.of("ProductConfig")
        self.configured = frozenset(one["productId"] for one in rows)
        for row in self.entities.of("ProductAssoc"):
            if row["productAssocTypeId"] == "PRODUCT_VARIANT":
                self.variants.setdefault(row["productId"], []).append(row)
            else:
                kind = row["productAssocTypeId"]
                self.findings.noted(
                    "ProductAssoc", row.place, f"OFBiz's configurator does not ask {kind}."
                )
        for row in self.entities.of("ProductConfigProduct"):
            key = (row["configItemId"], row["configOptionId"])
            self.components.setdefault(key, []).append(row)
            if self.entities.one("ProductConfigOption", *key) is None:
                self.findings.lost(
                    "ProductConfigProduct", row.place, f"There is no option {' '.join(key)}."
                )

    def begin(self, product: Entity) -> str:
        """Begins a model, and gives the key of its root."""
        self.rules = []
        self._keys = set()
        return self.key(product["productId"], product["productId"])

    def key(self, said: str, whole: str) -> str:
        """The key of one more node of a product. Raises `FileIsTooLarge`."""
        self.in_all += 1
        if len(self._keys) >= MOST_NODES:
            raise FileIsTooLarge(f"{whole} has more than {MOST_NODES} parts.")
        if self.in_all > MOST_NODES_IN_ALL:
            raise FileIsTooLarge(f"All products have more than {MOST_NODES_IN_ALL} parts.")
        found = fitting.node_key(said)
        while found in self._keys:
            said = f"{said}~"
            found = fitting.node_key(said)
        self._keys.add(found)
        return found

    def item(self, product: Entity) -> str | None:
        """The product as an item of the ERP."""
        sku = product["productId"]
        if not self.items or len(sku) <= fitting.LONGEST_ITEM:
            return sku if self.items else None
        self.findings.lost(
            "productId", product.place, f"It is too long for an item: {fitting.LONGEST_ITEM}."
        )
        return None

    def of(self, option: Entity, key: str, whole: str) -> tuple[Group, ...]:
        """The products of an option."""
        found: list[Node] = []
        pair = (option["configItemId"], option["configOptionId"])
        for row in self.components.get(pair, []):
            product = self.entities.one("Product", row["productId"])
            if product is None:
                self.findings.lost(
                    "ProductConfigProduct", row.place, f"There is no product {row['productId']}."
                )
                continue
            if product["productId"] in self.configured:
                self.findings.changed(
                    "ProductConfigProduct",
                    row.place,
                    f"{product['productId']} is configurable itself; here it is a part at its own"
                    " price.",
                )
            found.append(self.part(product, row, key, whole))
        if not found:
            return ()
        return (Group(f"{key}:products", "Products", tuple(found)),)

    def part(self, product: Entity, row: Entity, above: str, whole: str) -> Node:
        """A product of an option, or the choice between its variants."""
        key = self.key(f"{above}/{product['productId']}", whole)
        units, share = self.units(row)
        self.sold(product, key)
        variants = self.choices(product, key, whole, share) if product["isVirtual"] == "Y" else ()
        price = None
        if not variants and not self.items:
            price = self.prices.of(product, PART)
        return Node(
            key=key,
            name=name_of(product),
            required=True,
            minimum=units,
            maximum=units,
            default=units,
            item=None if variants else self.item(product),
            price=None if price is None else price * share,
            abstract=bool(variants),
            groups=variants,
        )

    def units(self, row: Entity) -> tuple[int, Decimal]:
        """How many units an option has, and what share of a price each counts."""
        said = row["quantity"]
        number = Decimal(1) if not said else decimal(said)
        if number is None or number < 0 or number > fitting.MOST_UNITS:
            self.findings.lost("quantity", row.place, f"{said[:40]!r} is no quantity; 1 is taken.")
            return 1, Decimal(1)
        if number == 0:
            self.findings.changed("quantity", row.place, "0 counts as 1, as OFBiz has it.")
            return 1, Decimal(1)
        if number % 1 == 0:
            return int(number), Decimal(1)
        self.findings.changed(
            "quantity",
            row.place,
            f"{said} is no whole number: one unit at {said} of its price.",
        )
        return 1, number

    def choices(self, product: Entity, key: str, whole: str, share: Decimal) -> tuple[Group, ...]:
        """The variants of a virtual product, exactly one of which is chosen."""
        found: list[Node] = []
        for row in self.variants.get(product["productId"], []):
            variant = self.entities.one("Product", row["productIdTo"])
            if variant is None:
                self.findings.lost(
                    "ProductAssoc", row.place, f"There is no product {row['productIdTo']}."
                )
                continue
            if self.windows.has_ended(row):
                continue
            own = self.key(f"{key}/{variant['productId']}", whole)
            self.limit(own, self.windows.when(row), name_of(variant), row)
            self.sold(variant, own)
            price = None if self.items else self.prices.of(variant, PART)
            found.append(
                Node(
                    key=own,
                    name=name_of(variant),
                    item=self.item(variant),
                    price=None if price is None else price * share,
                )
            )
        if not found:
            self.findings.changed(
                "isVirtual", product.place, f"{product['productId']} has no variant; it is a part."
            )
            return ()
        return (Group(f"{key}:variants", f"{name_of(product)}", tuple(found), 1, 1),)

    # ---- when things are sold

    def sold(self, product: Entity, key: str) -> None:
        """A rule where a product is not sold for ever."""
        self.limit(key, self.windows.when(product, *SOLD), name_of(product), product)

    def limit(self, key: str, when: Expression | None, name: str, row: Entity) -> None:
        """A rule that a part is there only while something holds."""
        if when is not None:
            held = Implies(Selected(key), when)
            self.rules.append(Rule(f"{key}:dates", held, f"{name} is not offered then.", row.place))


def name_of(product: Entity) -> str:
    """The name of a product for people."""
    return product.first("productName", "internalName", "description", "productId")
