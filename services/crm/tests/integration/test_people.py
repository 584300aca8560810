"""People, their roles at companies, and what they allowed, over HTTP."""

from typing import Any
from uuid import uuid4

from servicekit.testing.http import Api

CONSENT = {
    "purpose": "newsletter",
    "channel": "email",
    "granted": True,
    "source": "web form",
    "decided_at": "2026-01-02T08:00:00Z",
}


async def _company(api: Api, name: str, **more: Any) -> str:
    answer = await api.post("/v1/customers", {"name": name, "country": "NL", **more})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def test_a_contact_is_a_person_of_the_same_id_found_by_phone_and_mail(
    api: Api, rows: Any
) -> None:
    acme = await _company(
        api,
        "Acme",
        contacts=[{"name": "Marit", "phone": "+31612345678", "email": "M@acme.example"}],
    )
    contact = (await api.get(f"/v1/customers/{acme}/contacts")).json()["items"][0]

    by_phone = (await api.get("/v1/people/lookup?phone=06%2012345678&country=NL")).json()["items"]
    by_mail = (await api.get("/v1/people/lookup?email=m@ACME.example")).json()["items"]
    stranger = await api.signed_in(tenant="bolt").get("/v1/people/lookup?phone=%2B31612345678")

    assert contact["person_id"] == contact["id"]
    assert by_phone == by_mail
    assert [(each["person_id"], each["customer_id"]) for each in by_phone] == [
        (contact["id"], acme)
    ]
    assert stranger.json()["items"] == []
    await api.patch(
        f"/v1/customers/{acme}/contacts/{contact['id']}", {"phone": None, "name": "Mara"}, version=1
    )
    assert await rows("SELECT count(*) FROM people_phone") == [(0,)]
    person = (await api.get(f"/v1/people/{contact['id']}")).json()
    assert (person["name"], person["version"]) == ("Mara", 2)
    assert person["mails"][0]["is_primary"] is True


async def test_a_person_has_roles_at_several_companies_and_one_name(api: Api) -> None:
    acme, bolt = await _company(api, "Acme"), await _company(api, "Bolt")
    person = (
        await api.post(
            "/v1/people",
            {
                "name": "Bo",
                "mails": [{"address": "bo@home.example"}, {"address": "b@o.example"}],
                "phones": [{"number": "06 87654321"}],
                "addresses": [{"line1": "Kade 1", "city": "Delft", "country": "NL"}],
            },
        )
    ).json()
    path = f"/v1/people/{person['id']}"
    await api.post(f"{path}/roles", {"customer_id": acme, "role": "buyer", "ends_on": "2025-12-31"})
    second = await api.post(
        f"{path}/roles",
        {
            "customer_id": bolt,
            "email": "bo@bolt.example",
            "phone": "010 2001202",
            "is_primary": True,
        },
    )
    changed = await api.patch(
        path, {"name": "Bo Dam", "mails": [{"address": "new@home.example"}]}, version=1
    )

    assert person["phones"][0]["number"] == "+31687654321"
    assert [(r["customer_name"], r["role"]) for r in second.json()["roles"]] == [
        ("Bolt", None),
        ("Acme", "buyer"),
    ]
    assert changed.json()["version"] == 2
    assert [(m["address"], m["is_primary"]) for m in changed.json()["mails"]] == [
        ("new@home.example", True),
        ("bo@bolt.example", False),
    ]
    for company in (acme, bolt):
        contacts = (await api.get(f"/v1/customers/{company}/contacts")).json()["items"]
        assert [each["name"] for each in contacts] == ["Bo Dam"]
    new = await api.post(f"/v1/customers/{bolt}/contacts", {"name": "Vera", "is_primary": True})
    assert new.json()["is_primary"] is True
    found = (await api.get("/v1/people/lookup?phone=%2B31102001202")).json()["items"]
    assert found[0]["customer_name"] == "Bolt"
    cleared = await api.patch(path, {"mails": []}, version=2)
    assert [(m["address"], m["is_primary"]) for m in cleared.json()["mails"]] == [
        ("bo@bolt.example", True)
    ]


async def test_what_a_person_withdraws_is_withdrawn_at_every_company(api: Api) -> None:
    acme = await _company(api, "Acme", contacts=[{"name": "Marit"}])
    person = (await api.get(f"/v1/customers/{acme}/contacts")).json()["items"][0]["id"]
    check = f"/v1/people/{person}/consents/check?purpose=newsletter&channel=email"

    before = (await api.get(check)).json()
    await api.post(f"/v1/customers/{acme}/consents", {**CONSENT, "contact_id": person})
    given = (await api.get(check)).json()
    ledger = await api.post(
        f"/v1/people/{person}/consents",
        {**CONSENT, "granted": False, "channel": "any", "decided_at": "2026-01-03T08:00:00Z"},
    )
    # A form found in a drawer undoes no later withdrawal.
    await api.post(f"/v1/people/{person}/consents", CONSENT)
    after = (await api.get(check)).json()

    assert [before["granted"], given["granted"], after["granted"]] == [False, True, False]
    assert [(e["granted"], e["customer_id"]) for e in ledger.json()["items"]] == [
        (False, None),
        (True, acme),
    ]


async def test_bad_people_are_refused_with_reasons(api: Api) -> None:
    acme = await _company(api, "Acme")
    person = (await api.post("/v1/people", {"name": "Bo"})).json()["id"]
    mails = [{"address": "a@b.example"}, {"address": "A@b.example"}]
    short = [{"number": "+31"}]
    ends = {"customer_id": acme, "starts_on": "2026-01-02", "ends_on": "2026-01-01"}
    for path, body, status, code in (
        ("/v1/people", {"name": "B", "mails": mails}, 422, "reach-is-repeated"),
        (
            "/v1/people",
            {"name": "B", "phones": short},
            422,
            "phone-number-is-impossible",
        ),
        (f"/v1/people/{person}/roles", {"customer_id": str(uuid4())}, 404, "customer-not-found"),
        (f"/v1/people/{person}/roles", ends, 422, "role-ends-before-it-starts"),
        (f"/v1/people/{uuid4()}/roles", {"customer_id": acme}, 404, "person-not-found"),
        (f"/v1/people/{uuid4()}/consents", CONSENT, 404, "person-not-found"),
    ):
        answer = await api.post(path, body)
        assert (answer.status_code, answer.json()["code"]) == (status, code), path
    nothing = await api.get("/v1/people/lookup")
    assert (nothing.status_code, nothing.json()["code"]) == (422, "lookup-names-nothing")
