"""Tax rates begin and end on days, over HTTP, on a real database."""

import asyncio
import json
from datetime import date
from itertools import pairwise
from typing import Any

import asyncpg
import pytest

from servicekit.testing.http import Api
from servicekit.testing.postgres import MakesDatabases, ServiceDatabase


async def add(erp: Api, rate: str, valid_from: str, **more: Any) -> Any:
    body = {
        "country": "DE",
        "category": "books",
        "name": "Books",
        "rate": rate,
        "valid_from": valid_from,
    }
    return await erp.post("/v1/tax-rates", body | more)


async def series(erp: Api, **query: Any) -> list[tuple[str, str, str | None]]:
    """Rate, first day and end of each rate of books."""
    answer = await erp.get("/v1/tax-rates", category="books", sort="valid_from", **query)
    assert answer.status_code == 200, answer.text
    return [(row["rate"], row["valid_from"], row["valid_to"]) for row in answer.json()["items"]]


async def test_a_rate_ends_where_the_next_one_begins_and_where_somebody_ends_it(erp: Api) -> None:
    first = (await add(erp, "0.05", "2020-01-01")).json()
    last = (await add(erp, "0.07", "2024-01-01")).json()
    assert (await add(erp, "0.06", "2022-01-01")).json()["valid_to"] == "2024-01-01"
    again = await add(erp, "0.08", "2022-01-01")
    assert (again.status_code, again.json()["code"]) == (409, "tax-rate-exists-already")

    ended = await erp.post(
        f"/v1/tax-rates/{last['id']}/end", {"valid_to": "2026-01-01", "reason": "Books are taxed"}
    )
    assert (ended.status_code, ended.json()["valid_to"]) == (200, "2026-01-01")
    over = await erp.post(
        f"/v1/tax-rates/{first['id']}/end", {"valid_to": "2022-01-02", "reason": "One day more"}
    )
    assert (over.status_code, over.json()["code"]) == (409, "tax-rates-overlap")
    empty = await erp.post(
        f"/v1/tax-rates/{first['id']}/end", {"valid_to": "2020-01-01", "reason": "Never held"}
    )
    assert empty.json()["code"] == "tax-rate-ends-before-it-begins"
    unknown = await erp.post(
        f"/v1/tax-rates/{last['id'][:-4]}0000/end", {"valid_to": "2020-01-01", "reason": "No such"}
    )
    assert (unknown.status_code, unknown.json()["code"]) == (404, "tax-rate-not-found")

    assert await series(erp) == [
        ("0.05", "2020-01-01", "2022-01-01"),
        ("0.06", "2022-01-01", "2024-01-01"),
        ("0.07", "2024-01-01", "2026-01-01"),
    ]
    assert await series(erp, on="2021-12-31") == [("0.05", "2020-01-01", "2022-01-01")]
    assert await series(erp, on="2022-01-01") == [("0.06", "2022-01-01", "2024-01-01")]
    assert await series(erp, on="2026-01-01") == []


async def test_nothing_is_invoiced_or_ordered_at_a_rate_that_has_ended(
    erp: Api, account: dict[str, Any]
) -> None:
    rate = (await add(erp, "0.05", "2020-01-01")).json()
    await erp.post(
        f"/v1/tax-rates/{rate['id']}/end", {"valid_to": "2026-01-02", "reason": "Abolished"}
    )
    line = {
        "description": "A book",
        "quantity": "1",
        "net_unit_price": "20",
        "tax_category": "books",
    }

    async def invoice(day: str) -> Any:
        body = {"account_id": account["id"], "issued_on": day, "lines": [line]}
        return await erp.post("/v1/invoices", body)

    assert (await invoice("2026-01-01")).json()["tax"] == "1"
    late = await invoice("2026-01-02")
    assert (late.status_code, late.json()["code"]) == (409, "tax-rate-is-missing")


async def test_two_at_once_leave_no_day_with_two_rates(
    erp: Api, erp_database: ServiceDatabase
) -> None:
    answers = await asyncio.gather(
        *(add(erp, f"0.0{n}", f"2026-0{n}-01") for n in range(1, 9)),
    )

    assert {answer.status_code for answer in answers} <= {201, 409}
    assert {a.json()["code"] for a in answers if a.status_code == 409} <= {"tax-rates-overlap"}
    found = await series(erp)
    assert len(found) == [answer.status_code for answer in answers].count(201)
    for (_, _, end), (_, begin, _) in pairwise(found):
        assert end is not None
        assert end <= begin


async def test_the_database_refuses_two_rates_on_a_day(
    erp: Api, erp_database: ServiceDatabase
) -> None:
    await add(erp, "0.05", "2020-01-01")
    await add(erp, "0.07", "2024-01-01")

    async with erp_database.superuser() as connection:
        with pytest.raises(asyncpg.ExclusionViolationError):
            await connection.execute(
                "UPDATE taxes_rate SET valid_to = NULL WHERE category = 'books'"
            )
        with pytest.raises(asyncpg.CheckViolationError):
            await connection.execute(
                "UPDATE taxes_rate SET valid_to = valid_from WHERE category = 'books'"
            )


async def test_rates_that_a_tenant_has_set_are_not_mixed_with_those_of_a_new_company(
    erp: Api, company: dict[str, Any]
) -> None:
    mine = {"country": "NL", "category": "standard", "name": "Mine", "rate": "0.5"}
    await erp.post("/v1/tax-rates", mine | {"valid_from": "2026-01-01"})
    await erp.post(
        "/v1/companies",
        {"code": "NL", "name": "Holland", "base_currency": "EUR", "country": "NL"},
    )

    answer = await erp.get("/v1/tax-rates", country="NL", on="2026-01-05")
    rates = {row["category"]: row["rate"] for row in answer.json()["items"]}
    assert rates == {"standard": "0.5", "reduced": "0.09", "zero": "0", "exempt": "0"}
    assert (await erp.get("/v1/tax-rates", country="NL", on="2025-01-05")).status_code == 200


async def test_rates_of_before_end_where_the_next_ones_begin(
    service_database: MakesDatabases,
) -> None:
    from erp.app import service
    from servicekit.migrations import runner

    database = await service_database(service, migrated=False)
    await runner.migrate(service, database.addresses.owner, "0008")
    days = [date(2020, 1, 1), date(2022, 1, 1), date(2024, 1, 1)]
    async with database.superuser() as connection:
        await connection.execute("INSERT INTO platform_tenant (tenant) VALUES ('acme'), ('zeta')")
        for tenant in ("acme", "zeta"):
            for day in days:
                await connection.execute(
                    "INSERT INTO receivables_tax_rate"
                    " VALUES ($1, gen_random_uuid(), 'DE', 'books', 'Books', 0.07, $2)",
                    tenant,
                    day,
                )

    await runner.migrate(service, database.addresses.owner)

    async with database.superuser() as connection:
        rows = await connection.fetch(
            "SELECT tenant, valid_from, valid_to FROM taxes_rate ORDER BY 1, 2"
        )
    ends = [*days[1:], None]
    assert [tuple(row) for row in rows] == [
        (tenant, begin, end)
        for tenant in ("acme", "zeta")
        for begin, end in zip(days, ends, strict=True)
    ]


async def test_what_a_company_charges_is_said_whenever_it_changes(
    erp: Api, erp_database: ServiceDatabase
) -> None:
    async def said() -> list[dict[str, Any]]:
        async with erp_database.superuser() as everybody:
            rows = await everybody.fetch(
                "SELECT body, aggregate_id, sequence FROM platform_outbox "
                "WHERE topic = 'erp.tax' ORDER BY id"
            )
        return [json.loads(row["body"]) for row in rows]

    opened = await erp.post(
        "/v1/companies",
        {"code": "HAL", "name": "Halyard", "base_currency": "EUR", "country": "DE"},
    )
    assert opened.status_code == 201, opened.text
    (first,) = await said()
    assert (first["company_id"], first["is_default"]) == (opened.json()["id"], True)
    newest = {rate["category"]: rate["rate"] for rate in first["rates"]}
    assert (newest["standard"], newest["zero"]) == ("0.19", "0")

    rate = (await add(erp, "0.05", "2020-01-01")).json()
    await add(erp, "0.05", "2020-01-01", country="FR")
    await erp.post(
        f"/v1/tax-rates/{rate['id']}/end", {"valid_to": "2026-01-01", "reason": "Over and done"}
    )
    _, added, ended = await said()
    (books,) = [one for one in added["rates"] if one["category"] == "books"]
    assert (books["rate"], books["valid_to"]) == ("0.05", None)
    (books,) = [one for one in ended["rates"] if one["category"] == "books"]
    assert books["valid_to"] == "2026-01-01"
