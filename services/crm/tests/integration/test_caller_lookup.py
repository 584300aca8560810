"""Who is calling, over HTTP, with facts that the ERP told."""

from datetime import date
from typing import Any

import asyncpg
import pytest

from contracts import MoneyV1
from contracts.erp.invoice import InvoiceIssuedV1, InvoiceOverdueV1
from servicekit.ids import new_id
from servicekit.testing.http import Api
from servicekit.testing.postgres import ServiceDatabase

NUMBER = "+31612345678"


async def company(api: Api, **more: Any) -> dict[str, Any]:
    body = {
        "name": "Acme",
        "country": "NL",
        "phone": "+31201234567",
        "contacts": [{"name": "Marit", "phone": NUMBER, "job_title": "Buyer", "language": "nl"}],
    }
    answer = await api.post("/v1/customers", body | more)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def called(api: Api, phone: str = NUMBER, **more: Any) -> dict[str, Any]:
    answer = await api.post("/v1/caller-lookups", {"phone": phone} | more)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def euros(amount: str) -> MoneyV1:
    return MoneyV1(amount=amount, currency="EUR")


async def test_a_buyer_who_owes_goes_to_receivables_and_the_trace_says_why(
    api: Api, mailman: Any
) -> None:
    customer = await company(api, tier="gold")
    before = await called(api, "06 1234 5678", country="NL")
    assert (before["number"], before["queue"]) == (NUMBER, "key-accounts")
    assert [(tried["queue"], tried["fits"]) for tried in before["trace"]] == [
        ("reception", False),
        ("receivables", False),
        ("key-accounts", True),
    ]
    assert before["trace"][1]["because"] == "Nothing is overdue."
    [person] = before["people"]
    assert (person["name"], person["job_title"], person["language"]) == ("Marit", "Buyer", "nl")
    assert (before["company"]["tier"], before["company"]["name"]) == ("gold", "Acme")
    assert (before["overdue"], before["open_invoices"], before["orders"]) == ([], 0, [])

    invoice = {
        "invoice_id": new_id(),
        "invoice_number": "INV-2026-000001",
        "company_id": new_id(),
        "customer_id": customer["id"],
        "account_id": new_id(),
        "currency": "EUR",
    }
    issued = InvoiceIssuedV1(
        **invoice,
        issued_on=date(2025, 11, 1),
        due_on=date(2025, 12, 1),
        net=euros("100"),
        tax=euros("19"),
        gross=euros("119"),
    )
    late = InvoiceOverdueV1(
        **invoice, due_on=date(2025, 12, 1), open=euros("119"), on=date(2025, 12, 2)
    )
    await mailman.announce(issued, late)

    after = await called(api)
    assert after["queue"] == "receivables"
    assert after["overdue"] == [{"amount": "119", "currency": "EUR"}]
    assert after["trace"][-1]["because"] == "Every condition holds."
    # What was decided stays as it was decided.
    kept = (await api.get(f"/v1/caller-lookups/{before['id']}")).json()
    assert (kept["queue"], kept["trace"]) == (before["queue"], before["trace"])
    found = (await api.get("/v1/caller-lookups", customer_id=customer["id"])).json()["items"]
    assert [call["queue"] for call in found] == ["receivables", "key-accounts"]


async def test_a_companys_own_number_and_nobodys(api: Api) -> None:
    customer = await company(api)
    switchboard = await called(api, "+31201234567")
    assert (switchboard["customer_id"], switchboard["person_id"]) == (customer["id"], None)
    assert switchboard["queue"] == "sales"
    nobody = await called(api, "+31699999999")
    assert (nobody["company"], nobody["people"], nobody["queue"]) == (None, [], "reception")
    assert [tried["because"] for tried in nobody["trace"]] == ["Every condition holds."]
    other = await called(api.signed_in(tenant="bolt"))
    assert other["queue"] == "reception"


@pytest.mark.parametrize("phone", ["+31 1", "hello there", "06 1234 5678"])
async def test_what_is_no_number_is_refused_with_the_field(api: Api, phone: str) -> None:
    answer = await api.post("/v1/caller-lookups", {"phone": phone})
    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["field"] == "phone"


async def test_routes_are_a_tenants_own(api: Api) -> None:
    await company(api)
    default = (await api.get("/v1/caller-routes")).json()
    assert (default["version"], default["routes"][-1]["queue"]) == (0, "sales")
    routes = [{"queue": "dutch-desk", "languages": ["nl"]}, {"queue": "world-desk"}]
    answer = await api.put("/v1/caller-routes", {"routes": routes}, version=0)
    assert answer.status_code == 200, answer.text
    assert answer.json()["version"] == 1
    assert (await called(api))["queue"] == "dutch-desk"
    assert (await api.put("/v1/caller-routes", {"routes": routes}, version=0)).status_code == 412
    open_end = await api.put("/v1/caller-routes", {"routes": routes[:1]}, version=1)
    assert (open_end.status_code, open_end.json()["code"]) == (422, "routes-leave-callers-out")
    seller = api.signed_in(roles=["seller"])
    assert (await seller.put("/v1/caller-routes", {"routes": routes}, version=1)).status_code == 403
    assert (await called(seller))["queue"] == "dutch-desk"


async def test_a_call_is_never_altered(api: Api, database: ServiceDatabase) -> None:
    await called(api)
    async with database.superuser() as connection:
        await connection.execute("SET session_replication_role = replica")
        for statement in (
            "UPDATE caller_lookup_call SET queue = 'x'",
            "DELETE FROM caller_lookup_call",
        ):
            with pytest.raises(asyncpg.RestrictViolationError):
                await connection.execute(statement)
