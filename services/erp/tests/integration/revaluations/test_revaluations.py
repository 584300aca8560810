"""Invoices in dollars, books in euros: booked, revalued, settled, undone, over HTTP."""

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


async def created(erp: Api, path: str, body: Any) -> Any:
    answer = await erp.post(path, body)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def rate(erp: Api, day: str, value: str) -> None:
    """Units of the company's currency for one dollar."""
    rates = [{"base": "USD", "quote": "EUR", "rate_on": day, "rate": value}]
    await created(erp, "/v1/exchange-rates", {"rates": rates})


@pytest.fixture
async def dollars(
    erp: Api, company: dict[str, Any], customer_created: Callable[..., Awaitable[Any]]
) -> dict[str, Any]:
    """The account of a customer who pays in dollars; the company counts in euros."""
    customer_id = await customer_created("Dollar Inc", "USD")
    answer = await erp.get("/v1/accounts", customer_id=str(customer_id))
    [account] = answer.json()["items"]
    assert account["currency"] == "USD"
    found: dict[str, Any] = account
    return found


async def invoice(erp: Api, account: dict[str, Any], day: str, amount: str) -> Any:
    line = {
        "description": "Goods",
        "quantity": "1",
        "net_unit_price": amount,
        "tax_category": "zero",
    }
    return await created(
        erp, "/v1/invoices", {"account_id": account["id"], "issued_on": day, "lines": [line]}
    )


async def pay(erp: Api, account: dict[str, Any], day: str, amount: str) -> Any:
    return await created(
        erp,
        "/v1/payments",
        {"account_id": account["id"], "amount": amount, "received_on": day},
    )


async def revalue(erp: Api, day: str, method: str, **more: Any) -> Any:
    return await created(erp, "/v1/revaluations", {"valued_on": day, "method": method} | more)


async def balances(erp: Api, day: str | None = None) -> dict[str, Decimal]:
    """Debit less credit in euros by account, of those that have any."""
    asked = {} if day is None else {"as_of": day}
    lines = (await erp.get("/v1/trial-balance", **asked)).json()["lines"]
    found: dict[str, Decimal] = {}
    for line in lines:
        found[line["code"]] = found.get(line["code"], Decimal(0)) + Decimal(line["base_balance"])
    return {code: amount for code, amount in found.items() if amount}


async def gained(erp: Api, day: str | None = None) -> Decimal:
    found = await balances(erp, day)
    return -sum((found.get(code, Decimal(0)) for code in RESULT), start=Decimal(0))


async def proved(erp: Api) -> None:
    for path in ("/v1/receivables-proofs", "/v1/ledger-proofs"):
        answer = (await erp.get(path)).json()
        assert answer["holds"], answer


@pytest.mark.parametrize("method", BOTH)
async def test_golden_388_dollars_lose_177_51_then_gain_74_69(
    erp: Api, dollars: dict[str, Any], method: str
) -> None:
    await rate(erp, "2025-01-10", "94.39")
    await rate(erp, "2025-01-31", "93.9325")
    await rate(erp, "2025-02-14", "94.125")
    await invoice(erp, dollars, "2025-01-10", "388")
    assert await balances(erp) == {"1100": Decimal("36623.32"), "4000": Decimal("-36623.32")}

    tried = await revalue(erp, "2025-01-31", method, dry_run=True)
    assert (tried["id"], tried["loss"], await gained(erp)) == (None, "177.51", 0)
    done = await revalue(erp, "2025-01-31", method)
    assert done["items"] == tried["items"]
    [item] = done["items"]
    assert (item["open"], item["carrying"], item["value"], item["delta"]) == (
        "388", "36623.32", "36445.81", "-177.51",
    )  # fmt: skip
    assert await gained(erp, "2025-01-31") == Decimal("-177.51")
    after = Decimal(0) if method == "with-reversal" else Decimal("-177.51")
    assert await gained(erp, "2025-02-01") == after
    await proved(erp)

    await pay(erp, dollars, "2025-02-14", "388")
    assert await gained(erp) - await gained(erp, "2025-01-31") == Decimal("74.69")
    assert await gained(erp) == Decimal("-102.82")
    assert "1100" not in await balances(erp)
    await proved(erp)


async def test_parts_take_their_part_and_the_last_the_residue(
    erp: Api, dollars: dict[str, Any]
) -> None:
    await rate(erp, "2025-01-10", "0.91")
    await rate(erp, "2025-01-31", "0.935")
    await invoice(erp, dollars, "2025-01-10", "100.01")
    await revalue(erp, "2025-01-31", "without-reversal")
    for amount in ("33.33", "33.33", "33.35"):
        await pay(erp, dollars, "2025-02-03", amount)
        await proved(erp)
    # Booked at 91.01; the payments brought 31.16, 31.16 and 31.18.
    assert await gained(erp) == Decimal("93.50") - Decimal("91.01")
    assert "1100" not in await balances(erp)


async def test_a_day_is_revalued_once_and_the_latest_is_undone_first(
    erp: Api, dollars: dict[str, Any]
) -> None:
    await rate(erp, "2025-01-10", "0.9")
    await rate(erp, "2025-01-31", "0.95")
    await rate(erp, "2025-02-28", "0.8")
    await invoice(erp, dollars, "2025-01-10", "1000")
    first = await revalue(erp, "2025-01-31", "without-reversal")
    again = await erp.post("/v1/revaluations", {"valued_on": "2025-01-31"})
    assert (again.status_code, again.json()["code"]) == (409, "revaluation-exists")
    second = await revalue(erp, "2025-02-28", "without-reversal")
    assert await gained(erp) == Decimal(-100)

    async def undo(which: Any) -> Any:
        path = f"/v1/revaluations/{which['id']}/undoing"
        return (await erp.post(path, {"reason": "Wrong rate"})).json()

    assert (await undo(first))["code"] == "later-revaluation-stands"
    assert (await undo(second))["undone_at"] is not None
    assert (await undo(second))["code"] == "revaluation-is-undone"
    assert await gained(erp) == Decimal(50)
    await proved(erp)
    await undo(first)
    assert await gained(erp) == 0
    await proved(erp)
    await rate(erp, "2025-01-31", "0.96")
    assert (await revalue(erp, "2025-01-31", "without-reversal"))["gain"] == "60"
    listed = (await erp.get("/v1/revaluations")).json()["items"]
    assert [row["undone_at"] is None for row in listed].count(True) == 1


async def test_without_a_rate_nothing_is_booked(erp: Api, dollars: dict[str, Any]) -> None:
    answer = await erp.post(
        "/v1/payments",
        {"account_id": dollars["id"], "amount": "10", "received_on": "2025-02-14"},
    )
    assert (answer.status_code, answer.json()["code"]) == (409, "exchange-rate-missing")
    assert "2025-02-14" in answer.json()["detail"]
    assert (await erp.get("/v1/payments")).json()["items"] == []


async def test_settled_and_unsettled_across_a_lock_repeatedly(
    erp: Api, company: dict[str, Any], dollars: dict[str, Any]
) -> None:
    """Pain point 7: exchange entries after a lock go to the first open day, and all come back."""
    await rate(erp, "2025-01-10", "0.9")
    await rate(erp, "2025-01-20", "0.95")
    bill = await invoice(erp, dollars, "2025-01-10", "1000")
    paid = await created(
        erp,
        "/v1/payments",
        {
            "account_id": dollars["id"],
            "amount": "1000",
            "received_on": "2025-01-20",
            "allocations": [],
        },
    )
    locks = f"/v1/companies/{company['id']}/locks"
    version = (await erp.get(locks)).json()["version"]
    closed = await erp.put(locks, {"all": "2025-01-31"}, version=version)
    assert closed.status_code == 200, closed.text

    for _ in range(3):
        answer = await erp.post(
            f"/v1/payments/{paid['id']}/allocations",
            {"allocations": [{"invoice_id": bill["id"], "amount": "1000"}]},
        )
        assert answer.status_code in (200, 201), answer.text
        assert await gained(erp) == Decimal(50)
        assert await gained(erp, "2025-01-31") == 0
        await proved(erp)
        made = (await erp.get(f"/v1/payments/{paid['id']}")).json()["allocations"]
        [standing] = [each for each in made if each.get("undone_on") is None]
        back = await erp.post(
            f"/v1/allocations/{standing['id']}/undoing", {"reason": "Another invoice"}
        )
        assert back.status_code == 200, back.text
        assert await gained(erp) == 0
        await proved(erp)


async def test_money_in_a_foreign_currency_is_revalued(erp: Api, dollars: dict[str, Any]) -> None:
    await rate(erp, "2025-01-10", "0.9")
    await rate(erp, "2025-01-31", "0.95")
    await rate(erp, "2025-02-28", "0.85")
    await invoice(erp, dollars, "2025-01-10", "1000")
    await pay(erp, dollars, "2025-01-10", "1000")
    done = await revalue(erp, "2025-01-31", "without-reversal")
    assert [(each["kind"], each["delta"], each["kept"]) for each in done["items"]] == [
        ("money", "50", "50")
    ]
    assert (await balances(erp))["1000"] == Decimal(950)
    assert (await revalue(erp, "2025-02-28", "with-reversal"))["loss"] == "100"
    assert (await balances(erp, "2025-02-28"))["1000"] == Decimal(850)
    assert (await balances(erp, "2025-03-01"))["1000"] == Decimal(950)


async def test_euros_for_dollars_go_through_clearing_which_is_worth_nothing(
    erp: Api, dollars: dict[str, Any]
) -> None:
    await rate(erp, "2025-01-10", "0.9")
    await rate(erp, "2025-01-31", "0.95")
    await invoice(erp, dollars, "2025-01-10", "1000")
    body = {
        "account_id": dollars["id"],
        "amount": "1000",
        "paid": {"amount": "930", "currency": "EUR"},
        "received_on": "2025-01-31",
    }
    paid = await created(erp, "/v1/payments", body)
    assert paid["paid"] == {"amount": "930", "currency": "EUR"}
    assert (await erp.get("/v1/payments")).json()["items"][0]["paid"] == paid["paid"]
    assert await balances(erp) == {
        "1000": Decimal(930),
        "4000": Decimal(-900),
        "4800": Decimal(-30),
    }
    await proved(erp)
    assert (await revalue(erp, "2025-01-31", "with-reversal"))["items"] == []

    same = await erp.post("/v1/payments", body | {"paid": {"amount": "9", "currency": "USD"}})
    assert same.json()["code"] == "paid-in-the-accounts-currency"
    fine = await erp.post("/v1/payments", body | {"paid": {"amount": "9.001", "currency": "EUR"}})
    assert fine.json()["code"] == "amount-has-too-many-decimals"
    other = await erp.post("/v1/payments", body | {"paid": {"amount": "9", "currency": "CHF"}})
    assert other.json()["code"] == "exchange-rate-missing"


@pytest.mark.parametrize("method", BOTH)
@pytest.mark.parametrize("seed", [1, 2])
async def test_lifetime_gain_equals_the_cash_difference(
    erp: Api, dollars: dict[str, Any], method: str, seed: int
) -> None:
    """Pain point 8: a revaluation is seen by the payment after it, whatever came between."""
    chance = random.Random(seed)
    day, booked, brought, months = date(2025, 1, 1), Decimal(0), Decimal(0), 0
    rates = {}
    for at in range(0, 140, 5):
        on = day + timedelta(days=at)
        rates[on] = Decimal(chance.randint(8_000, 11_000)).scaleb(-4)
        await rate(erp, str(on), str(rates[on]))

    def worth(amount: Decimal, on: date) -> Decimal:
        known = rates[max(each for each in rates if each <= on)]
        return (amount * known).quantize(Decimal("0.01"), "ROUND_HALF_UP")

    last = None
    for at in range(0, 130, 5):
        on = day + timedelta(days=at)
        amount = Decimal(chance.randint(1_000, 90_000)).scaleb(-2)
        step = chance.choice(["invoice", "pay", "pay", "undo", "undo-revaluation"])
        if step == "invoice" or at == 0:
            await invoice(erp, dollars, str(on), str(amount))
            booked += worth(amount, on)
        elif step == "pay":
            await pay(erp, dollars, str(on), str(amount))
            brought += worth(amount, on)
        elif step == "undo":
            payments = (await erp.get("/v1/payments")).json()["items"]
            made = [
                each["id"]
                for one in payments
                for each in (await erp.get(f"/v1/payments/{one['id']}")).json()["allocations"]
                if each.get("undone_on") is None
            ]
            if made:
                await erp.post(
                    f"/v1/allocations/{chance.choice(made)}/undoing", {"reason": "A mistake"}
                )
        elif last is not None:
            await erp.post(f"/v1/revaluations/{last['id']}/undoing", {"reason": "A mistake"})
            last = None
        if at % 30 == 25:
            last = await revalue(erp, str(on), method)
            months += 1
        await proved(erp)
    if last is not None:
        await erp.post(f"/v1/revaluations/{last['id']}/undoing", {"reason": "A mistake"})
    # What is left is paid, and what was paid ahead is invoiced and settled.
    end = day + timedelta(days=135)
    account = (await erp.get(f"/v1/accounts/{dollars['id']}")).json()
    due = Decimal(account["exposure"]) if "exposure" in account else Decimal(0)
    if due < 0:
        await invoice(erp, dollars, str(end), str(-due))
        booked += worth(-due, end)
    elif due > 0:
        await pay(erp, dollars, str(end), str(due))
        brought += worth(due, end)
    bills = (await erp.get("/v1/invoices", limit=200)).json()["items"]
    for one in (await erp.get("/v1/payments", limit=200)).json()["items"]:
        if Decimal(one["unallocated"]):
            await erp.post(f"/v1/payments/{one['id']}/allocations", {})
    assert all(Decimal(each["open_amount"]) >= 0 for each in bills)
    found = await balances(erp)
    assert "1100" not in found, found
    money = found.get("1000", Decimal(0))
    assert -sum(found.get(code, Decimal(0)) for code in RESULT) == money - booked
    if method == "with-reversal":
        assert money == brought
    assert months > 2
    await proved(erp)


async def test_a_revaluation_is_never_altered(
    erp: Api, erp_database: ServiceDatabase, dollars: dict[str, Any]
) -> None:
    await rate(erp, "2025-01-10", "0.9")
    await invoice(erp, dollars, "2025-01-10", "1000")
    await revalue(erp, "2025-01-10", "with-reversal")
    async with erp_database.superuser() as connection:
        for statement in (
            "UPDATE revaluations_revaluation SET gain = 5",
            "DELETE FROM revaluations_revaluation",
            "UPDATE revaluations_item SET kept = 0",
            "DELETE FROM revaluations_item",
        ):
            with pytest.raises(asyncpg.PostgresError):
                await connection.execute(statement)
