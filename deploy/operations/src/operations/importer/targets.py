"""What can be imported: the bulk endpoints of the services and how each behaves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Target:
    """A public endpoint that takes rows.

    ``retried_codes`` are refusals that pass by themselves once an event has crossed from the
    service that owns the fact: such rows are sent again until ``patience_seconds`` are over.
    A target with ``bulk=False`` takes one row per call. A row of it that is refused with
    ``existing_code`` is looked for at ``find_existing``; it was there before if one that is found
    there agrees with it in all of ``same``.
    """

    name: str
    service: str
    path: str
    batch_size: int = 500
    bulk: bool = True
    retried_codes: frozenset[str] = frozenset()
    patience_seconds: float = 120.0
    existing_code: str | None = None
    find_existing: str | None = None
    same: tuple[str, ...] = ()


_TARGETS: Final = (
    Target(
        "erp.companies",
        "erp",
        "/v1/companies",
        bulk=False,
        existing_code="company-code-is-taken",
        find_existing="/v1/companies?code={code}",
        same=("code",),
    ),
    Target("crm.customers", "crm", "/v1/customers/bulk"),
    Target("erp.warehouses", "erp", "/v1/warehouses/bulk"),
    Target("erp.items", "erp", "/v1/items/bulk"),
    Target("erp.list_prices", "erp", "/v1/list-prices/bulk"),
    Target("erp.standard_costs", "erp", "/v1/standard-costs/bulk"),
    Target("erp.stock_moves", "erp", "/v1/stock-moves/bulk"),
    Target(
        "cpq.quotes",
        "cpq",
        "/v1/quotes/bulk",
        batch_size=100,
        retried_codes=frozenset(
            {"customer-not-known", "item-not-known", "item-not-for-sale", "quote-needs-currency"}
        ),
    ),
    # A document may have megabytes, and the rows of a call share one body.
    Target("cpq.configuration_models", "cpq", "/v1/configuration-models/bulk", batch_size=1),
    Target(
        "erp.shipments",
        "erp",
        "/v1/orders/shipments/bulk",
        batch_size=100,
        retried_codes=frozenset({"order-not-found"}),
    ),
    Target(
        "erp.invoices",
        "erp",
        "/v1/orders/invoices/bulk",
        batch_size=100,
        retried_codes=frozenset({"order-not-found"}),
    ),
    Target("erp.discontinuations", "erp", "/v1/items/discontinue/bulk"),
    Target(
        "cpq.tier_discounts",
        "cpq",
        "/v1/tier-discounts",
        bulk=False,
        existing_code="price-rule-overlaps",
        find_existing="/v1/tier-discounts?valid_from={valid_from}&limit=200",
        same=("tier", "category", "discount"),
    ),
    Target(
        "cpq.quantity_breaks",
        "cpq",
        "/v1/quantity-breaks",
        bulk=False,
        existing_code="price-rule-overlaps",
        find_existing="/v1/quantity-breaks?valid_from={valid_from}&limit=200",
        same=("item_id", "category", "minimum_quantity", "discount"),
    ),
)
TARGETS: Final = {target.name: target for target in _TARGETS}
