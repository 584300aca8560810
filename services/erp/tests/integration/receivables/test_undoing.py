"""An allocation is taken back by its opposite, over HTTP; both have their day."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4

from servicekit.testing.http import Api
from servicekit.testing.postgres import MakesDatabases, ServiceDatabase


async def created(erp: Api, path: str, body: Any) -> Any:
    answer = await erp.post(path, body)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def paid_invoice(erp: Api, account: dict[str, Any]) -> tuple[Any, Any]:
    """An invoice of 80 of 5 January, paid with 100 on the 10th; 20 are left."""
    line = {
        "description": "Goods",
        "quantity": "1",
        "net_unit_price": "80",
        "tax_category": "zero",
    }
    invoice = await created(
        erp,
        "/v1/invoices",
        {"account_id": account["id"], "issued_on": "2025-01-05", "lines": [line]},
    )
    payment = await created(
        erp,
        "/v1/payments",
        {"account_id": account["id"], "amount": "100", "received_on": "2025-01-10"},
    )
    return invoice, payment


async def owed(erp: Api, day: str) -> tuple[str, str]:
    """What was open and what was unapplied on a day; the list agrees with the books."""
    ageing = (await erp.get("/v1/ageing", as_of=day)).json()
    assert ageing["agrees"], ageing
    [row] = ageing["accounts"]
    return str(sum(Decimal(part) for part in row["buckets"].values())), row["unapplied"]


async def test_what_is_undone_is_open_again_from_its_day_on(
    erp: Api, account: dict[str, Any], erp_database: ServiceDatabase
) -> None:
    invoice, payment = await paid_invoice(erp, account)
    [part] = payment["allocations"]

    undone = await erp.post(
        f"/v1/allocations/{part['id']}/undoing",
        {"undone_on": "2025-01-20", "reason": "Meant for another invoice"},
    )

    assert undone.status_code == 200, undone.text
    assert undone.json()["undone_on"] == "2025-01-20"
    now = (await erp.get(f"/v1/invoices/{invoice['id']}")).json()
    assert (now["open_amount"], now["status"], now["paid_on"]) == ("80", "open", None)
    assert (await erp.get(f"/v1/payments/{payment['id']}")).json()["unallocated"] == "100"
    assert [await owed(erp, day) for day in ("2025-01-09", "2025-01-10", "2025-01-20")] == [
        ("80", "0"),
        ("0", "20"),
        ("80", "100"),
    ]
    assert (await erp.get("/v1/receivables-proofs")).json()["holds"]
    async with erp_database.superuser() as connection:
        row = await connection.fetchrow(
            "SELECT body FROM platform_outbox WHERE event_type LIKE '%invoice-reopened%'"
        )
    told = json.loads(row["body"])
    assert (told["open"]["amount"], told["paid"]["amount"], told["status"]) == ("80", "0", "open")


async def test_it_is_undone_once_and_not_before_its_day(erp: Api, account: dict[str, Any]) -> None:
    _, payment = await paid_invoice(erp, account)
    path = f"/v1/allocations/{payment['allocations'][0]['id']}/undoing"
    early = await erp.post(path, {"undone_on": "2025-01-09", "reason": "Too early"})
    assert (early.status_code, early.json()["code"]) == (409, "undone-before-it-counted")
    assert early.json()["errors"][0]["field"] == "undone_on"

    first = await erp.post(path, {"reason": "Meant for another"})
    again = await erp.post(path, {"reason": "Meant for another"})

    assert first.status_code == 200, first.text
    assert (again.status_code, again.json()["code"]) == (409, "allocation-is-undone")
    unknown = await erp.post(f"/v1/allocations/{uuid4()}/undoing", {"reason": "No such"})
    assert (unknown.status_code, unknown.json()["code"]) == (404, "allocation-not-found")


async def test_what_is_undone_is_allocated_anew_and_overdue_again(
    erp: Api, account: dict[str, Any], erp_database: ServiceDatabase
) -> None:
    from erp.receivables import service
    from servicekit.uow import Principal

    invoice, payment = await paid_invoice(erp, account)
    path = f"/v1/allocations/{payment['allocations'][0]['id']}/undoing"
    await erp.post(path, {"reason": "Meant for another"})
    async with erp_database.app.unit_of_work(Principal.of_service("erp", "acme")) as uow:
        assert await service.mark_overdue(uow, date(2026, 1, 1)) == 1
    allocated = await erp.post(f"/v1/payments/{payment['id']}/allocations", {})
    assert allocated.json()["unallocated"] == "20"
    now = (await erp.get(f"/v1/accounts/{account['id']}")).json()
    assert (now["overdue"], now["open_items"]) == ("0", "-20")

    second = allocated.json()["allocations"][1]
    await erp.post(f"/v1/allocations/{second['id']}/undoing", {"reason": "And back again"})

    now = (await erp.get(f"/v1/accounts/{account['id']}")).json()
    assert (now["overdue"], now["open_items"], now["state"]) == ("80", "-20", "warning")
    assert (await erp.get(f"/v1/invoices/{invoice['id']}")).json()["status"] == "overdue"
    assert (await erp.get("/v1/receivables-proofs")).json()["holds"]


async def test_documents_of_before_get_their_items_and_allocations_stay(
    service_database: MakesDatabases,
) -> None:
    from erp.app import service
    from servicekit.migrations import runner

    database = await service_database(service, migrated=False)
    await runner.migrate(service, database.addresses.owner, "0015")
    now = datetime(2026, 1, 5, tzinfo=UTC)
    company, account, invoice, payment, allocation = (uuid4() for _ in range(5))
    async with database.superuser() as connection:
        await connection.execute("INSERT INTO platform_tenant (tenant) VALUES ('acme')")
        await connection.execute(
            "INSERT INTO ledger_company VALUES ('acme', $1, 'HQ', 'HQ', 'EUR', 'DE', true, 1,"
            " $2, $2)",
            company,
            now,
        )
        await connection.execute(
            "INSERT INTO receivables_account VALUES ('acme', $1, $2, gen_random_uuid(), 'EUR', 30,"
            " NULL, false, 1, $3, $3)",
            account,
            company,
            now,
        )
        await connection.execute(
            "INSERT INTO receivables_invoice VALUES ('acme', $1, $2, $3, gen_random_uuid(), NULL,"
            " 'INV-2026', 0, '', 'EUR', '2026-01-05', '2026-02-04', NULL, 80, 0, 80, 80, 'open',"
            " NULL, NULL, $4)",
            invoice,
            company,
            account,
            now,
        )
        await connection.execute(
            "INSERT INTO receivables_payment VALUES ('acme', $1, $2, $3, gen_random_uuid(),"
            " 'PAY-2026', 0, '', 'EUR', 50, 50, '2026-01-07', 'cash', NULL, $4)",
            payment,
            company,
            account,
            now,
        )
        await connection.execute(
            "INSERT INTO receivables_allocation VALUES ('acme', $1, $2, $3, 30, '2026-01-08', $4)",
            allocation,
            payment,
            invoice,
            now,
        )

    await runner.migrate(service, database.addresses.owner)

    async with database.superuser() as connection:
        items = await connection.fetch(
            "SELECT document_id, side, amount, open_amount, due_on, posted_on, base_open"
            " FROM receivables_open_item ORDER BY side"
        )
        matching = await connection.fetchrow("SELECT * FROM receivables_matching")
    assert [tuple(item) for item in items] == [
        (payment, "credit", 50, 20, None, date(2026, 1, 7), 20),
        (invoice, "debit", 80, 50, date(2026, 2, 4), date(2026, 1, 5), 50),
    ]
    assert (matching["id"], matching["amount"], matching["matched_on"]) == (
        allocation,
        30,
        date(2026, 1, 8),
    )
    assert matching["undoes"] is None
