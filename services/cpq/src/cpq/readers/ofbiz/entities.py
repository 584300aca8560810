"""Entities of an entity engine's XML: one element each, its fields as attributes or children."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from cpq.readers import fitting
from cpq.readers.findings import Findings
from cpq.readers.markup import Element, parse
from cpq.readers.refusals import FileCannotBeRead, FileIsTooLarge

MOST_ENTITIES: Final = 200_000
LONGEST_FIELD: Final = 40_000
WRAPPERS: Final = {"create", "create-update", "create-replace"}
"""Elements around entities that say how a load treats those that are there already."""

KEYS: Final[dict[str, tuple[str, ...]]] = {
    "Product": ("productId",),
    "ProductConfig": ("productId", "configItemId", "sequenceNum", "fromDate"),
    "ProductConfigItem": ("configItemId",),
    "ProductConfigOption": ("configItemId", "configOptionId"),
    "ProductConfigProduct": ("configItemId", "configOptionId", "productId"),
    "ProductPrice": (
        "productId",
        "productPricePurposeId",
        "productPriceTypeId",
        "currencyUomId",
        "productStoreGroupId",
        "fromDate",
    ),
    "ProductAssoc": ("productId", "productIdTo", "productAssocTypeId", "fromDate"),
}
"""The entities that are read, and what tells their rows apart."""

_FEATURES = "Variants are named as products; their features only describe them."
_CATEGORIES = "In which categories of a shop products stand."
_CONTENT = "Texts and pictures of pages."
_MAKING = "How products are made."
ELSEWHERE: Final[dict[str, str]] = {
    "Content": _CONTENT,
    "ContentAssoc": _CONTENT,
    "DataResource": _CONTENT,
    "ElectronicText": _CONTENT,
    "FixedAsset": _MAKING,
    "FixedAssetGeoPoint": _MAKING,
    "FixedAssetProduct": _MAKING,
    "GoodIdentification": "Other programs' numbers of products.",
    "ProductCategory": _CATEGORIES,
    "ProductCategoryContent": _CATEGORIES,
    "ProductCategoryLink": _CATEGORIES,
    "ProductCategoryMember": _CATEGORIES,
    "ProductCategoryRollup": _CATEGORIES,
    "ProductConfigConfig": "Configurations that somebody saved.",
    "ProductConfigStats": "How often options were chosen.",
    "ProductContent": _CONTENT,
    "ProductFacility": "Where products are in stock.",
    "ProductFeature": _FEATURES,
    "ProductFeatureAppl": _FEATURES,
    "ProductFeatureCategory": _FEATURES,
    "ProductFeatureType": _FEATURES,
    "ProductKeyword": _CONTENT,
    "SupplierProduct": "From whom products are bought.",
    "WorkEffort": _MAKING,
    "WorkEffortAssoc": _MAKING,
    "WorkEffortGoodStandard": _MAKING,
}
"""Entities that decide nothing about what can be configured, and what they say."""
UNSUPPORTED: Final[dict[str, str]] = {
    "ProductConfigOptionIactn": "How options depend on each other.",
    "ProductFeatureIactn": "Which features go together.",
    "ProductPriceRule": "Prices that depend on more than the product.",
    "ProductPriceCond": "Prices that depend on more than the product.",
    "ProductPriceAction": "Prices that depend on more than the product.",
}
"""Entities that decide something that is not read: each row is lost by name."""


@dataclass(frozen=True, slots=True, eq=False)
class Entity:
    """A row; `place` is its file and line."""

    name: str
    fields: dict[str, str]
    place: str

    def __getitem__(self, name: str) -> str:
        """A field in one line; empty where there is none."""
        return self.fields.get(name, "")

    def first(self, *names: str) -> str:
        """The first of these fields that is not empty."""
        return next((self[one] for one in names if self[one]), "")


@dataclass(slots=True)
class Entities:
    """The rows that are read, by entity and key, in the file's order."""

    rows: dict[str, dict[tuple[str, ...], Entity]] = field(default_factory=dict)

    def of(self, name: str) -> Iterator[Entity]:
        """The rows of an entity."""
        return iter(self.rows.get(name, {}).values())

    def one(self, name: str, *key: str) -> Entity | None:
        """The row with a key."""
        return self.rows.get(name, {}).get(key)


def load(content: bytes, name: str, findings: Findings) -> Entities:
    """The entities of a file. Raises `FileCannotBeRead`, `FileIsTooLarge`.

    A row that stands twice has the later's fields over the earlier's, as a load of the file has it.
    """
    root = parse(content, name)
    if root.tag != "entity-engine-xml":
        raise FileCannotBeRead(f"{name}:{root.line}: {root.tag[:100]!r} is no entity-engine-xml.")
    found = Entities()
    seen: set[str] = set()
    for element in _elements(root, name, findings):
        entity = _entity(element, name)
        if entity.name in KEYS:
            _keep(entity, found, findings)
        elif entity.name in UNSUPPORTED:
            findings.lost(entity.name, entity.place, f"{UNSUPPORTED[entity.name]} It is left out.")
        elif entity.name not in seen:
            seen.add(entity.name)
            if entity.name in ELSEWHERE:
                findings.noted(entity.name, entity.place, ELSEWHERE[entity.name])
            else:
                findings.lost(
                    entity.name[:100], entity.place, "The entity is not known; it is left out."
                )
    return found


def _elements(root: Element, name: str, findings: Findings) -> Iterator[Element]:
    """The elements that are entities, those inside of wrappers too."""
    count = 0
    for child in root.children:
        if child.tag == "delete":
            findings.lost("delete", f"{name}:{child.line}", "What it deletes is not known here.")
            continue
        for element in child.children if child.tag in WRAPPERS else [child]:
            count += 1
            if count > MOST_ENTITIES:
                raise FileIsTooLarge(f"{name} has more than {MOST_ENTITIES} entities.")
            yield element


def _entity(element: Element, name: str) -> Entity:
    fields = {key: fitting.line(value).strip() for key, value in element.attributes.items()}
    for child in element.children:
        fields.setdefault(child.tag, fitting.line(child.text).strip())
    cut = {key: value[:LONGEST_FIELD] for key, value in fields.items()}
    return Entity(element.tag, cut, f"{name}:{element.line}")


def _keep(entity: Entity, found: Entities, findings: Findings) -> None:
    names = KEYS[entity.name]
    missing = [one for one in names if not entity[one] and one in ("productId", "configItemId")]
    if missing:
        findings.lost(entity.name, entity.place, f"It has no {missing[0]}.")
        return
    rows = found.rows.setdefault(entity.name, {})
    key = tuple(entity[one] for one in names)
    before = rows.get(key)
    if before is not None:
        findings.noted(
            entity.name,
            entity.place,
            f"{' '.join(key)} stands at {before.place} already; the later fields are taken.",
        )
        entity = Entity(entity.name, {**before.fields, **entity.fields}, entity.place)
    rows[key] = entity
