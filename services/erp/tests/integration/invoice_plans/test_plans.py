"""Invoices by the clock, over HTTP and the job, on a real database."""

from collections.abc import Awaitable, Callable
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from erp.invoice_plans.service import issue_due
from servicekit.testing.http import Api
from servicekit.testing.postgres import ServiceDatabase
from servicekit.uow import Principal

PLANS = "/v1/invoice-plans"
LINE = {"description": "Support", "quantity": "1", "net_unit_price": "100"}


async def due(database: ServiceDatabase, today: str) -> int:
    async with database.app.unit_of_work(Principal.of_service("erp", "acme")) as uow:
        return await issue_due(uow, date.fromisoformat(today))


async def agreed(erp: Api, account: dict[str, Any], **more: Any) -> Any:
    body = {"account_id": account["id"], "name": "Support", "lines": [LINE]} | more
    answer = await erp.post(PLANS, body)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def invoices_of(erp: Api, plan: dict[str, Any]) -> list[Any]:
    rows = (await erp.get(f"{PLANS}/{plan['id']}/invoices")).json()["items"]
    return [row | (await erp.get(f"/v1/invoices/{row['invoice_id']}")).json() for row in rows[::-1]]


async def test_a_plan_invoices_each_day_once_and_is_worked_off(
    erp: Api, account: dict[str, Any], erp_database: ServiceDatabase
) -> None:
    every_month = {"first_on": "2026-01-31", "every_months": 1, "ends_on": "2026-06-30"}
    plan = await agreed(erp, account, **every_month)
    path = f"{PLANS}/{plan['id']}"
    taken = await erp.post(
        PLANS, {"account_id": account["id"], "name": "Support", "lines": [LINE]} | every_month
    )
    assert taken.json()["code"] == "invoice-plan-exists"
    late = await erp.post(
        PLANS,
        {"account_id": account["id"], "name": "Late", "lines": [LINE]}
        | {"first_on": "2026-01-04", "every_months": 1},
    )
    assert (late.status_code, late.json()["code"]) == (422, "schedule-makes-no-sense")

    assert await due(erp_database, "2026-01-30") == 0
    assert [await due(erp_database, "2026-03-02") for _ in range(3)] == [1, 1, 0]

    issued = await invoices_of(erp, plan)
    assert [(one["issued_on"], one["gross"]) for one in issued] == [("2026-03-02", "119")] * 2
    planned = (await erp.get(f"{path}/invoices")).json()["items"]
    assert [row["due_on"] for row in planned] == ["2026-02-28", "2026-01-31"]

    now = (await erp.get(path)).json()
    assert (now["issued"], now["next_on"]) == (2, "2026-03-31")
    stopped = await erp.patch(path, {"active": False}, version=now["version"])
    assert stopped.status_code == 200, stopped.text
    assert await due(erp_database, "2026-04-01") == 0
    goes_on = await erp.patch(path, {"active": True}, version=stopped.json()["version"])
    assert goes_on.json()["active"] is True
    assert [await due(erp_database, "2027-01-01") for _ in range(5)] == [1, 1, 1, 1, 0]
    over = (await erp.get(path)).json()
    assert (over["issued"], over["next_on"]) == (6, None)
    assert (await erp.get("/v1/receivables-proofs")).json()["holds"]

    async with erp_database.superuser() as connection:
        for statement, refusal in (
            ("UPDATE invoice_plans_plan SET lines = '[]'", asyncpg.RestrictViolationError),
            ("UPDATE invoice_plans_plan SET issued = 0", asyncpg.RestrictViolationError),
            ("DELETE FROM invoice_plans_plan", asyncpg.PostgresError),
            ("UPDATE invoice_plans_invoice SET due_on = '2027-01-01'", asyncpg.PostgresError),
        ):
            with pytest.raises(refusal):
                await connection.execute(statement)
        with pytest.raises(asyncpg.UniqueViolationError):
            await connection.execute(
                "INSERT INTO invoice_plans_invoice"
                " SELECT tenant, plan_id, due_on, gen_random_uuid(), created_at"
                " FROM invoice_plans_invoice LIMIT 1"
            )


async def test_milestones_are_the_whole_to_the_cent(
    erp: Api, account: dict[str, Any], erp_database: ServiceDatabase
) -> None:
    parts = [
        {"due_on": "2026-02-01", "share": "0.333", "name": "Start"},
        {"due_on": "2026-03-01", "share": "0.333", "name": "Built"},
        {"due_on": "2026-04-01", "share": "0.334", "name": "Handed over"},
    ]
    line = LINE | {"quantity": "3", "net_unit_price": "33.337"}
    short = await erp.post(
        PLANS,
        {"account_id": account["id"], "name": "House", "lines": [line], "milestones": parts[:2]},
    )
    assert short.json()["code"] == "milestones-are-not-the-whole"
    plan = await agreed(erp, account, name="House", lines=[line, LINE], milestones=parts)

    for day in ("2026-02-01", "2026-03-01", "2026-04-01", "2026-05-01"):
        await due(erp_database, day)

    issued = await invoices_of(erp, plan)
    assert sum(Decimal(one["net"]) for one in issued) == Decimal("200.01")
    assert [one["lines"][0]["description"] for one in issued] == [
        "Support: Start",
        "Support: Built",
        "Support: Handed over",
    ]
    assert (await erp.get(f"{PLANS}/{plan['id']}")).json()["next_on"] is None


async def test_what_is_refused_is_told_and_tried_again(
    erp: Api,
    account: dict[str, Any],
    customer_created: Callable[..., Awaitable[UUID]],
    erp_database: ServiceDatabase,
) -> None:
    abroad = await customer_created("Far Inc", "USD")
    [dollars] = (await erp.get("/v1/accounts", customer_id=str(abroad))).json()["items"]
    plan = await agreed(erp, dollars, first_on="2026-02-01", every_months=3)
    other = await agreed(erp, account, name="Rent", first_on="2026-02-02", every_months=12)

    assert [await due(erp_database, "2026-02-02") for _ in range(2)] == [2, 1]

    now = (await erp.get(f"{PLANS}/{plan['id']}")).json()
    assert "USD" in now["problem"]
    assert (now["issued"], now["next_on"]) == (0, "2026-02-01")
    assert (await erp.get(f"{PLANS}/{other['id']}")).json()["issued"] == 1
    [issued] = (await erp.get("/v1/invoices")).json()["items"]
    assert (issued["reference"], issued["number"]) == ("Rent", "INV-2026-000001")
