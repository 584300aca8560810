"""Suppliers and bills over HTTP: the admin enters, somebody else approves."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from servicekit.testing.http import Api

MakesBills = Callable[..., Awaitable[dict[str, Any]]]


@pytest.fixture
def approver(erp: Api) -> Api:
    """Somebody else, who may approve."""
    return erp.signed_in(subject="approver", roles=["payables_approver"])


@pytest.fixture
async def cost_account(erp: Api, company: dict[str, Any]) -> str:
    """The account of other operating expenses."""
    rows = (await erp.get("/v1/ledger-accounts")).json()["items"]
    return next(row["id"] for row in rows if row["code"] == "6900")


@pytest.fixture
async def supplier(erp: Api, company: dict[str, Any]) -> dict[str, Any]:
    """Pays within 30 days, keeps 2 % within 10."""
    answer = await erp.post(
        "/v1/suppliers",
        {
            "number": "S-1",
            "name": "Paper Mill",
            "country": "DE",
            "vat_number": "DE136695976",
            "discount_days": 10,
            "discount_rate": "0.02",
        },
    )
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.json()
    return body


@pytest.fixture
def bill_body(supplier: dict[str, Any], cost_account: str) -> Callable[..., dict[str, Any]]:
    """A bill over a net amount at 19 %."""

    def make(reference: str, net: str = "100.00", tax: str = "19.00", **more: Any) -> Any:
        return {
            "supplier_id": supplier["id"],
            "supplier_reference": reference,
            "issued_on": "2026-01-02",
            "lines": [
                {
                    "description": "Paper",
                    "net_amount": net,
                    "tax_rate": "0.19",
                    "account_id": cost_account,
                }
            ],
            "taxes": [{"rate": "0.19", "base": net, "tax": tax}],
        } | more

    return make


@pytest.fixture
def posted(erp: Api, approver: Api, bill_body: Callable[..., Any]) -> MakesBills:
    """Enters, approves and posts a bill."""

    async def make(reference: str, **more: Any) -> dict[str, Any]:
        entered = await erp.post("/v1/bills", bill_body(reference, **more))
        assert entered.status_code == 201, entered.text
        bill = entered.json()
        for api, step in ((approver, "approve"), (erp, "post")):
            path = f"/v1/bills/{bill['id']}/{step}"
            answer = await api.post(path, version=bill["version"])
            assert answer.status_code == 200, answer.text
            bill = answer.json()
        return dict(bill)

    return make
