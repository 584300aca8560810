"""Customers, contacts and consents over HTTP, on a real database."""

import asyncio
from typing import Any
from uuid import uuid4

from servicekit.testing.http import Api

BILLING = {
    "kind": "billing",
    "line1": "Westerkade 12",
    "city": "Rotterdam",
    "postal_code": "3016 CL",
    "country": "NL",
}
ACME = {
    "name": "Acme",
    "tier": "gold",
    "owner": "sam",
    "tax_id": "NL123",
    "currency": "EUR",
    "email": "Info@Acme.Example",
    "phone": "010 200 1201",
    "external_reference": "erp:1",
    "addresses": [BILLING],
    "contacts": [{"name": "Marit", "job_title": "Owner", "phone": "+31 6 12345678"}],
}


async def test_a_customer_is_recorded_with_its_people_and_announced(api: Api, rows: Any) -> None:
    answer = await api.post("/v1/customers", ACME)

    assert answer.status_code == 201
    customer = answer.json()
    assert answer.headers["ETag"] == '"1"'
    assert customer["number"] == "C-000001"
    assert customer["phone"] == "+31102001201"
    assert customer["email"] == "info@acme.example"
    assert customer["country"] == "NL"
    assert customer["addresses"] == [{**BILLING, "line2": None, "region": None}]
    assert (await api.get(f"/v1/customers/{customer['id']}")).json() == customer
    people = (await api.get(f"/v1/customers/{customer['id']}/contacts")).json()["items"]
    assert [(p["name"], p["job_title"], p["phone"]) for p in people] == [
        ("Marit", "Owner", "+31612345678")
    ]
    assert await rows("SELECT topic, event_type, aggregate_id, sequence FROM platform_outbox") == [
        ("crm.customer", "tradewind.crm.customer-created.v1", customer["id"], 1)
    ]
    assert await rows("SELECT action, subject_id, actor FROM platform_audit_entry") == [
        ("crm.customers.create", customer["id"], "ada")
    ]


async def test_a_customer_costs_three_round_trips(api: Api, database: Any) -> None:
    """BEGIN with the claim, one INSERT, and everything else with the COMMIT."""
    import asyncpg

    await api.post("/v1/customers", ACME)
    sent: list[str] = []
    execute, fetch = asyncpg.Connection._execute, asyncpg.Connection.execute

    async def counting_execute(self: Any, query: str, *args: Any, **options: Any) -> Any:
        sent.append(query)
        return await execute(self, query, *args, **options)

    async def counting(self: Any, query: str, *args: Any, **options: Any) -> Any:
        sent.append(query)
        return await fetch(self, query, *args, **options)

    asyncpg.Connection._execute = counting_execute
    asyncpg.Connection.execute = counting
    try:
        answer = await api.post(
            "/v1/customers", {**ACME, "tax_id": None, "external_reference": None}
        )
    finally:
        asyncpg.Connection._execute = execute
        asyncpg.Connection.execute = fetch

    assert answer.status_code == 201
    assert len(sent) == 3, sent


async def test_numbers_count_per_tenant_however_many_ask_at_once(api: Api) -> None:
    async def create(tenant: str) -> str:
        answer = await api.signed_in(tenant=tenant).post("/v1/customers", {"name": tenant})
        return str(answer.json()["number"])

    numbers = await asyncio.gather(*(create("acme") for _ in range(12)))
    others = await asyncio.gather(*(create("bolt") for _ in range(3)))

    assert sorted(numbers) == [f"C-{number:06}" for number in range(1, 13)]
    assert sorted(others) == [f"C-{number:06}" for number in range(1, 4)]


async def test_the_same_key_records_one_customer(api: Api, rows: Any) -> None:
    key = str(uuid4())

    first = await api.post("/v1/customers", ACME, key=key)
    again = await api.post("/v1/customers", ACME, key=key)

    assert (again.status_code, again.json()) == (201, first.json())
    assert again.headers["Idempotency-Replayed"] == "true"
    assert await rows("SELECT count(*) FROM customers_customer") == [(1,)]
    assert await rows("SELECT count(*) FROM platform_outbox") == [(1,)]


BAD: list[tuple[dict[str, Any], str, str]] = [
    ({"phone": "+31"}, "phone", "phone-number-is-impossible"),
    ({"phone": "call me"}, "phone", "invalid-input"),
    ({"email": "nobody@nowhere..example"}, "email", "invalid-input"),
    ({"addresses": [{**BILLING, "country": "XX"}]}, "addresses.0.country", "invalid-input"),
    ({"addresses": [BILLING, BILLING]}, "addresses.1.kind", "address-kind-is-repeated"),
    (
        {"contacts": [{"name": "A"}, {"name": "B", "phone": "+31"}]},
        "contacts.1.phone",
        "phone-number-is-impossible",
    ),
    ({"tier": "Gold Plus"}, "tier", "invalid-input"),
    ({"currency": "EURO"}, "currency", "invalid-input"),
    ({"colour": "red"}, "colour", "invalid-input"),
    ({"name": ""}, "name", "invalid-input"),
    ({"name": "A\u0000B"}, "name", "invalid-input"),
]


async def test_bad_input_is_refused_by_its_field_and_leaves_nothing(api: Api, rows: Any) -> None:
    for change, field, code in BAD:
        answer = await api.post("/v1/customers", {**ACME, **change})

        assert (answer.status_code, answer.json()["code"]) == (422, code), change
        assert answer.json()["errors"][0]["field"] == field, change
    assert await rows("SELECT count(*) FROM customers_customer") == [(0,)]
    assert await rows("SELECT count(*) FROM platform_outbox") == [(0,)]


async def test_a_tax_id_and_a_reference_name_one_customer(api: Api, rows: Any) -> None:
    await api.post("/v1/customers", ACME)

    taken = await api.post("/v1/customers", {"name": "B", "tax_id": "NL123"})
    known = await api.post("/v1/customers", {"name": "B", "external_reference": "erp:1"})
    other = await api.signed_in(tenant="bolt").post("/v1/customers", ACME)
    third = (await api.post("/v1/customers", {"name": "C"})).json()["id"]
    moved = await api.patch(f"/v1/customers/{third}", {"tax_id": "NL123"}, version=1)

    assert (moved.status_code, moved.json()["code"]) == (409, "tax-id-is-taken")
    assert (taken.status_code, taken.json()["code"]) == (409, "tax-id-is-taken")
    assert (known.status_code, known.json()["code"]) == (409, "external-reference-is-taken")
    assert other.status_code == 201
    assert await rows("SELECT count(*) FROM customers_customer") == [(3,)]


async def test_a_race_for_a_tax_id_has_one_winner(api: Api, rows: Any) -> None:
    answers = await asyncio.gather(
        *(api.post("/v1/customers", {"name": f"B{n}", "tax_id": "NL9"}) for n in range(8))
    )

    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 7
    assert await rows("SELECT count(*) FROM customers_customer") == [(1,)]


async def test_an_import_keeps_the_good_rows_and_says_why_it_left_the_others(
    api: Api, rows: Any
) -> None:
    await api.post("/v1/customers", ACME)
    sent = [
        {"name": "New", "external_reference": "erp:2", "addresses": [BILLING]},
        {"name": "Known", "external_reference": "erp:1"},
        {"name": "Twin", "external_reference": "erp:2"},
        {"name": "Taken", "tax_id": "NL123"},
        {"name": "Mute", "phone": "+31"},
        {"title": "No name"},
        {"name": "Last", "contacts": [{"name": "Ann"}]},
    ]

    answer = (await api.post("/v1/customers/bulk", {"rows": sent})).json()

    assert [row["status"] for row in answer["results"]] == [
        "created",
        "unchanged",
        "refused",
        "refused",
        "refused",
        "refused",
        "created",
    ]
    assert [row["problem"]["code"] for row in answer["results"] if row["problem"]] == [
        "external-reference-is-taken",
        "tax-id-is-taken",
        "phone-number-is-impossible",
        "invalid-input",
    ]
    assert (answer["created"], answer["unchanged"], answer["refused"]) == (2, 1, 4)
    assert await rows("SELECT name FROM customers_customer ORDER BY number") == [
        ("Acme",),
        ("New",),
        ("Last",),
    ]
    assert await rows("SELECT count(*) FROM platform_outbox") == [(3,)]

    again = (await api.post("/v1/customers/bulk", {"rows": [sent[0], sent[1]]})).json()
    assert [row["status"] for row in again["results"]] == ["unchanged", "unchanged"]


async def test_a_change_is_announced_with_the_whole_state_and_a_no_change_is_not(
    api: Api, rows: Any
) -> None:
    customer = (await api.post("/v1/customers", ACME)).json()
    path = f"/v1/customers/{customer['id']}"

    changed = await api.patch(path, {"name": "Acme BV", "phone": "020 624 1111"}, version=1)
    same = await api.patch(path, {"name": "Acme BV", "addresses": [BILLING]}, version=2)
    stale = await api.patch(path, {"name": "Late"}, version=1)
    blind = await api.patch(path, {"name": "Blind"})
    empty = await api.patch(path, {"name": None}, version=2)

    assert changed.status_code == 200
    assert (changed.json()["name"], changed.json()["phone"]) == ("Acme BV", "+31206241111")
    assert changed.headers["ETag"] == '"2"'
    assert (same.status_code, same.json()["version"]) == (200, 2)
    assert (stale.status_code, blind.status_code, empty.status_code) == (412, 428, 422)
    events = await rows("SELECT event_type, body::text FROM platform_outbox ORDER BY sequence")
    assert [event[0] for event in events] == [
        "tradewind.crm.customer-created.v1",
        "tradewind.crm.customer-changed.v1",
    ]


async def test_new_addresses_replace_the_old_and_bring_their_country(api: Api) -> None:
    customer = (await api.post("/v1/customers", ACME)).json()
    path = f"/v1/customers/{customer['id']}"
    paris = {"kind": "billing", "line1": "Rue 1", "city": "Paris", "country": "FR"}

    changed = (
        await api.patch(path, {"addresses": [paris], "phone": "01 40 20 50 50"}, version=1)
    ).json()

    assert (changed["country"], changed["phone"]) == ("FR", "+33140205050")
    assert [address["city"] for address in changed["addresses"]] == ["Paris"]


async def test_the_tier_changes_by_its_own_command_and_permission(api: Api, rows: Any) -> None:
    customer = (await api.post("/v1/customers", ACME)).json()
    path = f"/v1/customers/{customer['id']}"
    reader = api.signed_in(roles=("reader",))
    command = {"tier": "platinum", "reason": "Bought a lot"}

    refused = await reader.post(f"{path}/tier", command, version=1)
    sideways = await api.patch(path, {"tier": "platinum"}, version=1)
    moved = await api.post(f"{path}/tier", command, version=1)
    again = await api.post(f"{path}/tier", command, version=2)

    assert (refused.status_code, sideways.status_code) == (403, 422)
    assert (moved.json()["tier"], moved.json()["version"]) == ("platinum", 2)
    assert (again.status_code, again.json()["version"]) == (200, 2)
    assert await rows("SELECT event_type FROM platform_outbox WHERE event_type LIKE '%tier%'") == [
        ("tradewind.crm.customer-tier-changed.v1",)
    ]


async def test_customers_are_found_by_every_filter_and_walked_in_every_order(api: Api) -> None:
    for number in range(25):
        await api.post(
            "/v1/customers",
            {
                "name": f"Customer {number:02}",
                "tier": "gold" if number % 5 == 0 else "standard",
                "country": "DE" if number % 2 else "FR",
                "active": number != 3,
            },
        )
    for query in ("sort=name", "sort=-name", "sort=number", "sort=created_at", ""):
        names, cursor = [], ""
        while True:
            page = (await api.get(f"/v1/customers?limit=7&{query}{cursor}")).json()
            names += [item["name"] for item in page["items"]]
            if page["next_cursor"] is None:
                break
            cursor = f"&cursor={page['next_cursor']}"
        assert len(names) == len(set(names)) == 25
        if "name" in query:
            assert names == sorted(names, reverse="-" in query)

    async def found(query: str) -> int:
        return len((await api.get(f"/v1/customers?{query}")).json()["items"])

    assert await found("tier=gold") == 5
    assert await found("country=DE&tier=standard") == 10
    assert await found("active=false") == 1
    assert await found("name[prefix]=customer%200") == 10
    assert await found("number=C-000004") == 1
    assert await found("created_at[gte]=2026-01-06T00:00:00Z") == 0


async def test_a_contact_belongs_to_its_customer(api: Api) -> None:
    acme = (await api.post("/v1/customers", ACME)).json()["id"]
    bolt = (await api.post("/v1/customers", {"name": "Bolt"})).json()["id"]
    contact = (
        await api.post(f"/v1/customers/{acme}/contacts", {"name": "Bo", "phone": "010 200 1202"})
    ).json()

    changed = await api.patch(
        f"/v1/customers/{acme}/contacts/{contact['id']}",
        {"job_title": "Buyer", "addresses": [BILLING]},
        version=1,
    )
    astray = await api.get(f"/v1/customers/{bolt}/contacts/{contact['id']}")
    nobody = await api.post(f"/v1/customers/{uuid4()}/contacts", {"name": "Bo"})

    assert contact["phone"] == "+31102001202"
    assert (changed.json()["job_title"], changed.json()["version"]) == ("Buyer", 2)
    assert changed.json()["addresses"][0]["city"] == "Rotterdam"
    assert (astray.status_code, astray.json()["code"]) == (404, "contact-not-found")
    assert (nobody.status_code, nobody.json()["code"]) == (404, "customer-not-found")


async def test_the_consent_ledger_grows_and_the_last_decision_holds(api: Api) -> None:
    acme = (await api.post("/v1/customers", ACME)).json()["id"]
    path = f"/v1/customers/{acme}/consents"
    entry = {
        "purpose": "newsletter",
        "channel": "email",
        "granted": True,
        "source": "web form",
        "decided_at": "2026-01-02T10:00:00+01:00",
    }

    first = await api.post(path, entry)
    withdrawn = await api.post(
        path, {**entry, "granted": False, "source": "call", "decided_at": "2026-01-04T09:00:00Z"}
    )
    drawer = await api.post(path, {**entry, "decided_at": "2026-01-03T09:00:00Z"})
    future = await api.post(path, {**entry, "decided_at": "2026-02-01T09:00:00Z"})
    stranger = await api.post(path, {**entry, "contact_id": str(uuid4())})

    assert (first.json()["in_force"], withdrawn.json()["in_force"]) == (True, True)
    assert drawer.json()["in_force"] is False
    assert (future.status_code, future.json()["code"]) == (422, "consent-lies-in-the-future")
    assert (stranger.status_code, stranger.json()["code"]) == (422, "contact-is-anothers")
    ledger = (await api.get(path)).json()["items"]
    assert [(e["granted"], e["source"], e["in_force"]) for e in ledger] == [
        (False, "call", True),
        (True, "web form", False),
        (True, "web form", False),
    ]


async def test_another_tenants_customer_does_not_exist(api: Api) -> None:
    acme = (await api.post("/v1/customers", ACME)).json()["id"]
    stranger = api.signed_in(tenant="bolt")

    for what in ("", "/contacts", "/consents", "/timeline", "/timeline/stream", "/overview"):
        answer = await stranger.get(f"/v1/customers/{acme}{what}")
        assert (answer.status_code, answer.json()["code"]) == (404, "customer-not-found"), what
    assert (await stranger.get("/v1/customers")).json()["items"] == []
