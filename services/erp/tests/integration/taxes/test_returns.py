"""VAT returns: what is filed stays, what comes late goes into the next, and the books agree."""

import csv
import io
from typing import Any

import asyncpg
import pytest

from servicekit.testing.http import Api
from servicekit.testing.postgres import ServiceDatabase


async def sell(erp: Api, account: dict[str, Any], net: str, day: str, **line: Any) -> Any:
    answer = await erp.post(
        "/v1/invoices",
        {
            "account_id": account["id"],
            "issued_on": day,
            "lines": [{"description": "A thing", "quantity": "1", "net_unit_price": net} | line],
        },
    )
    assert answer.status_code == 201, answer.text
    return answer.json()


async def file(erp: Api, first: str, last: str) -> Any:
    return await erp.post("/v1/vat-returns", {"period_from": first, "period_to": last})


async def tax_proof(erp: Api) -> dict[str, Any]:
    found = (await erp.get("/v1/ledger-proofs")).json()["proofs"]
    [proof] = [one for one in found if one["name"] == "tax-postings-equal-the-tax-accounts"]
    return dict(proof)


async def test_a_return_says_what_was_sold_and_late_documents_go_into_the_next(
    erp: Api, account: dict[str, Any]
) -> None:
    first = await sell(erp, account, "100", "2025-10-31")
    await sell(erp, account, "50", "2025-10-30", tax_category="reduced")
    await sell(erp, account, "10", "2025-10-30", tax_category="exempt")

    preview = await erp.get(
        "/v1/vat-return-previews", period_from="2025-10-01", period_to="2025-10-31"
    )
    assert preview.status_code == 200, preview.text
    boxes = {box["code"]: (box["base"], box["tax"]) for box in preview.json()["boxes"]}
    assert boxes == {"OUT-S-19": ("100", "19"), "OUT-S-7": ("50", "3.5"), "OUT-E": ("10", "0")}

    filed = await file(erp, "2025-10-01", "2025-10-31")
    assert filed.status_code == 201, filed.text
    october = filed.json()
    assert (october["payable"], october["late_items"]) == ("22.5", 0)
    assert october["boxes"] == preview.json()["boxes"]

    late = await sell(erp, account, "200", "2025-10-15")
    credited = await erp.post(
        f"/v1/invoices/{first['id']}/credit-notes",
        {"reason": "Came back", "issued_on": "2025-11-03"},
    )
    assert credited.status_code == 201, credited.text
    assert (await erp.get(f"/v1/vat-returns/{october['id']}")).json() == october
    again = await file(erp, "2025-10-15", "2025-11-15")
    assert (again.status_code, again.json()["code"]) == (409, "vat-return-overlaps")

    november = (await file(erp, "2025-11-01", "2025-11-30")).json()
    assert (november["payable"], november["late_items"]) == ("19", 1)
    [box] = november["boxes"]
    assert (box["code"], box["base"], box["tax"], box["count"]) == ("OUT-S-19", "100", "19", 2)
    drilled = await erp.get(f"/v1/vat-returns/{november['id']}/postings", vat_code="S")
    assert {one["number"] for one in drilled.json()["items"]} == {
        late["number"],
        credited.json()["number"],
    }
    december = (await file(erp, "2025-12-01", "2025-12-31")).json()
    assert (december["payable"], december["boxes"]) == ("0", [])
    assert (await tax_proof(erp))["holds"]


async def test_a_return_is_told_as_csv(erp: Api, account: dict[str, Any]) -> None:
    await sell(erp, account, "100", "2025-10-31")
    filed = (await file(erp, "2025-10-01", "2025-10-31")).json()

    answer = await erp.get(f"/v1/vat-returns/{filed['id']}/csv")
    assert answer.headers["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [(row["code"], row["base"], row["tax"], row["currency"]) for row in rows] == [
        ("OUT-S-19", "100", "19", "EUR"),
        ("PAYABLE", "", "19", "EUR"),
    ]


async def test_a_period_is_filed_when_it_is_over(erp: Api, company: dict[str, Any]) -> None:
    early = await file(erp, "2026-01-01", "2099-12-31")
    assert (early.status_code, early.json()["code"]) == (409, "vat-period-is-not-over")
    backwards = await file(erp, "2025-02-01", "2025-01-31")
    assert (backwards.status_code, backwards.json()["code"]) == (
        422,
        "vat-period-ends-before-it-begins",
    )


async def test_the_proof_notices_a_document_that_told_nothing(
    erp: Api, account: dict[str, Any], erp_database: ServiceDatabase
) -> None:
    made = await sell(erp, account, "100", "2025-10-31")
    assert (await tax_proof(erp))["holds"]

    async with erp_database.superuser() as connection:
        await connection.execute("ALTER TABLE taxes_posting DISABLE TRIGGER append_only")
        await connection.execute("DELETE FROM taxes_posting")
    proof = await tax_proof(erp)
    assert not proof["holds"]
    assert made["id"] in proof["detail"]


@pytest.mark.parametrize(
    "attack",
    [
        "UPDATE taxes_posting SET home_tax = 0",
        "DELETE FROM taxes_posting",
        "UPDATE taxes_return SET payable = 0",
        "DELETE FROM taxes_return_item",
    ],
)
async def test_what_was_told_and_filed_is_not_changed(
    erp: Api, account: dict[str, Any], erp_database: ServiceDatabase, attack: str
) -> None:
    await sell(erp, account, "100", "2025-10-31")
    await file(erp, "2025-10-01", "2025-10-31")

    async with erp_database.superuser() as connection:
        with pytest.raises(asyncpg.PostgresError, match="only grows"):
            await connection.execute(attack)
