"""A price rule names tiers and categories as their owners write them, or is refused."""

from typing import Any

import pytest

from .conftest import World

DISCOUNT = {"tier": "gold", "discount": "0.05", "valid_from": "2025-01-01"}
BREAK = {"minimum_quantity": "10", "discount": "0.05", "valid_from": "2025-01-01"}
RATE = {"country": "DE", "tax_category": "standard", "rate": "0.16", "valid_from": "2025-01-01"}


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        # The CRM has no such tiers, so nobody would ever be given the discount.
        ("tier-discounts", DISCOUNT | {"tier": "Gold"}, "tier"),
        ("tier-discounts", DISCOUNT | {"tier": "gold customers"}, "tier"),
        ("tier-discounts", DISCOUNT | {"tier": "g" * 33}, "tier"),
        ("tier-discounts", DISCOUNT | {"category": "Coffee\nTea"}, "category"),
        ("tier-discounts", DISCOUNT | {"category": "c" * 201}, "category"),
        ("quantity-breaks", BREAK | {"category": "\u202eeeffoC"}, "category"),
        ("tax-rates", RATE | {"tax_category": "standard rate!"}, "tax_category"),
    ],
)
async def test_a_name_that_its_owner_cannot_have_given_is_refused(
    world: World, path: str, body: dict[str, Any], field: str
) -> None:
    answer = await world.api.post(f"/v1/{path}", body)
    assert answer.status_code == 422, answer.text
    assert [error["field"] for error in answer.json()["errors"]] == [field]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("tier-discounts", DISCOUNT | {"tier": "t" * 32, "category": "c" * 200}),
        ("quantity-breaks", BREAK | {"category": "Café & Küche"}),
        ("tax-rates", RATE | {"tax_category": "reduced-2"}),
    ],
)
async def test_every_name_that_its_owner_may_give_is_taken(
    world: World, path: str, body: dict[str, Any]
) -> None:
    answer = await world.api.post(f"/v1/{path}", body)
    assert answer.status_code == 201, answer.text
