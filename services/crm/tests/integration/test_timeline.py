"""The timeline: our entries and what other services told, read, corrected and followed live."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import orjson

from contracts import MoneyV1
from contracts.cpq import QuoteAcceptedV1
from contracts.erp import InvoiceIssuedV1
from crm.interactions import queries, service
from crm.interactions.rules import NewInteraction, Place
from servicekit.testing import principal
from servicekit.testing.http import Api
from servicekit.testing.postgres import ServiceDatabase

CALL = {
    "kind": "call",
    "direction": "inbound",
    "subject": "Asked for a price",
    "body": "Forty machines",
    "duration_minutes": 12,
    "occurred_at": "2026-01-05T08:30:00Z",
}


def euros(amount: str) -> MoneyV1:
    return MoneyV1(amount=Decimal(amount), currency="EUR")


def invoice_issued(customer_id: str, issued_on: date, number: str = "I-1") -> InvoiceIssuedV1:
    return InvoiceIssuedV1(
        invoice_id=uuid4(),
        invoice_number=number,
        company_id=UUID(int=1),
        customer_id=UUID(customer_id),
        account_id=UUID(int=2),
        currency="EUR",
        issued_on=issued_on,
        due_on=issued_on + timedelta(days=30),
        net=euros("100"),
        tax=euros("19"),
        gross=euros("119"),
    )


def quote_accepted(
    customer_id: str, *, opportunity_id: str | None = None, net: str = "100"
) -> QuoteAcceptedV1:
    return QuoteAcceptedV1(
        quote_id=uuid4(),
        quote_number="Q-7",
        revision=2,
        customer_id=UUID(customer_id),
        opportunity_id=None if opportunity_id is None else UUID(opportunity_id),
        currency="EUR",
        accepted_at=datetime(2026, 1, 5, 9, tzinfo=UTC),
        accepted_on=date(2026, 1, 5),
        accepted_by="Marit",
        content_hash="ab" * 32,
        lines=[],
        net=euros(net),
        tax_estimate=euros("19"),
        gross_estimate=euros("119"),
    )


async def a_customer(api: Api, name: str = "Acme") -> str:
    return str((await api.post("/v1/customers", {"name": name})).json()["id"])


async def test_what_is_logged_stands_on_the_timeline_and_is_announced(api: Api, rows: Any) -> None:
    acme, bolt = await a_customer(api), await a_customer(api, "Bolt")
    contact = (await api.post(f"/v1/customers/{acme}/contacts", {"name": "Marit"})).json()["id"]
    path = f"/v1/customers/{acme}/interactions"

    logged = await api.post(path, {**CALL, "contact_id": contact})
    mute = await api.post(path, {**CALL, "direction": None})
    future = await api.post(path, {**CALL, "occurred_at": "2026-01-05T09:06:00Z"})
    stranger = await api.post(f"/v1/customers/{bolt}/interactions", {**CALL, "contact_id": contact})

    assert logged.status_code == 201
    entry = logged.json()
    assert entry["interaction"]["logged_by"] == "ada"
    assert entry["source"] is None
    assert [answer.json()["code"] for answer in (mute, future, stranger)] == [
        "direction-is-missing",
        "interaction-lies-in-the-future",
        "contact-is-anothers",
    ]
    assert (await api.get(f"/v1/customers/{acme}/timeline")).json()["items"] == [entry]
    assert (await api.get(f"/v1/interactions/{entry['id']}")).json() == entry
    events = await rows("SELECT body::text FROM platform_outbox WHERE topic = 'crm.interaction'")
    assert len(events) == 1
    assert "Forty machines" not in events[0][0], "what was said stays at home"


async def test_an_entry_is_corrected_once_by_a_new_one(api: Api) -> None:
    acme = await a_customer(api)
    wrong = (await api.post(f"/v1/customers/{acme}/interactions", CALL)).json()
    path = f"/v1/interactions/{wrong['id']}/correction"
    right = {**CALL, "subject": "Asked for two prices", "reason": "Misheard"}

    corrected = (await api.post(path, right)).json()
    again = await api.post(path, right)

    assert corrected["interaction"]["corrects"] == wrong["id"]
    assert (again.status_code, again.json()["code"]) == (409, "interaction-is-already-corrected")
    entries = (await api.get(f"/v1/customers/{acme}/timeline")).json()["items"]
    assert {e["subject"]: e["interaction"]["corrected_by"] for e in entries} == {
        "Asked for a price": corrected["id"],
        "Asked for two prices": None,
    }


async def test_an_import_of_interactions_keeps_the_good_rows(api: Api) -> None:
    await api.post("/v1/customers", {"name": "Acme", "external_reference": "erp:1"})
    note = {"kind": "note", "subject": "Old note", "occurred_at": "2020-01-05T08:30:00Z"}
    sent = [
        {**note, "customer_reference": "erp:1", "external_reference": "note:1"},
        {**note, "customer_reference": "erp:2"},
        {**note, "customer_id": str(uuid4())},
        {**note, "customer_reference": "erp:1", "kind": "call"},
        {**note, "customer_reference": "erp:1", "contact_id": str(uuid4())},
        {**note, "customer_reference": "erp:1", "external_reference": "note:1"},
    ]

    answer = (await api.post("/v1/interactions/bulk", {"rows": sent})).json()

    assert [
        row["problem"]["code"] if row["problem"] else row["status"] for row in answer["results"]
    ] == [
        "created",
        "interaction-names-no-customer",
        "interaction-names-no-customer",
        "direction-is-missing",
        "contact-is-anothers",
        "unchanged",
    ]
    acme = (await api.get("/v1/customers")).json()["items"][0]["id"]
    taken = await api.post(
        f"/v1/customers/{acme}/interactions", {**note, "external_reference": "note:1"}
    )
    assert (taken.status_code, taken.json()["code"]) == (409, "interaction-reference-is-taken")


async def test_foreign_facts_are_woven_in_with_their_source_and_age(
    api: Api, database: ServiceDatabase, mailman: Any
) -> None:
    acme = await a_customer(api)
    await api.post(f"/v1/customers/{acme}/interactions", CALL)
    (letter,) = await mailman.announce(quote_accepted(acme))
    await mailman.announce(invoice_issued(acme, date(1996, 7, 4)))
    database.clock.advance(minutes=2)

    entries = (await api.get(f"/v1/customers/{acme}/timeline")).json()["items"]

    assert [(entry["kind"], entry["subject"]) for entry in entries] == [
        ("quote", "Quote Q-7 accepted by Marit"),
        ("call", "Asked for a price"),
        ("invoice", "Invoice I-1 issued, due on 1996-08-03"),
    ]
    quote = entries[0]
    assert quote["document"]["amount"] == {"amount": "100", "currency": "EUR"}
    assert quote["source"]["event_id"] == dict(letter.headers)["ce_id"].decode()
    assert quote["source"]["event_type"] == "tradewind.cpq.quote-accepted.v1"
    assert quote["source"]["age_seconds"] == 120
    only = (await api.get(f"/v1/customers/{acme}/timeline?kind=invoice")).json()["items"]
    assert [entry["subject"] for entry in only] == [entries[2]["subject"]]


async def test_a_long_timeline_is_walked_without_gaps_or_repeats(api: Api, mailman: Any) -> None:
    acme = await a_customer(api)
    note = {"kind": "note", "occurred_at": "2025-05-05T08:30:00Z", "customer_id": acme}
    await api.post(
        "/v1/interactions/bulk",
        {"rows": [{**note, "subject": f"Note {number}"} for number in range(12)]},
    )
    await mailman.announce(
        *(invoice_issued(acme, date(2025, 5, day), f"I-{day}") for day in range(1, 9))
    )

    for sort in ("-occurred_at", "occurred_at", "recorded_at"):
        seen, cursor = [], ""
        while True:
            page = await api.get(f"/v1/customers/{acme}/timeline?limit=3&sort={sort}{cursor}")
            assert page.status_code == 200, page.text
            seen += [entry["id"] for entry in page.json()["items"]]
            if page.json()["next_cursor"] is None:
                break
            cursor = f"&cursor={page.json()['next_cursor']}"
        assert len(seen) == len(set(seen)) == 20


async def subjects_since(
    database: ServiceDatabase, customer_id: str, place: Place | None
) -> tuple[list[str], Place | None]:
    async with database.app.reading(principal()) as reads:
        found = await queries.entries_since(reads.session, reads.tenant, UUID(customer_id), place)
    if not found:
        return [], place
    last: Any = found[-1]
    return [row.subject for row in found], Place(last.written_in, last.position)


def note(customer_id: str, subject: str) -> NewInteraction:
    return NewInteraction(UUID(customer_id), "note", subject, datetime(2026, 1, 5, 8, tzinfo=UTC))


async def test_a_follower_sees_what_commits_late_too(api: Api, database: ServiceDatabase) -> None:
    acme = await a_customer(api)
    async with database.app.unit_of_work(principal()) as uow:
        await service.log_interaction(uow, note(acme, "first"))
    start, place = await subjects_since(database, acme, None)
    assert start == ["first"]

    async with database.app.unit_of_work(principal()) as early:
        await service.log_interaction(early, note(acme, "written early, committed late"))
        async with database.app.unit_of_work(principal()) as late:
            await service.log_interaction(late, note(acme, "written late, committed early"))
        held_back, place = await subjects_since(database, acme, place)
        assert held_back == [], "the later place may be shown only when the earlier one is settled"

    both, place = await subjects_since(database, acme, place)
    assert both == ["written early, committed late", "written late, committed early"]
    assert await subjects_since(database, acme, place) == ([], place)


async def test_many_writers_and_one_follower_lose_nothing(
    api: Api, database: ServiceDatabase
) -> None:
    acme = await a_customer(api)
    done = asyncio.Event()

    async def write(writer: int) -> None:
        for number in range(10):
            async with database.app.unit_of_work(principal()) as uow:
                await service.log_interaction(uow, note(acme, f"{writer}-{number}"))
                await asyncio.sleep(0.002 * (writer % 3))

    async def follow() -> list[str]:
        seen: list[str] = []
        place: Place | None = Place(0, 0)
        while True:
            finished = done.is_set()
            found, place = await subjects_since(database, acme, place)
            seen += found
            if finished and not found:
                return seen

    follower = asyncio.create_task(follow())
    await asyncio.gather(*(write(writer) for writer in range(4)))
    done.set()
    seen = await follower

    assert sorted(seen) == sorted(
        f"{writer}-{number}" for writer in range(4) for number in range(10)
    )


def entries_of(text: str) -> list[tuple[str, dict[str, Any]]]:
    found = []
    for block in text.split("\n\n"):
        lines = dict(line.split(": ", 1) for line in block.splitlines() if ": " in line)
        if lines.get("event") == "entry":
            found.append((lines["id"], orjson.loads(lines["data"])))
    return found


async def test_the_stream_resumes_after_the_last_event_a_client_has_seen(
    api: Api, mailman: Any
) -> None:
    acme = await a_customer(api)
    path = f"/v1/customers/{acme}/timeline/stream"
    for number in range(3):
        await api.post(f"/v1/customers/{acme}/interactions", {**CALL, "subject": f"{number}"})
    # The stream ends with the token, which is how a test gets to its end.
    brief = api.signed_in(exp=int(datetime.now(UTC).timestamp()) + 2)

    first = await brief.get(path)
    await mailman.announce(invoice_issued(acme, date(2026, 1, 5)))
    place = entries_of(first.text)[1][0]
    second = await api.signed_in(exp=int(datetime.now(UTC).timestamp()) + 2).get(
        path, headers={"Last-Event-ID": place}
    )
    nonsense = await api.get(path, headers={"Last-Event-ID": "yesterday"})

    assert first.headers["Content-Type"].startswith("text/event-stream")
    assert [entry["subject"] for _, entry in entries_of(first.text)] == ["0", "1", "2"]
    assert [entry["kind"] for _, entry in entries_of(second.text)] == ["call", "invoice"]
    assert (nonsense.status_code, nonsense.json()["code"]) == (
        422,
        "stream-position-is-unreadable",
    )
