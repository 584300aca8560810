"""The public page in a real browser: a customer picks, accepts, and sees what came of it."""

import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Page, async_playwright, expect

from servicekit.testing.serving import listening

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]


@pytest.fixture(scope="module")
async def browser() -> AsyncIterator[Browser]:
    """Debian's Chromium, without a screen."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        if os.environ.get("CI"):
            pytest.fail("Chromium is needed: apt-get install chromium")
        pytest.skip("there is no Chromium here: apt-get install chromium")
    async with async_playwright() as playwright:
        flags = ["--no-sandbox", "--disable-background-networking"]
        browser = await playwright.chromium.launch(executable_path=found, args=flags)
        yield browser
        await browser.close()


@pytest.fixture
async def page(world: Any, browser: Browser) -> AsyncIterator[tuple[Page, list[str]]]:
    """The page of an offer with an option and alternatives, in German."""
    for sku, name, price in (
        ("BK-1", "Tourenrad 54 cm", "899"),
        ("PT-RACK", "Gepäckträger", "45.50"),
        ("PT-LOCK", "Bügelschloss", "29.90"),
        ("CARE", "Wartung, Grundpaket", "9.90"),
        ("CARE-PLUS", "Wartung, Rundum", "17.90"),
    ):
        await world.item(sku, price=price, name=name)
    lines = [
        {"sku": "BK-1", "quantity": "10", "key": "bike", "group": "bikes"},
        {"sku": "PT-RACK", "quantity": "10", "key": "rack", "parent": "bike", "group": "bikes"},
        {"sku": "PT-LOCK", "quantity": "10", "key": "lock", "optional": True, "selected": False},
        {"sku": "CARE", "quantity": "10", "key": "care", "term": {"months": 12}},
        {
            "sku": "CARE-PLUS",
            "quantity": "10",
            "key": "plus",
            "alternative_of": "care",
            "selected": False,
            "term": {"months": 12},
        },
    ]
    quote = (
        await world.api.post(
            "/v1/quotes",
            {
                "customer_id": str(await world.customer()),
                "lines": lines,
                "groups": [{"key": "bikes", "name": "Ihre Flotte"}],
            },
        )
    ).json()
    await world.api.post(f"/v1/quotes/{quote['id']}/send", {})
    link = (await world.api.post(f"/v1/quotes/{quote['id']}/links", {"language": "de"})).json()
    async with listening(world.api.app) as address:
        context = await browser.new_context(
            base_url=address, locale="de-DE", viewport={"width": 1440, "height": 1000}
        )
        shown = await context.new_page()
        complaints: list[str] = []
        shown.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
        shown.on("pageerror", lambda error: complaints.append(str(error)))
        await shown.goto(link["path"])
        yield shown, complaints
        await context.close()


async def test_a_customer_picks_options_and_accepts(
    page: tuple[Page, list[str]], world: Any
) -> None:
    shown, complaints = page
    await expect(shown.locator("#totals")).to_contain_text("10.633,00")
    await shown.get_by_label("Bügelschloss").check()
    await expect(shown.locator("#totals")).to_contain_text("10.932,00")
    await shown.get_by_label("Wartung, Rundum").check()
    await expect(shown.locator("#totals")).to_contain_text("11.892,00")
    # Reloading shows the same: what was picked is kept with the offer.
    await shown.reload()
    await expect(shown.get_by_label("Bügelschloss")).to_be_checked()
    picture = os.environ.get("TRADEWIND_PICTURES")
    if picture:
        await shown.screenshot(path=Path(picture) / "offer.png", full_page=True)

    await shown.get_by_label("Ihr Name").fill("Petra Müller")
    await shown.get_by_label("Ich nehme dieses Angebot").check()
    await shown.get_by_role("button", name="Angebot annehmen").click()
    await expect(shown.locator("#status")).to_contain_text("Angenommen von Petra Müller")
    await expect(shown.get_by_role("button", name="Angebot annehmen")).to_be_hidden()
    assert [name for name, _, _ in await world.said()][-2:] == ["QuoteAccepted", "ContractStarted"]
    assert complaints == []


async def test_a_broken_link_says_what_to_do(page: tuple[Page, list[str]]) -> None:
    shown, _ = page
    await shown.goto("/offer#acme.nothing")
    await shown.reload()
    await expect(shown.get_by_role("alert")).to_contain_text("ask the seller for a new one")
    await expect(shown.locator("main")).to_be_hidden()
    await shown.goto("/offer")
    await expect(shown.get_by_role("alert")).to_contain_text("Link")
