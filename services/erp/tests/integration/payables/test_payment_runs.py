"""Payment runs over HTTP: made, looked at, approved by somebody else over the hash, released."""

import asyncio
from collections.abc import Awaitable, Callable
from decimal import Decimal
from hashlib import sha256
from typing import Any

import asyncpg
import pytest
from lxml import etree

from servicekit.testing.http import Api
from servicekit.testing.postgres import ServiceDatabase

Bills = Callable[..., Awaitable[dict[str, Any]]]
IBAN, THEIRS = "DE02120300000000202051", "DE89370400440532013000"
NAMES = {"p": "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"}
DAYS = {"pay_on": "2026-01-05", "next_pay_on": "2026-02-05"}


@pytest.fixture
async def bank(erp: Api, approver: Api, company: dict[str, Any], supplier: dict[str, Any]) -> str:
    """The company's own account; the supplier has an approved one."""
    made = await erp.post("/v1/company-bank-accounts", {"name": "House bank", "iban": IBAN})
    assert made.status_code == 201, made.text
    path = f"/v1/suppliers/{supplier['id']}/bank-details"
    details = (await erp.post(path, {"iban": THEIRS})).json()
    assert (await approver.post(f"{path}/{details['id']}/approve")).status_code == 200
    return str(made.json()["id"])


async def make(erp: Api, bank: str, **more: Any) -> Any:
    return await erp.post("/v1/payment-runs", {"bank_account_id": bank} | DAYS | more)


async def step(api: Api, run: dict[str, Any], name: str, body: Any = None) -> Any:
    return await api.post(f"/v1/payment-runs/{run['id']}/{name}", body, version=run["version"])


async def balances(erp: Api) -> dict[str, str]:
    lines = (await erp.get("/v1/trial-balance")).json()["lines"]
    return {line["code"]: line["balance"] for line in lines if line["balance"] != "0"}


async def proved(erp: Api) -> None:
    for path in ("/v1/payables-proofs", "/v1/ledger-proofs"):
        answer = (await erp.get(path)).json()
        assert answer["holds"], answer


async def test_a_run_is_made_approved_over_its_file_and_released(
    erp: Api, approver: Api, posted: Bills, bank: str
) -> None:
    first = await posted("U-1")
    second = await posted("U-2", net="200.00", tax="38.00")
    await posted("C-1", net="50.00", tax="9.50", kind="credit-note")
    answer = await make(erp, bank)
    assert answer.status_code == 201, answer.text
    run = answer.json()
    # 119 + 238 less 2 % each, less the credit of 59.50.
    assert (run["status"], run["number"]) == ("proposed", None)
    assert (run["amount"], run["discount"]) == ("290.36", "7.14")
    [payment] = run["payments"]
    assert (payment["iban"], len(payment["lines"])) == (THEIRS, 3)

    file = (await erp.get(f"/v1/payment-runs/{run['id']}/file")).content
    assert sha256(file).hexdigest() == run["sha256"]
    root = etree.fromstring(file)
    assert root.xpath("//p:InstdAmt/text()", namespaces=NAMES) == ["290.36"]
    assert root.xpath("//p:CtrlSum/text()", namespaces=NAMES) == ["290.36", "290.36"]
    assert root.xpath("//p:DbtrAcct//p:IBAN/text()", namespaces=NAMES) == [IBAN]
    assert root.xpath("//p:CdtrAcct//p:IBAN/text()", namespaces=NAMES) == [THEIRS]
    assert root.xpath("//p:EndToEndId/text()", namespaces=NAMES) == [payment["end_to_end_id"]]

    own = await step(erp, run, "approve", {"sha256": run["sha256"]})
    assert (own.status_code, own.json()["code"]) == (409, "approver-entered-it")
    another = await step(approver, run, "approve", {"sha256": "0" * 64})
    assert (another.status_code, another.json()["code"]) == (409, "file-is-another")
    early = await step(erp, run, "release")
    assert (early.status_code, early.json()["code"]) == (409, "run-is-not-in-that-state")
    approved = await step(approver, run, "approve", {"sha256": run["sha256"]})
    assert approved.status_code == 200, approved.text
    released = await step(erp, approved.json(), "release")
    assert released.status_code == 200, released.text
    assert (released.json()["status"], released.json()["number"]) == (
        "released",
        "PRU-2026-000001",
    )
    for bill in (first, second):
        assert (await erp.get(f"/v1/bills/{bill['id']}")).json()["open_amount"] == "0"
    found = await balances(erp)
    assert "2000" not in found
    # The discount takes back 0.38 + 0.76 of input tax: 57 - 9.50 - 1.14.
    assert (found["1000"], found["5200"], found["1400"]) == ("-290.36", "-6", "46.36")
    [paid] = (await erp.get("/v1/supplier-payments")).json()["items"]
    assert (paid["proposal_id"], paid["discount"], paid["discount_tax"]) == (
        run["id"], "7.14", "1.14",
    )  # fmt: skip
    await proved(erp)
    preview = await erp.get(
        "/v1/vat-return-previews", period_from="2026-01-01", period_to="2026-01-31"
    )
    [box] = preview.json()["boxes"]
    assert (box["code"], box["tax"]) == ("IN-S-19", "46.36")
    again = await make(erp, bank)
    assert (again.status_code, again.json()["code"]) == (409, "nothing-to-pay")


async def test_a_discount_lowers_what_the_company_owes_itself(
    erp: Api, approver: Api, posted: Bills, bank: str, cost_account: str
) -> None:
    line = {"description": "Ore", "tax_rate": "0", "account_id": cost_account}
    await posted(
        "U-1",
        lines=[
            line | {"net_amount": "1000", "vat_code": "K"},
            line | {"net_amount": "500", "vat_code": "E"},
            line | {"net_amount": "100", "tax_rate": "0.19"},
        ],
        taxes=[
            {"rate": "0", "base": "1000", "tax": "0", "vat_code": "K"},
            {"rate": "0", "base": "500", "tax": "0", "vat_code": "E"},
            {"rate": "0.19", "base": "100", "tax": "19"},
        ],
    )
    run = (await make(erp, bank)).json()
    assert run["discount"] == "32.38"
    run = (await step(approver, run, "approve", {"sha256": run["sha256"]})).json()
    released = await step(erp, run, "release")
    assert released.status_code == 200, released.text
    preview = await erp.get(
        "/v1/vat-return-previews", period_from="2026-01-01", period_to="2026-01-31"
    )
    # 2 % of each base and each tax.
    assert {box["code"]: (box["base"], box["tax"]) for box in preview.json()["boxes"]} == {
        "DUE-K-19": ("980", "186.2"),
        "IN-K-19": ("980", "186.2"),
        "IN-E": ("490", "0"),
        "IN-S-19": ("98", "18.62"),
    }
    found = await balances(erp)
    assert (found["1400"], found["2200"], found["5200"]) == ("204.82", "-186.2", "-32")
    await proved(erp)


async def test_items_are_in_one_run_at_a_time_and_free_again_when_it_is_cancelled(
    erp: Api, posted: Bills, bank: str
) -> None:
    await posted("U-1")
    answers = await asyncio.gather(*(make(erp, bank) for _ in range(8)))
    made = [answer.json() for answer in answers if answer.status_code == 201]
    assert len(made) == 1, [answer.text[:200] for answer in answers]
    assert {a.json()["code"] for a in answers if a.status_code != 201} <= {
        "nothing-to-pay",
        "item-is-in-another-run",
    }
    proposal = (await erp.get("/v1/payment-proposals", **DAYS)).json()
    assert [line["reason"] for line in proposal["suppliers"][0]["items"]] == ["in-another-run"]
    gone = await step(erp, made[0], "cancel", {"reason": "Not today"})
    assert gone.json()["status"] == "cancelled"
    assert (await make(erp, bank)).status_code == 201


async def test_what_was_left_out_stays_out(erp: Api, posted: Bills, bank: str) -> None:
    await posted("U-1")
    second = await posted("U-2")
    items = (await erp.get("/v1/payable-items", document_id=second["id"])).json()["items"]
    run = (await make(erp, bank, without=[items[0]["id"]])).json()
    assert [line["supplier_reference"] for line in run["payments"][0]["lines"]] == ["U-1"]
    unknown = await make(erp, bank, without=[run["id"]])
    assert (unknown.status_code, unknown.json()["code"]) == (422, "item-is-not-proposed")


async def test_a_run_is_not_released_when_the_books_have_moved(
    erp: Api, approver: Api, supplier: dict[str, Any], posted: Bills, bank: str
) -> None:
    await posted("U-1")
    run = (await make(erp, bank)).json()
    run = (await step(approver, run, "approve", {"sha256": run["sha256"]})).json()
    by_hand = {"supplier_id": supplier["id"], "amount": "10"}
    assert (await erp.post("/v1/supplier-payments", by_hand)).status_code == 201
    answer = await step(erp, run, "release")
    assert (answer.status_code, answer.json()["code"]) == (409, "books-have-moved")
    assert (await balances(erp))["1000"] == "-10"
    await proved(erp)


async def test_a_reference_of_one_bill_is_told_as_one(erp: Api, posted: Bills, bank: str) -> None:
    await posted("U-1", payment_reference="RF18539007547034")
    run = (await make(erp, bank)).json()
    root = etree.fromstring((await erp.get(f"/v1/payment-runs/{run['id']}/file")).content)
    assert root.xpath("//p:CdtrRefInf/p:Ref/text()", namespaces=NAMES) == ["RF18539007547034"]
    assert root.xpath("//p:Ustrd", namespaces=NAMES) == []


async def test_limits_of_approval_hold_for_runs(
    erp: Api, approver: Api, company: dict[str, Any], posted: Bills, bank: str
) -> None:
    await posted("U-1")
    run = (await make(erp, bank)).json()
    limit = {"role": "payables_approver", "currency": "EUR", "amount": "100"}
    assert (await erp.post("/v1/bill-approval-limits", limit)).status_code == 200
    answer = await step(approver, run, "approve", {"sha256": run["sha256"]})
    assert (answer.status_code, answer.json()["code"]) == (409, "approval-exceeds-limit")


async def test_the_database_keeps_runs_as_they_were_approved(
    erp: Api, approver: Api, erp_database: ServiceDatabase, posted: Bills, bank: str
) -> None:
    await posted("U-1")
    run = (await make(erp, bank)).json()
    attacks = (
        "UPDATE payment_runs_run SET amount = 1",
        "UPDATE payment_runs_run SET sha256 = repeat('0', 64)",
        "UPDATE payment_runs_run SET file = 'x'",
        "UPDATE payment_runs_run SET status = 'released', series = 'PRU-2026', released_by = 'eve',"
        " released_at = now()",
        "UPDATE payment_runs_run SET status = 'approved', approved_by = made_by,"
        " approved_at = now()",
        "UPDATE payment_runs_line SET in_flight = false",
        "UPDATE payment_runs_line SET open_amount = 1",
        "UPDATE payment_runs_payment SET iban = 'DE02120300000000202051'",
        "DELETE FROM payment_runs_run",
        "DELETE FROM payment_runs_line",
        "DELETE FROM payment_runs_payment",
        "INSERT INTO payment_runs_line SELECT tenant, run_id, gen_random_uuid(), payment_id,"
        " document_id, document_kind, supplier_reference, 1, 0, reason, true"
        " FROM payment_runs_line",
    )
    async with erp_database.superuser() as connection:
        await connection.execute("SET session_replication_role = replica")
        for attack in attacks:
            with pytest.raises((asyncpg.RestrictViolationError, asyncpg.CheckViolationError)):
                await connection.execute(attack)
    assert (await erp.get(f"/v1/payment-runs/{run['id']}")).json() == run


def test_names_are_written_in_signs_that_banks_take() -> None:
    from erp.payment_runs.rules import plain_text

    assert plain_text("Müller & Söhne GmbH – Straße 5 €", 70) == "Muller + Sohne GmbH . Strasse 5 ."
    assert plain_text("株式会社", 70) == "...."
    assert len(plain_text("x" * 200, 70)) == 70


@pytest.mark.parametrize("seed", range(30))
def test_credits_discounts_and_money_settle_every_bill_whole(seed: int) -> None:
    import random
    from uuid import uuid4

    from erp.payment_runs.rules import RunLine, settling

    chance = random.Random(seed)
    bills = []
    for _ in range(chance.randrange(1, 6)):
        opened = Decimal(chance.randrange(1, 90_000)).scaleb(-2)
        discount = (opened * chance.choice([0, 2, 3]) / 100).quantize(Decimal("0.01"))
        bills.append(RunLine(uuid4(), uuid4(), False, opened, discount))
    rest = sum(bill.amount for bill in bills)
    credited = []
    while chance.random() < 0.6 and rest > 1:
        part = Decimal(chance.randrange(1, int(rest * 100))).scaleb(-2)
        credited.append(RunLine(uuid4(), uuid4(), True, part, Decimal(0)))
        rest -= part
    plan = settling([*bills, *credited])
    for bill in bills:
        shares = [*plan.credits, *plan.discounts, *plan.money]
        assert sum(s.amount for s in shares if s.bill_id == bill.document_id) == bill.open
    for credit in credited:
        of = [s.amount for s in plan.credits if s.credit == credit.document_id]
        assert sum(of) == credit.open
    assert sum(share.amount for share in plan.money) == rest
