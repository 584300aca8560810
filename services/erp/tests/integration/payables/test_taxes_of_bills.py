"""Whose tax a bill states, and what the company owes itself on it, over HTTP."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from servicekit.testing.http import Api

Bills = Callable[..., Awaitable[dict[str, Any]]]


@pytest.fixture
def stating(posted: Bills, cost_account: str) -> Bills:
    """Posts a bill whose single line has a VAT code, or what it says of tax."""

    async def make(reference: str, net: str, tax: dict[str, Any], **more: Any) -> dict[str, Any]:
        line = {"description": "Ore", "net_amount": net, "account_id": cost_account}
        line |= {"tax_rate": tax["rate"]} | {
            "vat_code" if key == "vat_code" else "tax_category": tax[key]
            for key in ("vat_code", "category")
            if key in tax
        }
        return await posted(
            reference, lines=[line], taxes=[{"base": net, "tax": "0"} | tax], **more
        )

    return make


async def balances(erp: Api) -> dict[str, str]:
    lines = (await erp.get("/v1/trial-balance")).json()["lines"]
    return {line["code"]: line["balance"] for line in lines if line["balance"] != "0"}


async def boxes(erp: Api) -> dict[str, tuple[str, str]]:
    asked = {"period_from": "2026-01-01", "period_to": "2026-01-31"}
    found = (await erp.get("/v1/vat-return-previews", **asked)).json()
    return {box["code"]: (box["base"], box["tax"]) for box in found["boxes"]}


async def proved(erp: Api) -> None:
    for path in ("/v1/payables-proofs", "/v1/ledger-proofs"):
        answer = (await erp.get(path)).json()
        assert answer["holds"], answer


@pytest.mark.parametrize("code", ["AE", "K"])
async def test_the_company_owes_the_tax_itself_and_deducts_it(
    erp: Api, stating: Bills, code: str
) -> None:
    bill = await stating("U-1", "1000.05", {"rate": "0", "vat_code": code})
    [tax] = bill["taxes"]
    assert (tax["vat_code"], tax["tax"], tax["due_rate"], tax["due"]) == (
        code, "0", "0.19", "190.01",
    )  # fmt: skip
    assert bill["gross"] == "1000.05"
    assert await balances(erp) == {
        "1400": "190.01",
        "2000": "-1000.05",
        "2200": "-190.01",
        "6900": "1000.05",
    }
    owed = {f"DUE-{code}-19": ("1000.05", "190.01"), f"IN-{code}-19": ("1000.05", "190.01")}
    assert await boxes(erp) == owed
    await proved(erp)

    await stating("C-1", "1000.05", {"rate": "0", "vat_code": code}, kind="credit-note")
    assert await balances(erp) == {}
    await proved(erp)


async def test_tax_of_another_country_is_a_cost(erp: Api, stating: Bills) -> None:
    bill = await stating("U-1", "100", {"rate": "0.21", "tax": "21"}, tax_country="NL")
    assert (bill["tax_country"], bill["gross"]) == ("NL", "121")
    assert await balances(erp) == {"2000": "-121", "6900": "121"}
    assert await boxes(erp) == {}
    await proved(erp)


async def test_what_bears_no_tax_is_told_apart(erp: Api, stating: Bills) -> None:
    for at, code in enumerate(("Z", "E", "G", "O")):
        await stating(f"U-{at}", "100", {"rate": "0", "vat_code": code})
    assert await boxes(erp) == {f"IN-{code}": ("100", "0") for code in "ZEGO"}
    await proved(erp)


async def test_one_category_may_bear_two_codes(erp: Api, posted: Bills, cost_account: str) -> None:
    line = {"description": "Ore", "tax_rate": "0", "account_id": cost_account}
    bill = await posted(
        "U-1",
        lines=[
            line | {"net_amount": "100", "vat_code": "AE"},
            line | {"net_amount": "50", "vat_code": "K"},
            line | {"net_amount": "7"},
        ],
        taxes=[
            {"rate": "0", "base": "100", "tax": "0", "vat_code": "AE"},
            {"rate": "0", "base": "50", "tax": "0", "vat_code": "K"},
            {"rate": "0", "base": "7", "tax": "0", "vat_code": "Z"},
        ],
    )
    assert [(tax["vat_code"], tax["due"]) for tax in bill["taxes"]] == [
        ("AE", "19"),
        ("K", "9.5"),
        ("Z", None),
    ]
    await proved(erp)


@pytest.mark.parametrize(
    ("tax", "code"),
    [
        ({"rate": "0.19", "tax": "19", "vat_code": "AE"}, "vat-code-does-not-fit"),
        ({"rate": "0", "vat_code": "S"}, "vat-code-does-not-fit"),
        ({"rate": "0", "vat_code": "X"}, "invalid-input"),
        ({"rate": "0", "vat_code": "K", "category": "unheard"}, "self-assessed-rate-is-missing"),
    ],
)
async def test_codes_that_do_not_fit_are_refused(
    erp: Api, bill_body: Callable[..., Any], cost_account: str, tax: dict[str, Any], code: str
) -> None:
    line = {"description": "Ore", "net_amount": "100", "account_id": cost_account}
    line |= {"tax_rate": tax["rate"], "vat_code": tax["vat_code"]}
    if "category" in tax:
        line["tax_category"] = tax["category"]
    body = bill_body("U-1", lines=[line], taxes=[{"base": "100", "tax": "0"} | tax])
    answer = await erp.post("/v1/bills", body)
    assert (answer.status_code, answer.json()["code"]) == (422, code)


async def test_lines_name_accounts_that_take_them_and_items_that_are_there(
    erp: Api, company: dict[str, Any], bill_body: Callable[..., Any]
) -> None:
    account = {"name": "Costs", "kind": "expense"}
    heading, closed = [
        (await erp.post("/v1/ledger-accounts", account | more)).json()
        for more in ({"code": "6990", "heading": True}, {"code": "6991"})
    ]
    answer = await erp.patch(
        f"/v1/ledger-accounts/{closed['id']}", {"active": False}, version=closed["version"]
    )
    assert answer.status_code == 200, answer.text
    for named, code in (
        ({"account_id": heading["id"]}, "bill-account-is-wrong"),
        ({"account_id": closed["id"]}, "bill-account-is-wrong"),
        ({"item_id": heading["id"]}, "bill-item-is-unknown"),
    ):
        line = {"description": "Paper", "net_amount": "100", "tax_rate": "0.19"} | named
        answer = await erp.post("/v1/bills", bill_body("U-1", lines=[line]))
        assert (answer.status_code, answer.json()["code"]) == (422, code)
        assert answer.json()["errors"][0]["field"] == f"lines.0.{next(iter(named))}"
