"""Input at the edge of what a field holds is answered, and never by a server error."""

from typing import Any

import pytest

from servicekit.testing.http import Api

MOST = "99999999999999"
LEAST = "0.0000000001"


@pytest.mark.parametrize(
    ("quantity", "price", "answer"),
    [
        (MOST, MOST, "amount-is-too-large"),
        (MOST, LEAST, 201),
        (LEAST, MOST, 201),
        (LEAST, LEAST, 201),
        ("1", "499999999999.99", 201),
        ("1", "500000000000", "amount-is-too-large"),
    ],
)
async def test_an_invoice_is_issued_or_refused_whatever_the_amounts(
    erp: Api, account: dict[str, Any], quantity: str, price: str, answer: int | str
) -> None:
    line = {
        "description": "Goods",
        "quantity": quantity,
        # A unit that nobody has described: any quantity of it may be invoiced.
        "unit": "drop",
        "net_unit_price": price,
        "tax_category": "zero",
    }

    got = await erp.post(
        "/v1/invoices",
        {"account_id": account["id"], "issued_on": "2025-12-31", "lines": [line] * 2},
    )

    assert answer in (got.status_code, got.json().get("code")), got.text
    assert (await erp.get("/v1/receivables-proofs")).json()["holds"]


@pytest.mark.parametrize("amount", [MOST, "1000000000000", "0.001", "999999999999.99"])
async def test_a_payment_is_booked_or_refused_whatever_the_amount(
    erp: Api, account: dict[str, Any], amount: str
) -> None:
    got = await erp.post("/v1/payments", {"account_id": account["id"], "amount": amount})

    assert got.status_code in (201, 422), got.text
    assert (await erp.get("/v1/receivables-proofs")).json()["holds"]


async def test_days_at_the_ends_of_the_calendar_are_answered(
    erp: Api, account: dict[str, Any]
) -> None:
    for path in ("/v1/trial-balance", "/v1/ageing"):
        for day in ("1900-01-01", "2200-12-31"):
            assert (await erp.get(path, as_of=day)).status_code == 200
        assert (await erp.get(path, as_of="9999-12-31")).status_code == 422


@pytest.mark.parametrize("limit", [MOST, "1000000000000", "0.001", "-1", "0"])
async def test_a_credit_limit_is_kept_or_refused(
    erp: Api, account: dict[str, Any], limit: str
) -> None:
    got = await erp.patch(
        f"/v1/accounts/{account['id']}", {"credit_limit": limit}, version=account["version"]
    )

    assert got.status_code == (200 if limit == "0" else 422), got.text


async def test_a_base_that_is_refused_names_its_line_field(
    erp: Api, account: dict[str, Any]
) -> None:
    got = await erp.post(
        "/v1/invoices",
        {
            "account_id": account["id"],
            "lines": [{"description": "", "quantity": "0", "net_unit_price": "-1"}],
        },
    )

    assert got.status_code == 422
    assert {error["field"] for error in got.json()["errors"]} == {
        "lines.0.description",
        "lines.0.quantity",
        "lines.0.net_unit_price",
    }


async def test_a_company_in_a_currency_without_minor_units_books_whole_ones(erp: Api) -> None:
    company = (
        await erp.post(
            "/v1/companies",
            {"code": "JP", "name": "Japan", "base_currency": "JPY", "country": "JP"},
        )
    ).json()
    chart = {
        row["code"]: row["id"]
        for row in (await erp.get("/v1/ledger-accounts", company_id=company["id"])).json()["items"]
    }
    lines = [
        {"account_id": chart["6100"], "currency": "JPY", "debit": "0.5"},
        {"account_id": chart["1000"], "currency": "JPY", "credit": "0.5"},
    ]

    refused = await erp.post("/v1/journal-entries", {"lines": lines})

    assert refused.json()["code"] == "amount-has-too-many-decimals"
    assert refused.json()["errors"][0]["field"] == "lines.0"
