"""Accounts of a chart: opened, changed, closed, and what the database keeps of it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import pytest

from servicekit.testing.http import Api
from servicekit.testing.postgres import ServiceDatabase


@asynccontextmanager
async def as_application(database: ServiceDatabase) -> AsyncIterator[asyncpg.Connection]:
    """The role of the service, in its tenant."""
    connection = await asyncpg.connect(database.addresses.app)
    try:
        await connection.execute("SELECT set_config('app.tenant', 'acme', false)")
        yield connection
    finally:
        await connection.close()


async def accounts(erp: Api, company: dict[str, Any]) -> dict[str, str]:
    answer = await erp.get("/v1/ledger-accounts", company_id=company["id"])
    return {row["code"]: row["id"] for row in answer.json()["items"]}


def entry(chart: dict[str, str], amount: str) -> dict[str, Any]:
    return {
        "effective_on": "2026-01-05",
        "lines": [
            {"account_id": chart["6100"], "currency": "EUR", "debit": amount},
            {"account_id": chart["1000"], "currency": "EUR", "credit": amount},
        ],
    }


async def opened(erp: Api, **members: Any) -> dict[str, Any]:
    answer = await erp.post(
        "/v1/ledger-accounts", {"code": "6200", "name": "Travel", "kind": "expense"} | members
    )
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def patched(erp: Api, account: dict[str, Any], **members: Any) -> Any:
    path = f"/v1/ledger-accounts/{account['id']}"
    version = (await erp.get(path)).json()["version"]
    return await erp.patch(path, members, version=version)


async def test_an_account_is_opened_posted_to_and_closed(erp: Api, company: dict[str, Any]) -> None:
    travel = await opened(erp)
    chart = await accounts(erp, company)
    body = entry(chart, "10.00")
    body["lines"][0]["account_id"] = travel["id"]
    assert (await erp.post("/v1/journal-entries", body)).status_code == 201

    heading = await patched(erp, travel, heading=True)
    closed = await patched(erp, travel, active=False)
    refused = await erp.post("/v1/journal-entries", body)

    assert travel["section"] == "operating-expenses"
    assert heading.json()["code"] == "ledger-account-has-entries"
    assert closed.status_code == 200, closed.text
    assert refused.status_code == 409
    assert refused.json()["code"] == "ledger-account-takes-no-postings"


async def test_parents_form_no_circle(erp: Api, company: dict[str, Any]) -> None:
    above = await opened(erp, code="6", heading=True)
    below = await opened(erp, code="62", parent_id=above["id"])

    circle = await patched(erp, above, parent_id=below["id"])
    taken = await erp.post(
        "/v1/ledger-accounts", {"code": "62", "name": "Again", "kind": "expense"}
    )
    misplaced = await erp.post(
        "/v1/ledger-accounts",
        {"code": "63", "name": "Odd", "kind": "expense", "section": "cash"},
    )

    assert circle.json()["code"] == "parent-account-does-not-fit"
    assert taken.json()["code"] == "ledger-account-code-is-taken"
    assert misplaced.json()["code"] == "statement-section-does-not-fit"


async def test_a_role_moves_to_another_account(erp: Api, company: dict[str, Any]) -> None:
    second = await opened(erp, code="1010", name="Second bank", kind="asset", section="cash")
    path = f"/v1/ledger-accounts/{second['id']}/role"

    moved = await erp.put(path, {"role": "bank"}, version=1)
    wrong = await erp.put(path, {"role": "revenue"}, version=2)

    assert moved.status_code == 200, moved.text
    rows = (await erp.get("/v1/ledger-accounts")).json()["items"]
    assert [row["code"] for row in rows if row["role"] == "bank"] == ["1010"]
    assert wrong.json()["code"] == "account-role-does-not-fit"


@pytest.mark.parametrize(("column", "value"), [("heading", "true"), ("active", "false")])
async def test_the_database_refuses_lines_of_headings_and_closed_accounts(
    erp: Api,
    company: dict[str, Any],
    erp_database: ServiceDatabase,
    column: str,
    value: str,
) -> None:
    chart = await accounts(erp, company)
    async with as_application(erp_database) as connection:
        await connection.execute(
            f"UPDATE ledger_account SET {column} = {value} WHERE code = '6100'"
        )
        with pytest.raises(asyncpg.RestrictViolationError, match="takes no postings"):
            async with connection.transaction():
                await connection.execute(
                    """
                    WITH e AS (
                        INSERT INTO ledger_entry (tenant, id, company_id, journal, series,
                            effective_on, source_type, recorded_at, recorded_by, recorded_xact)
                        VALUES ('acme', gen_random_uuid(), $1, 'general', 'GEN-2026',
                                '2026-01-05', 'manual', now(), 'x', 0) RETURNING id)
                    INSERT INTO ledger_line (tenant, entry_id, position, company_id, account_id,
                        effective_on, currency, debit, credit)
                    SELECT 'acme', id, n, $1, a, '2026-01-05', 'EUR', d, c
                    FROM e, (VALUES (1, $2::uuid, 5, 0), (2, $3::uuid, 0, 5)) AS l (n, a, d, c)
                    """,
                    company["id"],
                    chart["6100"],
                    chart["1000"],
                )


async def test_the_database_lets_no_account_with_entries_change_what_it_is(
    erp: Api, company: dict[str, Any], erp_database: ServiceDatabase
) -> None:
    chart = await accounts(erp, company)
    assert (await erp.post("/v1/journal-entries", entry(chart, "1.00"))).status_code == 201
    for change in ("kind = 'asset', section = 'cash'", "code = '9'", "heading = true"):
        async with as_application(erp_database) as connection:
            with pytest.raises(asyncpg.RestrictViolationError, match="has entries"):
                async with connection.transaction():
                    await connection.execute(
                        f"UPDATE ledger_account SET {change} WHERE code = '6100'"
                    )


async def test_a_posting_without_an_account_for_its_role_is_refused_by_name(
    erp: Api, company: dict[str, Any], account: dict[str, Any]
) -> None:
    rows = (await erp.get("/v1/ledger-accounts")).json()["items"]
    revenue = next(row for row in rows if row["role"] == "revenue")
    await erp.put(f"/v1/ledger-accounts/{revenue['id']}/role", {"role": None}, version=1)

    refused = await erp.post(
        "/v1/invoices",
        {
            "account_id": account["id"],
            "lines": [
                {
                    "description": "Work",
                    "quantity": "1",
                    "net_unit_price": "10.00",
                    "tax_category": "zero",
                }
            ],
        },
    )

    assert refused.status_code == 409, refused.text
    assert refused.json()["code"] == "role-has-no-account"
