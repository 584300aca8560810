"""Bad input of every kind: a clear refusal with a hint, and a database that is as it was."""

import base64
import io
import zipfile
from collections.abc import Callable
from typing import Any

import pytest

from servicekit.testing.postgres import ServiceDatabase

from .conftest import World
from .test_approvals import POLICY, drafted, steps, submitted
from .test_offers import Holder
from .test_price_books import PRICE, document, published

QUOTES, BOOKS = "/v1/quotes", "/v1/price-books"
CHANGING = ("platform_idempotency", "platform_audit", "alembic_version")
"""Answers are kept for repetitions, and refusals of permission are in the audit trail."""


BACKWARDS = {"valid_from": "2026-02-01", "valid_to": "2026-01-01"}
BECAUSE = {"discount_reason": "As a favour"}
AGREED = {"agreed_unit_price": "9999", "agreed_reason": "As agreed"}


async def fingerprint(database: ServiceDatabase) -> dict[str, str]:
    """A hash of every table, by name."""
    async with database.superuser() as everybody:
        names = await everybody.fetch(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"
        )
        return {
            name: await everybody.fetchval(
                f"SELECT md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), '')) "
                f'FROM "{name}" t'
            )
            for (name,) in names
            if not name.startswith(CHANGING)
        }


async def refused(world: World, ask: Callable[[], Any], status: int, code: str) -> dict[str, Any]:
    """Ask, and see that it is refused with this code and that nothing has changed."""
    before = await fingerprint(world.database)
    answer = await ask()
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    body: dict[str, Any] = answer.json()
    assert body["hint"]
    assert body["detail"]
    assert answer.headers["content-type"] == "application/problem+json"
    assert await fingerprint(world.database) == before
    return body


def rule(key: str, **said: Any) -> dict[str, Any]:
    return {"key": key, "kind": "tier", "tier": "gold", "change": {"percent": "0.1"}} | said


def share(key: str, sku: str, *of: str) -> dict[str, Any]:
    return {"key": key, "kind": "derived", "sku": sku, "fraction": "0.1", "contributors": list(of)}


def schedule(*tiers: tuple[str, str | None]) -> dict[str, Any]:
    return {
        "key": "many",
        "kind": "quantity",
        "sku": "BK-1",
        "method": "range",
        "tiers": [
            {"lower": lower, "upper": upper, "change": {"percent": "0.1"}} for lower, upper in tiers
        ],
    }


@pytest.mark.parametrize(
    ("rules", "code", "field"),
    [
        ([PRICE, PRICE | {"key": "again"}], "price-book-makes-no-sense", "rules.1"),
        ([rule("a"), rule("a", tier="silver")], "price-book-makes-no-sense", "rules.1.key"),
        ([schedule(("1", "10"), ("5", None))], "price-book-makes-no-sense", "rules.0.tiers.1"),
        ([share("a", "A", "B"), share("b", "B", "A")], "price-book-makes-no-sense", "rules"),
        ([share("a", "A", "A")], "price-book-makes-no-sense", "rules"),
        ([rule("a", change={"percent": "1.01"})], "price-book-makes-no-sense", "rules.0"),
        ([rule("a", change={"amount": "5"})], "price-book-makes-no-sense", "rules.0"),
        ([PRICE | {"currency": None}], "price-book-makes-no-sense", "rules.0"),
        ([PRICE | {"currency": "XXQ"}], "invalid-input", "rules.0"),
        ([PRICE | {"unit_price": "-1"}], "invalid-input", "rules.0"),
        ([PRICE | {"unit_price": 1.5}], "invalid-input", "rules.0"),
        ([PRICE | BACKWARDS], "invalid-input", "rules.0"),
        ([PRICE | {"kind": "bribe"}], "invalid-input", "rules.0"),
    ],
)  # fmt: skip
async def test_rules_that_make_no_sense(
    world: World, rules: list[dict[str, Any]], code: str, field: str
) -> None:
    body = await refused(world, lambda: world.api.post(BOOKS, document(*rules)), 422, code)
    assert any(error["field"].startswith(field) for error in body["errors"]), body["errors"]


async def test_a_book_that_makes_another_ambiguous_is_not_published(world: World) -> None:
    await published(world, document(PRICE))
    draft = (await world.api.post(BOOKS, document(PRICE, key="autumn"))).json()
    await refused(
        world,
        lambda: world.api.post(f"{BOOKS}/{draft['id']}/publish", {}, version=draft["version"]),
        409,
        "price-book-is-ambiguous",
    )


@pytest.mark.parametrize(
    ("line", "code", "field"),
    [
        (BECAUSE | {"discount_fraction": "1.01"}, "invalid-input", "discount_fraction"),
        (BECAUSE | {"discount_fraction": "-0.1"}, "invalid-input", "discount_fraction"),
        ({"discount_fraction": "0.1"}, "discount-needs-reason", "discount_reason"),
        ({"agreed_unit_price": "5"}, "agreed-price-needs-reason", "agreed_reason"),
        (AGREED | {"agreed_unit_price": "-5"}, "invalid-input", "agreed_unit_price"),
        ({"quantity": "0"}, "invalid-input", "quantity"),
        (AGREED | {"quantity": "99999999999999"}, "price-too-large", ""),
        ({"sku": "NONE"}, "item-not-known", "sku"),
        ({"parent": "nobody"}, "line-is-not-there", "parent"),
        ({"group": "nowhere"}, "group-is-not-there", "group"),
        ({"term": {"months": 1, "end_on": "2027-01-01"}}, "term-is-no-term", "term"),
        ({"term": {"months": 24}, "ramp": [{}]}, "ramp-is-no-ramp", "ramp"),
    ],
)  # fmt: skip
async def test_lines_that_cannot_be_quoted(
    world: World, line: dict[str, Any], code: str, field: str
) -> None:
    await world.item("BK-1")
    customer = str(await world.customer())
    wanted = {"customer_id": customer, "lines": [{"sku": "BK-1", "quantity": "1"} | line]}

    body = await refused(world, lambda: world.api.post(QUOTES, wanted), 422, code)

    assert any(f"lines.0.{field}".rstrip(".") in e["field"] for e in body["errors"]), body["errors"]


@pytest.mark.parametrize("currency", ["XXQ", "eur", "EURO"])
async def test_a_currency_that_there_is_not(world: World, currency: str) -> None:
    await world.item("BK-1")
    customer = str(await world.customer())
    lines = [{"sku": "BK-1", "quantity": "1"}]
    wanted = {"customer_id": customer, "lines": lines, "currency": currency}
    await refused(world, lambda: world.api.post(QUOTES, wanted), 422, "invalid-input")
    quote = (await world.api.post(QUOTES, {"customer_id": customer, "lines": lines})).json()
    clone = f"{QUOTES}/{quote['id']}/clone"
    body = {"currency": currency}
    await refused(world, lambda: world.api.post(clone, body), 422, "invalid-input")


async def test_a_currency_without_a_price(world: World) -> None:
    await world.item("BK-1")
    customer = str(await world.customer())
    lines = [{"sku": "BK-1", "quantity": "1"}]
    wanted = {"customer_id": customer, "lines": lines, "currency": "JPY"}
    await refused(world, lambda: world.api.post(QUOTES, wanted), 409, "item-has-no-list-price")


async def test_links_that_were_tampered_with_or_have_expired(world: World) -> None:
    await world.item("BK-1")
    customer = str(await world.customer())
    lines = [{"sku": "BK-1", "quantity": "1"}]
    quote = (await world.api.post(QUOTES, {"customer_id": customer, "lines": lines})).json()
    sent = (await world.api.post(f"{QUOTES}/{quote['id']}/send", {})).json()
    link = await world.api.post(
        f"{QUOTES}/{quote['id']}/links", {"expires_at": "2026-01-06T00:00:00Z"}
    )
    token = link.json()["path"].removeprefix("/offer#")
    signed = {"content_hash": sent["content_hash"], "accepted_by": "Mallory"}
    other = Holder(world.api, token[:-1] + ("A" if token[-1] != "A" else "B"))
    await refused(world, lambda: other.post("/accept", signed), 404, "offer-link-not-found")
    own = Holder(world.api, token)
    forged = signed | {"content_hash": "0" * 64}
    await refused(world, lambda: own.post("/accept", forged), 409, "offer-differs")
    world.database.clock.advance(hours=24)
    await refused(world, lambda: own.post("/accept", signed), 409, "offer-link-expired")


async def test_an_approval_by_the_maker(world: World) -> None:
    await world.item("BK-1", price="1000", cost="500", stock="100")
    assert (await world.api.put("/v1/approval-policy", POLICY, version=0)).status_code == 200
    quote = await submitted(world, await drafted(world))
    (step,) = await steps(world, quote)
    maker = world.api.signed_in(subject="sam", roles=["sales_manager"])
    deed = f"/v1/approvals/{step['id']}/approve"
    body = {"content_hash": quote["content_hash"]}
    await refused(world, lambda: maker.post(deed, body), 409, "maker-is-not-checker")
    stranger = world.api.signed_in(subject="eve", roles=["sales_manager"])
    await refused(world, lambda: stranger.post(deed, body), 409, "not-an-approver")


def bomb() -> bytes:
    """A workbook of a kilobyte that says to unpack to a gigabyte."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * 100_000_000)
    return made.getvalue()


@pytest.mark.parametrize(
    ("content", "format_", "code"),
    [
        (bomb(), "xlsx", "sheet-cannot-be-read"),
        (b"PK\x03\x04 not an archive", "xlsx", "sheet-cannot-be-read"),
        (b"", "xlsx", "sheet-cannot-be-read"),
        (b"\xff\xfe\x00\x00", "csv", "sheet-cannot-be-read"),
        (b"sku,quantity\nBK-1,many\nNONE,1\n", "csv", "sheet-has-errors"),
    ],
    ids=["bomb", "no archive", "nothing", "no text", "bad rows"],
)
async def test_sheets_that_cannot_be_read(
    world: World, content: bytes, format_: str, code: str
) -> None:
    await world.item("BK-1")
    customer = str(await world.customer())
    lines = [{"sku": "BK-1", "quantity": "1"}]
    quote = (await world.api.post(QUOTES, {"customer_id": customer, "lines": lines})).json()
    body = {"format": format_, "content": base64.b64encode(content).decode()}
    path = f"{QUOTES}/{quote['id']}/spreadsheet"
    await refused(world, lambda: world.api.post(path, body, version=quote["version"]), 422, code)
