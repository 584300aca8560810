"""Invoices, payments, credit and ageing over HTTP."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from erp.receivables import service
from erp.receivables.queries import account_for
from servicekit.testing.http import Api
from servicekit.testing.postgres import ServiceDatabase
from servicekit.uow import Principal
from servicekit.values.money import Money

ACCOUNTANT = Principal.of_service("erp", "acme")


def invoice_for(account: dict[str, Any], *lines: tuple[str, str, str], **more: Any) -> Any:
    return {
        "account_id": account["id"],
        "lines": [
            {
                "description": "Goods",
                "quantity": quantity,
                "net_unit_price": price,
                "tax_category": category,
            }
            for quantity, price, category in lines
        ],
    } | more


async def issue(erp: Api, account: dict[str, Any], price: str, **more: Any) -> dict[str, Any]:
    """An invoice over one piece without tax."""
    answer = await erp.post("/v1/invoices", invoice_for(account, ("1", price, "zero"), **more))
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def pay(erp: Api, account: dict[str, Any], amount: str, **more: Any) -> dict[str, Any]:
    answer = await erp.post("/v1/payments", {"account_id": account["id"], "amount": amount} | more)
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def balances(erp: Api) -> dict[str, str]:
    lines = (await erp.get("/v1/trial-balance")).json()["lines"]
    return {line["code"]: line["balance"] for line in lines if line["balance"] != "0"}


async def events(database: ServiceDatabase) -> list[str]:
    """The types of everything published, without prefix, in order."""
    async with database.superuser() as connection:
        rows = await connection.fetch("SELECT event_type FROM platform_outbox ORDER BY id")
    return [row["event_type"].split(".")[2] for row in rows]


async def test_a_customer_that_crm_created_has_an_account(account: dict[str, Any]) -> None:
    assert account["currency"] == "EUR"
    assert account["state"] == "ok"
    assert account["credit_limit"] is None
    assert account["customer_name"] == "Ada Ltd"


async def test_customers_told_of_before_the_company_get_their_account_with_it(
    erp: Api, customer_created: Any
) -> None:
    customer_id = await customer_created(currency="USD")

    await erp.post(
        "/v1/companies",
        {"code": "HQ", "name": "Headquarters", "base_currency": "EUR", "country": "DE"},
    )

    [account] = (await erp.get("/v1/accounts", customer_id=str(customer_id))).json()["items"]
    assert account["currency"] == "USD"


async def test_an_invoice_is_taxed_by_category_numbered_and_booked(
    erp: Api, account: dict[str, Any]
) -> None:
    answer = await erp.post(
        "/v1/invoices",
        invoice_for(
            account,
            ("16", "20.9010", "standard"),
            ("3", "9.99", "reduced"),
            issued_on="2026-01-05",
        ),
    )

    assert answer.status_code == 201, answer.text
    invoice = answer.json()
    assert invoice["number"] == "INV-2026-000001"
    assert invoice["due_on"] == "2026-02-04"
    assert invoice["net"] == "364.39"  # 334.416 + 29.97 = 364.386
    assert [(t["category"], t["base"], t["tax"]) for t in invoice["taxes"]] == [
        ("reduced", "29.97", "2.1"),
        ("standard", "334.42", "63.54"),
    ]
    assert invoice["gross"] == "430.03"
    shown = sum(Decimal(line["shown_amount"]) for line in invoice["lines"])
    assert shown == Decimal(invoice["net"])
    assert await balances(erp) == {"1100": "430.03", "4000": "-364.39", "2200": "-65.64"}


async def test_the_rate_is_that_of_the_invoice_date(erp: Api, account: dict[str, Any]) -> None:
    taxes = []
    for day in ("2006-12-31", "2020-06-30", "2020-07-01", "2021-01-01"):
        answer = await erp.post(
            "/v1/invoices", invoice_for(account, ("1", "100", "standard"), issued_on=day)
        )
        taxes.append(answer.json()["tax"])

    assert taxes == ["16", "19", "16", "19"]


async def test_tax_without_a_rate_is_not_guessed(erp: Api, account: dict[str, Any]) -> None:
    answer = await erp.post("/v1/invoices", invoice_for(account, ("1", "100", "luxury")))

    assert answer.status_code == 409
    assert answer.json()["code"] == "tax-rate-is-missing"
    assert await balances(erp) == {}


async def test_a_refused_invoice_leaves_no_gap(erp: Api, account: dict[str, Any]) -> None:
    first = await issue(erp, account, "10", issued_on="2026-01-05")
    await erp.post("/v1/invoices", invoice_for(account, ("1", "100", "luxury")))
    second = await issue(erp, account, "10", issued_on="2026-01-05")

    assert [first["number"], second["number"]] == ["INV-2026-000001", "INV-2026-000002"]


async def test_an_invoice_over_nothing_is_paid_and_books_nothing(
    erp: Api, account: dict[str, Any]
) -> None:
    invoice = await issue(erp, account, "0")

    assert invoice["status"] == "paid"
    assert await balances(erp) == {}


async def test_a_payment_settles_the_oldest_first(erp: Api, account: dict[str, Any]) -> None:
    april = await issue(erp, account, "50.00", issued_on="2025-04-01")
    march = await issue(erp, account, "80.00", issued_on="2025-03-01")

    payment = await pay(erp, account, "100.00")

    assert [(a["invoice_id"], a["amount"]) for a in payment["allocations"]] == [
        (march["id"], "80"),
        (april["id"], "20"),
    ]
    items = (await erp.get(f"/v1/accounts/{account['id']}/open-items")).json()["items"]
    assert [(i["id"], i["open_amount"], i["status"]) for i in items] == [
        (april["id"], "30", "partially-paid")
    ]
    assert await balances(erp) == {"1000": "100", "1100": "30", "4000": "-130"}


async def test_a_payment_settles_what_it_names_and_the_rest_can_follow(
    erp: Api, account: dict[str, Any]
) -> None:
    first = await issue(erp, account, "80.00")
    second = await issue(erp, account, "50.00")

    payment = await pay(
        erp,
        account,
        "120.00",
        allocations=[{"invoice_id": second["id"], "amount": "50.00"}],
    )
    assert payment["unallocated"] == "70"
    answer = await erp.post(f"/v1/payments/{payment['id']}/allocations", {})

    assert answer.status_code == 200, answer.text
    assert answer.json()["unallocated"] == "0"
    found = (await erp.get(f"/v1/invoices/{first['id']}")).json()
    assert (found["open_amount"], found["status"]) == ("10", "partially-paid")
    assert (await erp.get("/v1/receivables-proofs")).json()["holds"]


@pytest.mark.parametrize(
    ("allocation", "code"),
    [
        ({"amount": "80.01"}, "allocation-exceeds-open-item"),
        ({"amount": "80.00"}, "allocation-exceeds-payment"),
        ({"amount": "1.001"}, "amount-has-too-many-decimals"),
        ({"invoice_id": "00000000-0000-7000-8000-000000000000"}, "item-is-not-open"),
    ],
)
async def test_a_payment_never_settles_more_than_there_is(
    erp: Api, account: dict[str, Any], allocation: dict[str, str], code: str
) -> None:
    invoice = await issue(erp, account, "80.00")

    answer = await erp.post(
        "/v1/payments",
        {
            "account_id": account["id"],
            "amount": "79.00",
            "allocations": [{"invoice_id": invoice["id"], "amount": "1.00"} | allocation],
        },
    )

    assert answer.json()["code"] == code
    assert (await erp.get("/v1/payments")).json()["items"] == []


async def test_overdue_invoices_are_announced_once_and_warn(
    erp: Api, account: dict[str, Any], erp_database: ServiceDatabase
) -> None:
    invoice = await issue(erp, account, "80.00", issued_on="2025-11-01")
    today = erp_database.clock.now().date()
    for _ in range(2):
        async with erp_database.app.unit_of_work(ACCOUNTANT) as uow:
            await service.mark_overdue(uow, today)

    assert (await events(erp_database)).count("invoice-overdue") == 1
    late = (await erp.get(f"/v1/accounts/{account['id']}")).json()
    assert (late["overdue"], late["state"]) == ("80", "warning")
    await pay(erp, account, "80.00")
    paid = (await erp.get(f"/v1/accounts/{account['id']}")).json()
    assert (paid["overdue"], paid["state"]) == ("0", "ok")
    assert (await erp.get(f"/v1/invoices/{invoice['id']}")).json()["status"] == "paid"


async def test_every_movement_announces_the_credit_status(
    erp: Api, account: dict[str, Any], erp_database: ServiceDatabase
) -> None:
    before = len(await events(erp_database))
    await issue(erp, account, "80.00")
    await pay(erp, account, "30.00")
    await pay(erp, account, "50.00")

    assert sorted((await events(erp_database))[before:]) == sorted(
        ["credit-status-changed"] * 3
        + ["invoice-issued", "invoice-partially-paid", "invoice-paid"]
        + ["payment-received"] * 2
    )


async def test_a_limit_blocks_and_a_stop_by_hand_too(erp: Api, account: dict[str, Any]) -> None:
    path = f"/v1/accounts/{account['id']}"
    await issue(erp, account, "80.00")

    near = await erp.patch(path, {"credit_limit": "100.00"}, version=account["version"])
    assert near.status_code == 200, near.text
    assert (near.json()["state"], near.json()["headroom"]) == ("warning", "20")
    over = await erp.patch(path, {"credit_limit": "79.99"}, version=near.json()["version"])
    assert (over.json()["state"], over.json()["headroom"]) == ("blocked", "-0.01")
    free = await erp.patch(path, {"credit_limit": None}, version=over.json()["version"])
    assert (free.json()["state"], free.json()["headroom"]) == ("ok", None)
    stopped = await erp.patch(path, {"credit_stop": True}, version=free.json()["version"])
    assert stopped.json()["state"] == "blocked"
    stale = await erp.patch(path, {"credit_stop": False}, version=account["version"])
    assert stale.status_code == 412


async def test_two_orders_cannot_take_the_same_headroom(
    erp: Api, account: dict[str, Any], erp_database: ServiceDatabase
) -> None:
    import asyncio
    from uuid import UUID

    await erp.patch(
        f"/v1/accounts/{account['id']}", {"credit_limit": "100.00"}, version=account["version"]
    )
    order = Money(Decimal("60.00"), "EUR")

    async def place() -> bool:
        async with erp_database.app.unit_of_work(ACCOUNTANT) as uow:
            row = await account_for(
                uow.session, UUID(account["customer_id"]), UUID(account["company_id"])
            )
            assert row is not None
            decision = await service.check_credit(uow, row, order)
            if decision.granted:
                moved = service.OrdersMoved(order.amount)
                await service.change_open_orders(uow, row.id, moved, order.currency)
            return decision.granted

    assert sorted(await asyncio.gather(*(place() for _ in range(6)))) == [False] * 5 + [True]


async def test_ageing_is_as_of_any_day_and_equals_the_control_account(
    erp: Api, account: dict[str, Any]
) -> None:
    await issue(erp, account, "100.00", issued_on="2025-01-01")  # due 2025-01-31
    await issue(erp, account, "40.00", issued_on="2025-03-01")  # due 2025-03-31
    await pay(erp, account, "30.00", received_on="2025-04-15")
    await pay(erp, account, "5.00", received_on="2025-04-15", allocations=[])

    seen = {}
    for day in ("2025-01-31", "2025-02-01", "2025-03-05", "2025-04-14", "2025-04-15"):
        ageing = (await erp.get("/v1/ageing", as_of=day)).json()
        assert ageing["agrees"], ageing
        [row] = ageing["accounts"]
        seen[day] = {k: v for k, v in row["buckets"].items() if v != "0"} | {
            "unapplied": row["unapplied"]
        }

    assert seen == {
        "2025-01-31": {"current": "100", "unapplied": "0"},
        "2025-02-01": {"1-30": "100", "unapplied": "0"},
        "2025-03-05": {"31-60": "100", "current": "40", "unapplied": "0"},
        "2025-04-14": {"61-90": "100", "1-30": "40", "unapplied": "0"},
        "2025-04-15": {"61-90": "70", "1-30": "40", "unapplied": "5"},
    }


async def test_a_prepayment_counts_against_the_invoice_from_its_date_on(
    erp: Api, account: dict[str, Any]
) -> None:
    payment = await pay(erp, account, "40.00", received_on="2025-01-10")
    await issue(erp, account, "40.00", issued_on="2025-02-01")
    await erp.post(f"/v1/payments/{payment['id']}/allocations", {"allocated_on": "2025-01-12"})

    for day in ("2025-01-10", "2025-01-31", "2025-02-01"):
        ageing = (await erp.get("/v1/ageing", as_of=day)).json()
        assert ageing["agrees"], ageing
    assert (await erp.get("/v1/ageing", as_of="2025-02-01")).json()["accounts"] == []


async def test_a_document_names_an_account_or_a_customer(erp: Api, account: dict[str, Any]) -> None:
    nobody = await erp.post("/v1/payments", {"amount": "1.00"})
    assert (nobody.status_code, nobody.json()["code"]) == (422, "document-has-no-account")

    named = await erp.post(
        "/v1/payments", {"customer_id": account["customer_id"], "amount": "1.00"}
    )
    assert named.status_code == 201


async def test_an_account_in_another_company_is_opened_by_hand_once(
    erp: Api, account: dict[str, Any]
) -> None:
    second = (
        await erp.post(
            "/v1/companies",
            {"code": "UK", "name": "Britain", "base_currency": "GBP", "country": "GB"},
        )
    ).json()
    body = {
        "customer_id": account["customer_id"],
        "company_id": second["id"],
        "credit_limit": "500.00",
    }

    opened = await erp.post("/v1/accounts", body)
    again = await erp.post("/v1/accounts", body)

    assert opened.status_code == 201, opened.text
    assert opened.json()["currency"] == "GBP"
    assert again.json()["code"] == "receivables-account-exists-already"


async def test_documents_and_books_belong_to_their_tenant(
    erp: Api, account: dict[str, Any]
) -> None:
    invoice = await issue(erp, account, "80.00")
    payment = await pay(erp, account, "30.00")
    other = erp.signed_in(tenant="globex")

    assert (await other.get(f"/v1/invoices/{invoice['id']}")).status_code == 404
    assert (await other.get(f"/v1/payments/{payment['id']}")).status_code == 404
    assert (await other.get(f"/v1/accounts/{account['id']}")).status_code == 404
    for path in ("/v1/invoices", "/v1/payments", "/v1/accounts", "/v1/tax-rates"):
        assert (await other.get(path)).json()["items"] == [], path
    refused = await other.post("/v1/payments", {"account_id": account["id"], "amount": "1"})
    assert refused.status_code == 404


async def test_a_reader_reads_and_does_not_book(erp: Api, account: dict[str, Any]) -> None:
    reader = erp.signed_in(roles=["reader"])

    assert (await reader.get("/v1/invoices")).status_code == 200
    refused = await reader.post("/v1/payments", {"account_id": account["id"], "amount": "1"})
    assert refused.status_code == 403


async def test_time_makes_nothing_overdue_before_its_day(
    erp: Api, account: dict[str, Any], erp_database: ServiceDatabase
) -> None:
    invoice = await issue(erp, account, "80.00", issued_on="2026-01-05")
    due = erp_database.clock.now().date() + timedelta(days=30)
    async with erp_database.app.unit_of_work(ACCOUNTANT) as uow:
        assert await service.mark_overdue(uow, due) == 0
        assert await service.mark_overdue(uow, due + timedelta(days=1)) == 1

    assert (await erp.get(f"/v1/invoices/{invoice['id']}")).json()["status"] == "overdue"


async def test_an_account_with_much_that_is_late_is_marked_some_items_at_a_time(
    erp: Api, account: dict[str, Any], erp_database: ServiceDatabase
) -> None:
    for _ in range(3):
        await issue(erp, account, "80.00", issued_on="2026-01-05")
    late = erp_database.clock.now().date() + timedelta(days=31)
    told = []
    for _ in range(3):
        async with erp_database.app.unit_of_work(ACCOUNTANT) as uow:
            told.append(await service.mark_overdue(uow, late, limit=2))

    assert told == [2, 1, 0]
    assert (await erp.get(f"/v1/accounts/{account['id']}")).json()["overdue"] == "240"


async def test_a_document_names_its_account_in_one_way(erp: Api, account: dict[str, Any]) -> None:
    both = {"customer_id": account["customer_id"]}, {"company_id": account["company_id"]}
    for more in both:
        invoice = invoice_for(account, ("1", "10", "zero"), **more)
        payment = {"account_id": account["id"], "amount": "1"} | more
        for path, body in (("/v1/invoices", invoice), ("/v1/payments", payment)):
            answer = await erp.post(path, body)
            assert answer.status_code == 422, answer.text
            assert "not by both" in answer.json()["detail"]
            del body["account_id"]
            named = await erp.post(path, body | both[0])
            assert named.status_code == 201, named.text


async def test_only_the_credit_limit_can_be_taken_away(erp: Api, account: dict[str, Any]) -> None:
    path = f"/v1/accounts/{account['id']}"
    for field in ("payment_terms_days", "credit_stop"):
        refused = await erp.patch(path, {field: None}, version=account["version"])
        assert refused.status_code == 422, refused.text
        assert f"{field} cannot be emptied" in refused.json()["detail"]
    taken = await erp.patch(path, {"credit_limit": None}, version=account["version"])
    assert taken.json()["credit_limit"] is None
