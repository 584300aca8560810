"""A quote as PDF, HTML and UBL over HTTP, with the letterhead that held when it was sent."""

import asyncio
import io
from base64 import b64encode
from typing import Any

import asyncpg
import pytest
from pypdf import PdfReader

from .conftest import World

LETTERHEAD = {
    "seller_name": "Halyard Coffee GmbH",
    "seller_address": ["Speicherstraße 4", "20457 Hamburg"],
    "seller_country": "DE",
    "language": "de",
    "texts": {"de": {"terms": ["Zahlbar in 30 Tagen."]}},
}
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><path d="M0 0h9v9z"/></svg>'


async def quoted(world: World, *, send: bool = True) -> dict[str, Any]:
    await world.item("BK-1")
    customer = await world.customer()
    body = {"customer_id": str(customer), "lines": [{"sku": "BK-1", "quantity": "2"}]}
    quote: dict[str, Any] = (await world.api.post("/v1/quotes", body)).json()
    if send:
        quote = (await world.api.post(f"/v1/quotes/{quote['id']}/send", {})).json()
    return quote


async def presented(world: World, version: int = 0, **changes: Any) -> Any:
    return await world.api.put("/v1/quote-presentation", LETTERHEAD | changes, version=version)


async def document(world: World, quote: dict[str, Any], **query: str) -> Any:
    answer = await world.api.get(f"/v1/quotes/{quote['id']}/document", **query)
    assert answer.status_code == 200, answer.text
    return answer


async def test_a_quote_is_had_as_pdf_html_and_ubl(world: World) -> None:
    assert (await presented(world)).status_code == 200
    quote = await quoted(world)

    pdf = await document(world, quote)
    html = await document(world, quote, format="html", language="en")
    ubl = await document(world, quote, format="ubl")

    text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf.content)).pages)
    for said in ("Halyard Coffee GmbH", "Zahlbar in 30 Tagen.", "1.798,00", quote["content_hash"]):
        assert said in text
    assert pdf.headers["Content-Language"] == "de"
    assert quote["number"] in pdf.headers["Content-Disposition"]
    assert html.headers["Content-Type"].startswith("text/html")
    assert "1,798.00" in html.text
    assert "script" not in html.headers["Content-Security-Policy"]
    assert ubl.headers["Content-Type"].startswith("application/xml")
    assert f"<cbc:ID>{quote['number']}</cbc:ID>" in ubl.text
    assert (await document(world, quote)).content == pdf.content


async def test_what_was_sent_keeps_its_letterhead_and_a_draft_has_the_newest(world: World) -> None:
    await presented(world)
    sent, draft = await quoted(world), await quoted(world, send=False)
    world.database.clock.advance(minutes=1)
    assert (await presented(world, 1, seller_name="Anchor AG")).json()["version"] == 2

    before, after = [(await document(world, one, format="html")).text for one in (sent, draft)]

    assert "Halyard Coffee GmbH" in before
    assert "Anchor AG" not in before
    assert "Anchor AG" in after


async def test_of_two_who_write_the_letterhead_one_is_told(world: World) -> None:
    answers = await asyncio.gather(*(presented(world) for _ in range(4)))

    assert sorted(one.status_code for one in answers) == [200, 412, 412, 412]
    assert (await presented(world)).json()["code"] == "presentation-has-changed"


@pytest.mark.parametrize(
    ("logo", "code"),
    [
        (("image/svg+xml", SVG.replace(b"<path", b"<script/><path")), "logo-is-not-a-picture"),
        (("image/png", SVG), "logo-is-not-a-picture"),
        (("image/svg+xml", b"<svg" + b" " * 200), "logo-is-not-a-picture"),
    ],
)
async def test_a_logo_that_is_no_picture_is_refused(
    world: World, logo: tuple[str, bytes], code: str
) -> None:
    picture = {"media_type": logo[0], "content": b64encode(logo[1]).decode()}

    answer = await presented(world, logo=picture)

    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert (await world.api.get("/v1/quote-presentation")).json()["version"] == 0


async def test_a_logo_stands_on_the_document(world: World) -> None:
    picture = {"media_type": "image/svg+xml", "content": b64encode(SVG).decode()}
    assert (await presented(world, logo=picture)).status_code == 200

    html = await document(world, await quoted(world), format="html")

    assert "data:image/svg+xml;base64," in html.text


async def test_the_database_keeps_every_letterhead(world: World) -> None:
    await presented(world)
    async with world.database.superuser() as everybody:
        for change in (
            "UPDATE documents_presentation SET created_by = 'other'",
            "DELETE FROM documents_presentation",
        ):
            with pytest.raises(asyncpg.RestrictViolationError):
                await everybody.execute(change)


async def test_nobody_reads_or_dresses_the_quotes_of_another_tenant(world: World) -> None:
    await presented(world)
    quote = await quoted(world)
    other = world.api.signed_in(tenant="other")

    assert (await other.get(f"/v1/quotes/{quote['id']}/document")).status_code == 404
    assert (await other.get("/v1/quote-presentation")).json()["version"] == 0
    seller = world.api.signed_in(roles=["seller"])
    assert (await seller.put("/v1/quote-presentation", LETTERHEAD, version=1)).status_code == 403
