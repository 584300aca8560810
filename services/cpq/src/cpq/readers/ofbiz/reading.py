"""Configurable products of OFBiz as models. Source of what each field means: `ProductConfigWrapper`
and the entity model of OFBiz's product component."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Final

from cpq.configuration.expressions import (
    Compare,
    Comparison,
    Constant,
    CountOf,
    Expression,
    FactOf,
    Implies,
    Selected,
    walk,
)
from cpq.configuration.model import Fact, Group, Model, Node, Rule
from cpq.readers import fitting
from cpq.readers.findings import Findings, Reading
from cpq.readers.ofbiz.entities import Entities, Entity, load
from cpq.readers.ofbiz.parts import Parts, name_of
from cpq.readers.ofbiz.prices import WHOLE, Prices, decimal
from cpq.readers.ofbiz.windows import TODAY, Windows
from cpq.readers.refusals import NothingToConfigure

CONFIGURABLE: Final = {"AGGREGATED", "AGGREGATED_SERVICE", "AGGREGATED_CONF", "AGGREGATEDSERV_CONF"}


def read(
    content: bytes,
    *,
    name: str,
    as_of: date,
    currency: str | None = None,
    items: bool = False,
) -> Reading:
    """A model for each configurable product of a file.

    Args:
        content: the file.
        name: what it is called in places and refusals.
        as_of: the day of the reading. What ended before it is left out; what begins or ends after
            it asks the fact `date`.
        currency: which prices count; None: those in the currency that is met first.
        items: products are items of the ERP, whose prices, costs and stock count. Otherwise the
            file's own prices do, and nothing is an item.

    Raises `FileCannotBeRead`, `FileIsTooLarge`, `NothingToConfigure`.
    """
    findings = Findings()
    entities = load(content, name, findings)
    windows = Windows(as_of, findings)
    prices = Prices(entities, windows, findings, currency)
    reader = _Reader(entities, windows, prices, findings, items)
    models = tuple(reader.models())
    if not models:
        raise NothingToConfigure(f"{name} has no product with configuration items.")
    return Reading(models, tuple(findings))


@dataclass(slots=True)
class _Reader:
    entities: Entities
    windows: Windows
    prices: Prices
    findings: Findings
    items: bool
    parts: Parts = field(init=False)
    options: dict[str, list[Entity]] = field(default_factory=dict)
    rows: dict[str, list[Entity]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.parts = Parts(self.entities, self.windows, self.prices, self.findings, self.items)
        for row in self.entities.of("ProductConfigOption"):
            self.options.setdefault(row["configItemId"], []).append(row)
            if self.entities.one("ProductConfigItem", row["configItemId"]) is None:
                self.findings.lost(
                    "ProductConfigOption", row.place, f"There is no item {row['configItemId']}."
                )
        for rows in self.options.values():
            rows.sort(key=_order)
        for row in self.entities.of("ProductConfig"):
            self.rows.setdefault(row["productId"], []).append(row)
            if self.entities.one("Product", row["productId"]) is None:
                self.findings.lost(
                    "ProductConfig", row.place, f"There is no product {row['productId']}."
                )

    def models(self) -> list[Model]:
        """The models of products, in the file's order."""
        found = []
        for product in self.entities.of("Product"):
            kind = product["productTypeId"]
            rows = self.rows.get(product["productId"], [])
            if kind in CONFIGURABLE and not rows:
                self.findings.noted(
                    "Product", product.place, f"{product['productId']} has no configuration items."
                )
            if not rows:
                continue
            if kind not in CONFIGURABLE:
                self.findings.changed(
                    "productTypeId",
                    product.place,
                    f"{product['productId']} is {kind or 'of no type'}, which OFBiz does not"
                    " configure; here it is.",
                )
            model = self.model(product, rows)
            if model is not None:
                found.append(model)
        return found

    def model(self, product: Entity, rows: list[Entity]) -> Model | None:
        """The model of a product."""
        key = self.parts.begin(product)
        rules: list[Rule] = []
        groups: list[Group] = []
        stems: set[str] = set()
        offered = [row for row in rows if not self.windows.has_ended(row)]
        often = Counter(row["configItemId"] for row in offered)
        for row in sorted(offered, key=_order):
            item = self.entities.one("ProductConfigItem", row["configItemId"])
            if item is None:
                self.findings.lost(
                    "ProductConfig", row.place, f"There is no item {row['configItemId']}."
                )
                continue
            stem = row["configItemId"]
            if often[stem] > 1:
                stem = f"{stem}-{row['sequenceNum']}"
            while stem in stems:
                stem = f"{stem}~"
            stems.add(stem)
            group = self.group(row, item, f"{key}:{stem}", stem, product["productId"])
            if group is not None:
                groups.append(group)
                rules.extend(self.dated(row, group))
        if not groups:
            self.findings.lost(
                "Product", product.place, f"{product['productId']} has nothing to choose."
            )
            return None
        rules.extend(self.parts.rules)
        root = Node(
            key=key,
            name=name_of(product),
            item=self.parts.item(product),
            price=None if self.items else self.prices.of(product, WHOLE),
            groups=tuple(groups),
        )
        facts: tuple[Fact, ...] = ()
        if any(isinstance(one, FactOf) for rule in rules for one in walk(rule.condition)):
            facts = (TODAY,)
        return fitting.fit(
            Model(
                key=product["productId"],
                name=name_of(product),
                root=root,
                currency=None if self.items else self.prices.currency,
                rules=tuple(rules),
                facts=facts,
            )
        )

    # ---- items

    def group(self, row: Entity, item: Entity, key: str, stem: str, whole: str) -> Group | None:
        """The options of an item: one, several or all of them."""
        options = self.options.get(item["configItemId"], [])
        if not options:
            self.findings.lost(
                "ProductConfigItem", item.place, f"{item['configItemId']} has no options."
            )
            return None
        standard = row["configTypeId"] == "STANDARD"
        if not standard and row["configTypeId"] not in ("", "QUESTION"):
            self.findings.lost(
                "configTypeId", row.place, f"{row['configTypeId']} is not known; it is a question."
            )
        single = item["configItemTypeId"] == "SINGLE"
        if not single and item["configItemTypeId"] != "MULTIPLE":
            kind = item["configItemTypeId"]
            self.findings.lost(
                "configItemTypeId", item.place, f"{kind!r} is not known; several may be chosen."
            )
        mandatory = self.is_mandatory(row)
        always = self.windows.when(row) is None
        proposed = self.proposed(row, options, mandatory)
        members = tuple(
            self.option(one, f"{stem}/", standard and always, one is proposed, whole)
            for one in options
        )
        return Group(
            key=key,
            name=row["description"] or item.first("description", "configItemName", "configItemId"),
            members=members,
            minimum=1 if mandatory and always and not standard else 0,
            maximum=1 if single and not standard else None,
        )

    def is_mandatory(self, row: Entity) -> bool:
        """Whether something must be chosen."""
        return row["isMandatory"] == "Y"

    def proposed(self, row: Entity, options: list[Entity], mandatory: bool) -> Entity | None:
        """The option that is proposed: the row's default, or the first of what is mandatory."""
        said = row["defaultConfigOptionId"]
        if not said:
            return options[0] if mandatory else None
        found = next((one for one in options if one["configOptionId"] == said), None)
        if found is None:
            self.findings.changed(
                "defaultConfigOptionId", row.place, f"There is no option {said}; none is proposed."
            )
        return found

    def option(
        self, option: Entity, before: str, required: bool, proposed: bool, whole: str
    ) -> Node:
        """An option with its products."""
        key = self.parts.key(f"{before}{option['configOptionId']}", whole)
        products = self.parts.of(option, key, whole)
        if not products:
            self.findings.changed(
                "ProductConfigOption", option.place, "The option has no product; it costs nothing."
            )
        return Node(
            key=key,
            name=option.first("description", "configOptionName", "configOptionId"),
            required=required,
            default=1 if required or proposed else None,
            abstract=True,
            groups=products,
        )

    def dated(self, row: Entity, group: Group) -> list[Rule]:
        """The rules of an item that is only asked from a day on, or to a day."""
        when = self.windows.when(row)
        if when is None:
            return []
        every = tuple(Selected(one.key) for one in group.members)
        count = CountOf(every)
        found = [self.rule(group, "dates", Implies(_any(count), when), "is not offered then", row)]
        if row["configTypeId"] == "STANDARD":
            all_of = Compare(Comparison.EQUAL, count, Constant(Decimal(len(every))))
            found.append(self.rule(group, "standard", Implies(when, all_of), "belongs to it", row))
        elif self.is_mandatory(row):
            needed = Implies(when, _any(count))
            found.append(self.rule(group, "mandatory", needed, "must be chosen", row))
        return found

    def rule(self, group: Group, stem: str, held: Expression, words: str, row: Entity) -> Rule:
        return Rule(f"{group.key}:{stem}", held, f"{group.name} {words}.", row.place)


def _any(count: Expression) -> Expression:
    return Compare(Comparison.AT_LEAST, count, Constant(Decimal(1)))


def _order(row: Entity) -> tuple[bool, Decimal]:
    number = decimal(row["sequenceNum"])
    return number is None, number or Decimal(0)
