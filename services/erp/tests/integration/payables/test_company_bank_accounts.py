"""The company's own bank accounts, over HTTP, on a real database."""

from typing import Any

from servicekit.testing.http import Api

PATH = "/v1/company-bank-accounts"


async def test_a_company_has_an_account_once_and_takes_it_out_of_use(
    erp: Api, company: dict[str, Any]
) -> None:
    body = {"name": "House bank", "iban": "DE89 3704 0044 0532 0130 00", "bic": "COBADEFFXXX"}
    added = await erp.post(PATH, body)
    assert added.status_code == 201, added.text
    row = added.json()
    assert (row["iban"], row["currency"]) == ("DE89370400440532013000", company["base_currency"])
    again = await erp.post(PATH, body)
    assert (again.status_code, again.json()["code"]) == (409, "company-bank-account-is-there")
    wrong = await erp.post(PATH, body | {"iban": "DE88370400440532013000"})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "bank-details-are-wrong")
    path = f"{PATH}/{row['id']}"
    moved = await erp.patch(path, {"iban": "FR1420041010050500013M02606"}, version=1)
    assert moved.status_code == 422, moved.text
    out = await erp.patch(path, {"active": False}, version=1)
    assert (out.status_code, out.json()["active"]) == (200, False), out.text
    assert (await erp.get(path)).json() == out.json()
    assert (await erp.get(PATH, active="true")).json()["items"] == []
    accountant = erp.signed_in(subject="acc", roles=["accountant"])
    assert (await accountant.post(PATH, body)).status_code == 403
