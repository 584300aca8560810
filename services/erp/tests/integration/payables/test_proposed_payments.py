"""What would be paid, over HTTP, on a real database."""

from typing import Any

from servicekit.testing.http import Api

from .conftest import MakesBills

PATH = "/v1/payment-proposals"
IBAN = "DE89370400440532013000"


def reasons(answer: dict[str, Any]) -> dict[str | None, str]:
    [row] = answer["suppliers"]
    return {item["supplier_reference"]: item["reason"] for item in row["items"]}


async def test_a_proposal_says_of_every_open_item_why_it_is_paid_or_not(
    erp: Api,
    approver: Api,
    supplier: dict[str, Any],
    posted: MakesBills,
) -> None:
    await posted("early")
    await posted("late", net="50.00", tax="9.50", due_on="2026-01-08")
    await posted("credit", net="10.00", tax="1.90", kind="credit-note")
    disputed = await posted("disputed", net="20.00", tax="3.80", due_on="2026-01-08")
    answer = await erp.post(
        f"/v1/bills/{disputed['id']}/dispute",
        {"disputed": True, "reason": "half of it is missing"},
        version=disputed["version"],
    )
    assert answer.status_code == 200, answer.text
    asked = {"pay_on": "2026-01-06", "next_pay_on": "2026-01-13"}

    nowhere = (await erp.get(PATH, **asked)).json()
    assert (nowhere["amount"], nowhere["suppliers"][0]["iban"]) == ("0", None)
    assert set(reasons(nowhere).values()) == {"no-approved-bank-details", "disputed"}

    path = f"/v1/suppliers/{supplier['id']}/bank-details"
    entered = await erp.post(path, {"iban": IBAN})
    assert entered.status_code == 201, entered.text
    waiting = (await erp.get(PATH, **asked)).json()
    assert waiting["amount"] == "0"
    decided = await approver.post(f"{path}/{entered.json()['id']}/approve")
    assert decided.status_code == 200, decided.text

    found = (await erp.get(PATH, **asked)).json()
    assert reasons(found) == {
        "early": "discount-would-be-lost",
        "late": "due",
        "credit": "credit",
        "disputed": "disputed",
    }
    # 119.00 and 59.50, each less 2 %, less 11.90.
    assert (found["amount"], found["discount"]) == ("163.03", "3.57")
    assert found["suppliers"][0]["iban"] == IBAN

    # By the thirteenth the discount is lost, and that bill waits for its day.
    later = (await erp.get(PATH, pay_on="2026-01-13", next_pay_on="2026-01-20")).json()
    assert (later["amount"], reasons(later)["early"]) == ("47.6", "not-due")

    # New bank details stop everything until somebody else has approved them.
    assert (await erp.post(path, {"iban": "FR1420041010050500013M02606"})).status_code == 201
    assert (await erp.get(PATH, **asked)).json()["amount"] == "0"
    other = await erp.get(PATH, **asked, currency="USD")
    assert (other.json()["amount"], other.json()["suppliers"]) == ("0", [])


async def test_days_that_make_no_run_are_refused(erp: Api, company: dict[str, Any]) -> None:
    past = await erp.get(PATH, pay_on="2026-01-04", next_pay_on="2026-01-20")
    same = await erp.get(PATH, next_pay_on="2026-01-05")
    assert [(past.status_code, past.json()["code"]), (same.status_code, same.json()["code"])] == [
        (422, "pay-day-is-past"),
        (422, "next-run-is-not-later"),
    ]
    warehouse = erp.signed_in(subject="w", roles=["warehouse"])
    assert (await warehouse.get(PATH, next_pay_on="2026-01-20")).status_code == 403
