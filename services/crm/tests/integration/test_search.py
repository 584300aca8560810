"""Finding customers and people by words with errors, and what a migration makes of old contacts."""

from typing import Any
from uuid import uuid4

import pytest

from crm.app import service
from servicekit.migrations import runner
from servicekit.testing.http import Api
from servicekit.testing.postgres import MakesDatabases


async def _found(api: Api, q: str, **more: Any) -> list[tuple[str, str]]:
    answer = await api.get("/v1/search", q=q, **more)
    assert answer.status_code == 200, answer.text
    return [(each["name"], each["match"]) for each in answer.json()["items"]]


async def test_accents_typing_errors_and_beginnings_are_forgiven(api: Api) -> None:
    customer = (
        await api.post(
            "/v1/customers",
            {
                "name": "Müller & Søhne Großhandel",
                "email": "einkauf@mueller.example",
                "phone": "+49 40 5550133",
                "contacts": [
                    {"name": "Žofie Nováková", "phone": "+420601123456", "email": "z@nova.example"}
                ],
            },
        )
    ).json()
    await api.post("/v1/customers", {"name": "Milling Works"})
    company = "Müller & Søhne Großhandel"
    person = "Žofie Nováková"

    assert await _found(api, "muller") == [(company, "exact")]
    assert await _found(api, "GROSSHANDEL sohne") == [(company, "exact")]
    assert await _found(api, "gross") == [(company, "prefix")]
    for wrong in ("mullr", "mulller", "mulker", "mlulwer zofie", "grosshadnel"):
        expected = [] if " " in wrong else [(company, "near")]
        assert await _found(api, wrong) == expected, wrong
    assert await _found(api, "novakva zofie") == [(person, "near")]
    assert await _found(api, "601 123 456") == [(person, "exact")]
    assert await _found(api, "0049 40 5550133") == [(company, "exact")]
    assert await _found(api, "einkauf@mueller.example") == [(company, "exact")]
    assert await _found(api, customer["number"]) == [(company, "exact")]
    assert await _found(api, "muller", kind="person") == []
    assert await _found(api.signed_in(tenant="bolt"), "muller") == []
    nothing = await api.get("/v1/search", q="&%")
    assert (nothing.status_code, nothing.json()["code"]) == (422, "nothing-is-searched")

    await api.patch(f"/v1/customers/{customer['id']}", {"name": "Meyer"}, version=1)
    assert await _found(api, "grosshandel") == []
    assert await _found(api, "meyer") == [("Meyer", "exact")]


@pytest.mark.parametrize("tenant", ["acme"])
async def test_contacts_of_before_become_people_that_are_found(
    service_database: MakesDatabases, tenant: str
) -> None:
    database = await service_database(service, migrated=False)
    await runner.migrate(service, database.addresses.owner, "0011")
    customer, contact = uuid4(), uuid4()
    async with database.superuser() as connection:
        await connection.execute("INSERT INTO platform_tenant (tenant) VALUES ($1)", tenant)
        await connection.execute(
            "INSERT INTO customers_customer (tenant, id, number, name, tier, active, addresses, "
            "version, created_at, updated_at) "
            "VALUES ($1, $2, 'C-1', 'Acme', 'gold', true, '[]', 1, now(), now())",
            tenant,
            customer,
        )
        await connection.execute(
            "INSERT INTO customers_contact (tenant, id, customer_id, name, phone, active, "
            "addresses, version, created_at, updated_at) "
            "VALUES ($1, $2, $3, 'Marit', '+31612345678', true, '[]', 4, now(), now())",
            tenant,
            contact,
            customer,
        )

    await runner.migrate(service, database.addresses.owner)

    async with Api.of(database) as api:
        person = (await api.get(f"/v1/people/{contact}")).json()
        assert [each["contact_id"] for each in person["roles"]] == [str(contact)]
        assert person["phones"][0]["is_primary"] is True
        assert (await api.get(f"/v1/customers/{customer}/contacts/{contact}")).json()[
            "version"
        ] == 4
        assert await _found(api, "marti") == [("Marit", "near")]
        assert await _found(api, "0612345678") == [("Marit", "exact")]
