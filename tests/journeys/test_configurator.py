"""From another program's model to an accepted quote for a machine that nobody built before."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
from collections.abc import Awaitable, Callable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from playwright.async_api import async_playwright, expect

from operations.clients import CallRefused, Endpoints, Services
from operations.importer.report import ImportReport
from operations.stack import Stack

pytestmark = pytest.mark.slow

SANDWICH = """features
    Lunch
        mandatory
            Bread
                alternative
                    Rye
                    Wheat
        optional
            Cheese
            Soup
constraints
    Rye => Cheese
    Soup => Wheat
"""


def test_another_programs_model_is_imported_and_published(
    stack: Stack, sample_company: ImportReport, tmp_path: Path
) -> None:
    file = tmp_path / "lunch.uvl"
    file.write_text(SANDWICH)
    environment = {**os.environ, "TRADEWIND_TOKEN": stack.token(), "COLUMNS": "120"}
    command = [sys.executable, "-m", "cpq", "import", "uvl", str(file), "--publish"]
    for said in ("1 new", "1 there before"):
        done = subprocess.run(
            [*command, "--url", stack.url("cpq")],
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stderr + done.stdout
        assert said in done.stdout


async def until(
    ask: Callable[[], Awaitable[Any]], good: Callable[[Any], bool], seconds: float = 60
) -> Any:
    """Ask until the answer is good: events are on their way."""
    for _ in range(int(seconds / 0.2)):
        try:
            found = await ask()
        except CallRefused as refused:
            found = refused.problem
        if good(found):
            return found
        await asyncio.sleep(0.2)
    raise AssertionError(f"never came: {found}")


class Bar:
    """A Halyard bar in the making: its choices are all that there is of it."""

    def __init__(self, seller: Services, customer: str) -> None:
        self.seller, self.customer = seller, customer
        self.choices: list[dict[str, Any]] = []

    async def asked(self, what: str, **more: Any) -> Any:
        question = {
            "model": "halyard",
            "model_version": 1,
            "choices": self.choices,
            "customer_id": self.customer,
            **more,
        }
        return await self.seller.post("cpq", f"/v1/configurations/{what}", question)

    def choose(self, target: Any, value: Any) -> None:
        self.choices = [one for one in self.choices if one["target"] != target]
        self.choices.append({"target": target, "value": value})

    def change(self, changes: Sequence[dict[str, Any]]) -> None:
        """Carry out a repair."""
        for change in changes:
            target = change["choice"]["target"]
            self.choices = [one for one in self.choices if one["target"] != target]
            if change["to"] is not None:
                self.choose(target, change["to"])


def of(state: Any, target: Any) -> Any:
    return next(one for one in state["domains"] if one["target"] == target)


async def test_a_machine_is_configured_quoted_and_accepted(
    endpoints: Endpoints, sample_company: ImportReport, admin: Services
) -> None:
    model = await admin.get("cpq", "/v1/configuration-models/current", key="halyard")
    assert (model["status"], model["sku"]) == ("published", "ESP-200")
    async with Services(endpoints, "demo-sales", "demo-sales-secret") as seller:
        made = await seller.post(
            "crm",
            "/v1/customers",
            {
                "name": f"Vuurtoren {uuid4().hex[:6]}",
                "tier": "standard",
                "currency": "EUR",
                "addresses": [
                    {
                        "kind": "billing",
                        "line1": "Vuurtorenweg 1",
                        "city": "Hoek van Holland",
                        "postal_code": "3151 AA",
                        "country": "NL",
                    }
                ],
            },
        )
        bar = Bar(seller, made["id"])

        # The proposal is valid as it stands, and everything of it can be sold.
        start = await until(
            lambda: bar.asked("live"),
            lambda found: found.get("consistent", False) and found["credit"] is not None,
        )
        assert start["unavailable"] == []
        assert start["stock"]["verdict"] == "available"
        before = Decimal(start["price"]["list_unit_price"])
        reason = next(
            one["reason"] for one in of(start, "bar.finish")["values"] if one["value"] == "petrol"
        )
        assert "gold and platinum" in " ".join(reason["messages"])

        # A question is answered, and parts follow.
        bar.choose({"question": "drinks"}, "milk")
        milk = await bar.asked("state")
        assert (of(milk, "milk")["value"], of(milk, "milk")["origin"]) == (True, "forced")
        # 700 cups want more boiler and more grinders than one phase feeds.
        bar.choose("bar.cups", 700)
        bar.choose("bar.supply", "230")
        bar.choose("boiler.litres", "3")
        bar.choose("installation", False)
        clash = await bar.asked("live")
        assert not clash["consistent"]
        said = " ".join(clash["conflict"]["reason"]["messages"])
        assert "One phase carries 3,680 watts at most" in said
        repair = next(
            one
            for one in clash["conflict"]["repairs"]
            if all(change["choice"]["target"] != "bar.cups" for change in one["changes"])
        )
        bar.change(repair["changes"])
        mended = await bar.asked("live")
        assert mended["consistent"]
        assert of(mended, "bar.cups")["value"] == "700"

        # Finished for as little as possible, and as dear as it gets.
        cheap = await bar.asked("complete", goal="lowest_price")
        dear = await bar.asked("complete", goal="highest_price")
        assert (cheap["optimal"], dear["optimal"]) == (True, True)
        lowest, highest = Decimal(cheap["totals"]["price"]), Decimal(dear["totals"]["price"])
        assert before < lowest <= Decimal(mended["totals"]["price"]) <= highest
        for one in cheap["values"]:
            if one["target"] in ("bar.finish", "bar.panel", "qty(cartridge)"):
                bar.choose(one["target"], one["value"])
        live = await bar.asked("live", quantity="2")
        assert live["consistent"]
        price = live["price"]
        assert price["waterfall"][0]["rule"] == "configuration"

        # The quote says the same, line by line, and remembers how it was configured.
        quote = await seller.post(
            "cpq",
            "/v1/quotes",
            {
                "customer_id": made["id"],
                "lines": [
                    {
                        "quantity": "2",
                        "configuration": {
                            "model": "halyard",
                            "model_version": 1,
                            "choices": bar.choices,
                        },
                    }
                ],
            },
        )
        (line,) = quote["lines"]
        assert (line["sku"], line["net_amount"]) == ("ESP-200", price["net"])
        assert quote["gross_estimate"] == price["gross_estimate"]
        assert line["configuration"]["model_id"] == model["id"]
        assert {part["sku"] for part in line["configuration"]["parts"]} == {
            part["sku"] for part in live["parts"]
        }
        path = f"/v1/quotes/{quote['id']}"
        sent = await seller.post("cpq", f"{path}/send", {})
        accepted = await seller.post(
            "cpq",
            f"{path}/accept",
            {"content_hash": sent["content_hash"], "accepted_by": "Mare Jansen"},
        )
        assert accepted["status"] == "accepted"
        done = await until(
            lambda: seller.get("cpq", path), lambda found: found.get("order") is not None
        )
        assert done["order"]["status"] in ("confirmed", "held")
        assert done["lines"][0]["configuration"] == line["configuration"]


async def test_the_worker_compiles_what_the_sample_company_sells(
    sample_company: ImportReport, admin: Services
) -> None:
    async def lunch() -> Any:
        return await admin.get("cpq", "/v1/configuration-models/current", key="Lunch")

    found = await until(lunch, lambda one: (one.get("compilation") or {}).get("state") != "pending")
    assert found["compilation"]["state"] == "compiled", found
    counted = await admin.post("cpq", "/v1/configurations/count", {"model": "Lunch"})
    # Rye with cheese; wheat with any of cheese and soup.
    assert counted["count"] == "5"
    assert counted["about"]["compiled"]


async def test_the_page_signs_in_with_the_development_issuer(
    stack: Stack, sample_company: ImportReport
) -> None:
    """The running system's own page: its policy lets it call the issuer and nobody else."""
    chromium = shutil.which("chromium")
    if chromium is None:
        assert not os.environ.get("CI"), "Chromium is needed: apt-get install chromium"
        pytest.skip("there is no Chromium here: apt-get install chromium")
    flags = ["--no-sandbox", "--disable-background-networking"]
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=flags)
        page = await browser.new_page(locale="en-GB")
        await page.goto(f"{stack.url('cpq')}/configurator?model=halyard")
        await page.get_by_label("Secret").fill("guess")
        await page.get_by_role("button", name="Sign in").click()
        await expect(page.get_by_role("alert").first).to_contain_text("wrong secret")
        await page.get_by_label("Secret").fill("demo-sales-secret")
        await page.get_by_role("button", name="Sign in").click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("Halyard espresso bar")
        price = page.locator("#price")
        await expect(price).to_contain_text("€")
        before = await price.text_content()
        await (
            page.get_by_role("group", name="Side panels").get_by_role("radio", name="Glass").click()
        )
        await expect(price).not_to_have_text(before or "")
        forbidden = await page.evaluate(
            """(elsewhere) => new Promise((told) => {
              document.addEventListener("securitypolicyviolation",
                (event) => told(event.effectiveDirective));
              fetch(elsewhere).catch(() => {});
            })""",
            stack.url("erp"),
        )
        assert forbidden == "connect-src"
        await browser.close()
