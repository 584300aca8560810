"""What banks say of payment runs, over HTTP: rejected payments come back, the rest stands."""

import asyncio
from base64 import b64encode
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from servicekit.testing.http import Api

from .status_reports import DONE, PENDING, REJECTED, status_report
from .test_payment_runs import bank, make, proved, step

__all__ = ["bank"]
Bills = Callable[..., Awaitable[dict[str, Any]]]
PATH = "/v1/payment-status-reports"


async def told(erp: Api, content: bytes) -> Any:
    return await erp.post(PATH, {"content": b64encode(content).decode()})


@pytest.fixture
async def run(
    erp: Api, approver: Api, posted: Bills, bank: str, bill_body: Callable[..., Any]
) -> dict[str, Any]:
    """A released run that paid two suppliers."""
    await posted("U-1")
    other = await erp.post("/v1/suppliers", {"number": "S-2", "name": "Ink", "country": "DE"})
    path = f"/v1/suppliers/{other.json()['id']}/bank-details"
    details = (await erp.post(path, {"iban": "FR1420041010050500013M02606"})).json()
    assert (await approver.post(f"{path}/{details['id']}/approve")).status_code == 200
    await posted("I-1", supplier_id=other.json()["id"], net="50.00", tax="9.50")
    made = (await make(erp, bank)).json()
    approved = (await step(approver, made, "approve", {"sha256": made["sha256"]})).json()
    released = await step(erp, approved, "release")
    assert released.status_code == 200, released.text
    body: dict[str, Any] = released.json()
    assert len(body["payments"]) == 2
    return body


def message(run: dict[str, Any]) -> str:
    return str(run["id"].replace("-", ""))


async def outcomes(erp: Api, run: dict[str, Any]) -> list[tuple[str | None, str | None]]:
    found = (await erp.get(f"/v1/payment-runs/{run['id']}")).json()
    return [(one["outcome"], one["reason_code"]) for one in found["payments"]]


@pytest.mark.parametrize("version", ["03", "10", "12"])
async def test_a_rejected_payment_comes_back_and_its_bill_is_open(
    erp: Api, run: dict[str, Any], version: str
) -> None:
    first, second = (one["end_to_end_id"] for one in run["payments"])
    said = {first: (REJECTED, "AC04"), second: (PENDING, None)}
    answer = await told(erp, status_report(message(run), said, version=version))
    assert answer.status_code == 201, answer.text
    found = {one["end_to_end_id"]: one for one in answer.json()["outcomes"]}
    assert (found[first]["outcome"], found[first]["reason_code"], found[first]["reason"]) == (
        "rejected",
        "AC04",
        "Account closed",
    )
    assert found[second]["outcome"] == "pending"
    assert await outcomes(erp, run) == [("rejected", "AC04"), ("pending", None)]
    supplier = run["payments"][0]["supplier_id"]
    [paid] = (await erp.get("/v1/supplier-payments", supplier_id=supplier)).json()["items"]
    returned = (await erp.get(f"/v1/supplier-payments/{paid['id']}")).json()["returned"]
    assert (returned["reason"], returned["reason_code"]) == ("Account closed", "AC04")
    [bill] = (await erp.get("/v1/bills", supplier_id=supplier)).json()["items"]
    detail = (await erp.get(f"/v1/bills/{bill['id']}")).json()
    assert detail["open_amount"] == detail["gross"], "the discount is not kept either"
    await proved(erp)

    # The rest of it settles with the next report; the first may come again.
    done = await told(erp, status_report(message(run), {second: (DONE, None)}, number="B-2"))
    assert [one["outcome"] for one in done.json()["outcomes"]] == ["settled"]
    again = await told(erp, status_report(message(run), said, version=version))
    assert (again.status_code, again.json()) == (201, answer.json())
    assert await outcomes(erp, run) == [("rejected", "AC04"), ("settled", None)]
    await proved(erp)


async def test_a_word_on_the_whole_counts_for_every_payment(erp: Api, run: dict[str, Any]) -> None:
    answer = await told(erp, status_report(message(run), group=(REJECTED, "DT01")))
    assert answer.status_code == 201, answer.text
    assert await outcomes(erp, run) == [("rejected", "DT01")] * 2
    lines = (await erp.get("/v1/trial-balance")).json()["lines"]
    assert "1000" not in {line["code"] for line in lines if line["balance"] != "0"}
    await proved(erp)


async def test_what_is_not_of_the_run_is_refused_whole(erp: Api, run: dict[str, Any]) -> None:
    first, second = (one["end_to_end_id"] for one in run["payments"])
    good = {first: (REJECTED, "AC04")}
    for content, status, code in (
        (b"<a/>", 422, "status-report-is-not-readable"),
        (b"no xml", 422, "status-report-is-not-readable"),
        (
            b'<!DOCTYPE a [<!ENTITY b "c">]>' + status_report(message(run))[38:],
            422,
            "status-report-is-not-readable",
        ),
        (status_report(message(run), good, version="02"), 422, "status-report-is-not-readable"),
        (status_report(message(run), created="soon"), 422, "status-report-is-not-readable"),
        (status_report(message(run), {first: ("??", None)}), 422, "status-report-is-not-readable"),
        (status_report("0" * 32, good), 404, "status-report-is-of-no-run"),
        (status_report("X", good), 404, "status-report-is-of-no-run"),
        (
            status_report(message(run), good | {"another": (REJECTED, "AC04")}),
            409,
            "status-report-names-another-payment",
        ),
    ):
        answer = await told(erp, content)
        assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert await outcomes(erp, run) == [(None, None)] * 2
    assert (await erp.get(PATH)).json()["items"] == []

    await told(erp, status_report(message(run), {second: (DONE, None)}))
    another = await told(erp, status_report(message(run), good))
    assert (another.status_code, another.json()["code"]) == (409, "status-report-is-another")
    turned = await told(erp, status_report(message(run), {second: (REJECTED, None)}, number="B-2"))
    assert (turned.status_code, turned.json()["code"]) == (409, "status-report-contradicts")
    assert await outcomes(erp, run) == [(None, None), ("settled", None)]
    clerk = erp.signed_in(subject="w", roles=["warehouse"])
    assert (await told(clerk, status_report(message(run), good))).status_code == 403
    await proved(erp)


async def test_the_same_report_at_once_is_taken_once(erp: Api, run: dict[str, Any]) -> None:
    content = status_report(message(run), group=(REJECTED, "AC04"))
    answers = await asyncio.gather(*(told(erp, content) for _ in range(5)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert len((await erp.get(PATH)).json()["items"]) == 1
    await proved(erp)


async def test_what_came_back_by_hand_is_not_taken_back_again(
    erp: Api, approver: Api, run: dict[str, Any]
) -> None:
    supplier = run["payments"][0]["supplier_id"]
    [paid] = (await erp.get("/v1/supplier-payments", supplier_id=supplier)).json()["items"]
    path = f"/v1/supplier-payments/{paid['id']}/return"
    assert (await approver.post(path, {"reason": "Heard by telephone"})).status_code == 200
    answer = await told(erp, status_report(message(run), batch=(REJECTED, "AC04")))
    assert answer.status_code == 201, answer.text
    assert await outcomes(erp, run) == [("rejected", "AC04")] * 2
    await proved(erp)
