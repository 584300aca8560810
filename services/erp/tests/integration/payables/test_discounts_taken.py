"""Early discounts of payments that are typed in, over HTTP."""

from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any

import pytest

from servicekit.testing.http import Api

Bills = Callable[..., Awaitable[dict[str, Any]]]


async def pay(
    erp: Api, supplier: dict[str, Any], *parts: tuple[Any, str, bool], **more: Any
) -> Any:
    total = sum(Decimal(amount) for _, amount, _ in parts)
    return await erp.post(
        "/v1/supplier-payments",
        {
            "supplier_id": supplier["id"],
            "amount": str(total),
            "paid_on": "2026-01-05",
            "allocations": [
                {"bill_id": bill["id"], "amount": amount, "take_discount": take}
                for bill, amount, take in parts
            ],
        }
        | more,
    )


async def balances(erp: Api) -> dict[str, str]:
    lines = (await erp.get("/v1/trial-balance")).json()["lines"]
    return {line["code"]: line["balance"] for line in lines if line["balance"] != "0"}


async def test_a_discount_settles_the_rest_and_takes_its_tax_back(
    erp: Api, posted: Bills, supplier: dict[str, Any]
) -> None:
    """119.00 less 2 % within ten days: 116.62, and 0.38 of the discount is input tax."""
    early = await posted("R-1")
    part = await posted("R-2")
    answer = await pay(erp, supplier, (early, "116.62", True), (part, "50.00", False))
    assert answer.status_code == 201, answer.text
    payment = answer.json()
    assert (payment["discount"], payment["discount_tax"]) == ("2.38", "0.38")
    assert (await erp.get(f"/v1/bills/{early['id']}")).json()["open_amount"] == "0"
    assert (await erp.get(f"/v1/bills/{part['id']}")).json()["open_amount"] == "69"
    found = await balances(erp)
    assert (found["1000"], found["5200"], found["1400"]) == ("-166.62", "-2", "37.62")
    preview = await erp.get(
        "/v1/vat-return-previews", period_from="2026-01-01", period_to="2026-01-31"
    )
    [box] = preview.json()["boxes"]
    assert (box["code"], box["tax"]) == ("IN-S-19", "37.62")
    answer = await erp.post(f"/v1/supplier-payments/{payment['id']}/return", {"reason": "Closed"})
    assert answer.status_code == 200, answer.text
    found = await balances(erp)
    assert (found.get("1000"), found.get("5200"), found["1400"]) == (None, None, "38")
    for path in ("/v1/payables-proofs", "/v1/ledger-proofs"):
        assert (await erp.get(path)).json()["holds"]


@pytest.mark.parametrize(
    ("amount", "more"),
    [
        ("116.61", {}),
        ("119.00", {}),
        ("116.62", {"paid_on": "2026-01-04"}),
    ],
)
async def test_what_is_not_due_is_refused_whole(
    erp: Api, posted: Bills, supplier: dict[str, Any], amount: str, more: dict[str, Any]
) -> None:
    """A cent short, nothing left, or too late (by the books of a day that has come)."""
    issued = "2025-12-20" if more else "2026-01-02"
    bill = await posted("R-1", issued_on=issued)
    answer = await pay(erp, supplier, (bill, amount, True))
    assert (answer.status_code, answer.json()["code"]) == (422, "supplier-discount-is-not-due")
    assert answer.json()["errors"][0]["field"] == "allocations.0.take_discount"
    assert (await erp.get("/v1/supplier-payments")).json()["items"] == []
