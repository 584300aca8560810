"""Bills in dollars, books in euros: booked, revalued, paid in parts, undone, over HTTP."""

import random
from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import asyncpg
import pytest

from servicekit.testing.http import Api
from servicekit.testing.postgres import ServiceDatabase

BOTH = ["with-reversal", "without-reversal"]
# The standard chart's gains and losses, realised and not.
RESULT = ("4800", "4810", "6800", "6810")
Bills = Callable[..., Awaitable[dict[str, Any]]]


async def created(erp: Api, path: str, body: Any) -> Any:
    answer = await erp.post(path, body)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def rate(erp: Api, day: str, value: str) -> None:
    """Units of the company's currency for one dollar."""
    rates = [{"base": "USD", "quote": "EUR", "rate_on": day, "rate": value}]
    await created(erp, "/v1/exchange-rates", {"rates": rates})


@pytest.fixture
def dollars(posted: Bills, cost_account: str) -> Bills:
    """Posts a bill or credit note over dollars of a day, without tax."""
    number = iter(range(1, 1_000))

    async def make(day: str, amount: str, kind: str = "bill") -> dict[str, Any]:
        line = {"description": "Ore", "net_amount": amount, "account_id": cost_account}
        return await posted(
            f"U-{next(number)}",
            kind=kind,
            issued_on=day,
            currency="USD",
            lines=[line | {"tax_rate": "0", "tax_category": "zero"}],
            taxes=[{"rate": "0", "category": "zero", "base": amount, "tax": "0"}],
        )

    return make


async def pay(erp: Api, supplier: dict[str, Any], day: str, amount: str, **more: Any) -> Any:
    return await created(
        erp,
        "/v1/supplier-payments",
        {"supplier_id": supplier["id"], "amount": amount, "currency": "USD", "paid_on": day} | more,
    )


async def revalue(erp: Api, day: str, method: str) -> Any:
    return await created(erp, "/v1/revaluations", {"valued_on": day, "method": method})


async def balances(erp: Api, day: str | None = None) -> dict[str, Decimal]:
    """Debit less credit in euros by account, of those that have any."""
    asked = {} if day is None else {"as_of": day}
    found: dict[str, Decimal] = {}
    for line in (await erp.get("/v1/trial-balance", **asked)).json()["lines"]:
        found[line["code"]] = found.get(line["code"], Decimal(0)) + Decimal(line["base_balance"])
    return {code: amount for code, amount in found.items() if amount}


async def gained(erp: Api, day: str | None = None) -> Decimal:
    found = await balances(erp, day)
    return -sum((found.get(code, Decimal(0)) for code in RESULT), start=Decimal(0))


async def proved(erp: Api) -> None:
    for path in ("/v1/payables-proofs", "/v1/ledger-proofs"):
        answer = (await erp.get(path)).json()
        assert answer["holds"], answer


@pytest.mark.parametrize("method", BOTH)
async def test_golden_388_dollars_owed_gain_177_51_then_lose_74_69(
    erp: Api, supplier: dict[str, Any], dollars: Bills, method: str
) -> None:
    await rate(erp, "2025-01-10", "94.39")
    await rate(erp, "2025-01-31", "93.9325")
    await rate(erp, "2025-02-14", "94.125")
    await dollars("2025-01-10", "388")
    done = await revalue(erp, "2025-01-31", method)
    [item] = done["items"]
    assert (item["kind"], item["open"], item["carrying"], item["delta"]) == (
        "payable", "-388", "-36623.32", "177.51",
    )  # fmt: skip
    assert await gained(erp, "2025-01-31") == Decimal("177.51")
    after = Decimal(0) if method == "with-reversal" else Decimal("177.51")
    assert await gained(erp, "2025-02-01") == after
    await proved(erp)

    await pay(erp, supplier, "2025-02-14", "388")
    assert await gained(erp) - await gained(erp, "2025-01-31") == Decimal("-74.69")
    assert await gained(erp) == Decimal("102.82")
    assert "2000" not in await balances(erp)
    await proved(erp)


async def test_parts_take_their_part_the_last_the_residue_and_undoing_gives_it_back(
    erp: Api, supplier: dict[str, Any], dollars: Bills
) -> None:
    await rate(erp, "2025-01-10", "0.9")
    await rate(erp, "2025-02-10", "0.8")
    bill = await dollars("2025-01-10", "100.01")  # 90.01 euros
    for part in ("33.33", "33.33", "33.35"):
        paid = await pay(erp, supplier, "2025-02-10", part)
        await proved(erp)
    assert "2000" not in await balances(erp)
    # Bank: 26.66 + 26.66 + 26.68.
    assert await gained(erp) == Decimal("90.01") - Decimal("80.00")

    [part] = paid["allocations"]
    path = f"/v1/supplier-allocations/{part['id']}/undoing"
    assert (await erp.post(path, {"reason": "A mistake"})).status_code == 200
    await proved(erp)
    found = (await erp.get("/v1/payable-items", document_id=bill["id"])).json()["items"]
    assert [(each["open_amount"], each["base_open"]) for each in found] == [("33.35", "30.01")]
    await erp.post("/v1/supplier-allocations", {"document_id": paid["id"]})
    assert await gained(erp) == Decimal("10.01")
    await proved(erp)


async def test_a_credit_note_of_another_day_settles_with_a_difference(
    erp: Api, dollars: Bills
) -> None:
    await rate(erp, "2025-01-10", "0.9")
    await rate(erp, "2025-02-10", "0.8")
    await dollars("2025-01-10", "100")
    credit = await dollars("2025-02-10", "40", "credit-note")
    answer = await erp.post("/v1/supplier-allocations", {"document_id": credit["id"]})
    assert answer.status_code == 200, answer.text
    assert await gained(erp) == 4
    assert (await balances(erp))["2000"] == -54
    await proved(erp)


async def test_euros_for_dollars_go_through_clearing(
    erp: Api, supplier: dict[str, Any], dollars: Bills
) -> None:
    await rate(erp, "2025-01-10", "0.9")
    await rate(erp, "2025-01-31", "0.95")
    await dollars("2025-01-10", "1000")
    paid = await pay(erp, supplier, "2025-01-31", "1000", paid={"amount": "930", "currency": "EUR"})
    assert paid["paid"] == {"amount": "930", "currency": "EUR"}
    found = await balances(erp)
    assert (found["1000"], found["6800"]) == (-930, 30)
    assert not found.keys() & {"1900", "2000"}
    await proved(erp)
    again = {"supplier_id": supplier["id"], "amount": "1", "currency": "USD", "allocations": []}
    same = await erp.post(
        "/v1/supplier-payments", again | {"paid": {"amount": "1", "currency": "USD"}}
    )
    assert (same.status_code, same.json()["code"]) == (422, "paid-in-the-bills-currency")


@pytest.mark.parametrize("method", BOTH)
async def test_lifetime_gain_equals_the_cash_difference(
    erp: Api, supplier: dict[str, Any], dollars: Bills, method: str
) -> None:
    """Pain point 8, for what suppliers are owed: whatever came between bill and payment."""
    chance = random.Random(3)
    day, booked, last = date(2025, 1, 1), Decimal(0), None
    rates: dict[date, Decimal] = {}
    for at in range(0, 140, 5):
        on = day + timedelta(days=at)
        rates[on] = Decimal(chance.randint(8_000, 11_000)).scaleb(-4)
        await rate(erp, str(on), str(rates[on]))
    for at in range(0, 130, 5):
        on = day + timedelta(days=at)
        amount = Decimal(chance.randint(1_000, 90_000)).scaleb(-2)
        step = chance.choice(["bill", "credit-note", "pay", "pay", "undo", "undo-revaluation"])
        if step in ("bill", "credit-note") or at == 0:
            kind = "bill" if at == 0 else step
            await dollars(str(on), str(amount), kind)
            worth = (amount * rates[on]).quantize(Decimal("0.01"), "ROUND_HALF_UP")
            booked += worth if kind == "bill" else -worth
        elif step == "pay":
            await pay(erp, supplier, str(on), str(amount))
        elif step == "undo":
            made = [
                part["id"]
                for one in (await erp.get("/v1/supplier-payments")).json()["items"]
                for part in (await erp.get(f"/v1/supplier-payments/{one['id']}")).json()[
                    "allocations"
                ]
                if part["undone_on"] is None
            ]
            if made:
                await erp.post(
                    f"/v1/supplier-allocations/{chance.choice(made)}/undoing",
                    {"reason": "A mistake"},
                )
        elif last is not None:
            await erp.post(f"/v1/revaluations/{last['id']}/undoing", {"reason": "A mistake"})
            last = None
        if at % 30 == 25:
            last = await revalue(erp, str(on), method)
        await proved(erp)
    if last is not None:
        await erp.post(f"/v1/revaluations/{last['id']}/undoing", {"reason": "A mistake"})
    items = (await erp.get("/v1/payable-items", limit=200)).json()["items"]
    owed = sum(
        Decimal(each["open_amount"]) * (1 if each["side"] == "credit" else -1) for each in items
    )
    end = day + timedelta(days=135)
    if owed < 0:
        await dollars(str(end), str(-owed))
        booked += (-owed * rates[end]).quantize(Decimal("0.01"), "ROUND_HALF_UP")
    elif owed > 0:
        await pay(erp, supplier, str(end), str(owed))
    for each in (await erp.get("/v1/payable-items", limit=200)).json()["items"]:
        if each["side"] == "debit" and Decimal(each["open_amount"]):
            await erp.post("/v1/supplier-allocations", {"document_id": each["document_id"]})
    found = await balances(erp)
    assert "2000" not in found, found
    assert await gained(erp) == found["1000"] + booked
    await proved(erp)


async def test_what_an_item_is_carried_at_moves_by_a_revaluation_alone(
    erp: Api, erp_database: ServiceDatabase, dollars: Bills
) -> None:
    await rate(erp, "2025-01-10", "0.9")
    await dollars("2025-01-10", "100")
    async with erp_database.superuser() as connection:
        await connection.execute("SET session_replication_role = replica")
        for attack in (
            "UPDATE payables_open_item SET open_amount = 0, base_open = 0",
            "UPDATE payables_open_item SET base_amount = 1",
            "UPDATE payables_matching SET debit_base = 1",
            "DELETE FROM payables_open_item",
        ):
            with pytest.raises(asyncpg.RestrictViolationError):
                await connection.execute(attack)
