"""Many clients at the same few customers at once: nothing breaks, and nobody sees a collision."""

from __future__ import annotations

import uuid
from contextlib import AsyncExitStack

import pytest

from operations.bench.connection import Connection
from operations.bench.finance import broken_proofs, prepared, together
from operations.clients import Endpoints, Services
from operations.importer.report import ImportReport
from operations.stack import Stack
from operations.story import soon

CLIENTS = 32


@pytest.mark.long
@pytest.mark.timeout(400)
async def test_thirty_two_clients_for_a_minute_on_the_same_customers(
    stack: Stack, endpoints: Endpoints, sample_company: ImportReport, admin: Services
) -> None:
    customers = []
    for at in range(4):
        body = {"name": f"Crowded {at} {uuid.uuid4().hex[:6]}", "currency": "EUR"}
        customers.append((await admin.post("crm", "/v1/customers", body))["id"])
    await soon(
        "the ERP opens their accounts",
        lambda: admin.get("erp", "/v1/accounts", customer_id=customers[-1]),
        until=lambda page: bool(page["items"]),
    )
    token = stack.token()
    async with AsyncExitStack() as opened:
        connections = [
            await opened.enter_async_context(Connection(stack.url("erp"), token))
            for _ in range(CLIENTS)
        ]
        crowd = await prepared(connections[0], customers)
        sample = await together(connections, crowd, seconds=60)
        assert sample.failures == []
        assert sample.durations
        assert await broken_proofs(connections[0]) == []
    for deed in ("invoice", "pay", "allocate", "undo", "credit", "reverse"):
        assert crowd.counts.get(deed, 0) > CLIENTS, crowd.counts
    series: dict[str, list[int]] = {}
    for name, number in await numbers(admin):
        series.setdefault(name, []).append(number)
    for found in series.values():
        assert sorted(found) == list(range(1, len(found) + 1))


async def numbers(admin: Services) -> list[tuple[str, int]]:
    """Series and number of every invoice, payment and credit note."""
    found = []
    for path in ("invoices", "payments", "credit-notes"):
        cursor = ""
        while cursor is not None:
            asked = {"limit": 200} | ({"cursor": cursor} if cursor else {})
            page = await admin.get("erp", f"/v1/{path}", **asked)
            for row in page["items"]:
                series, _, number = row["number"].rpartition("-")
                found.append((f"{row['company_id']} {series}", int(number)))
            cursor = page["next_cursor"]
    return found
