"""The configurator page in a real browser: what it shows, by mouse, by keyboard and by name."""

import os
import shutil
from collections.abc import AsyncIterator
from itertools import pairwise
from typing import Any

import pytest
from playwright.async_api import Browser, ConsoleMessage, Locator, Page, async_playwright, expect

from servicekit.testing.serving import listening

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]

MODELS = "/v1/configuration-models"
FLAGS = ["--no-sandbox", "--disable-background-networking"]


@pytest.fixture(scope="module")
async def browser() -> AsyncIterator[Browser]:
    """Debian's Chromium, without a screen."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        if os.environ.get("CI"):
            pytest.fail("Chromium is needed: apt-get install chromium")
        pytest.skip("there is no Chromium here: apt-get install chromium")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=found, args=FLAGS)
        yield browser
        await browser.close()


@pytest.fixture
async def page(world: Any, bicycle: dict[str, Any], browser: Browser) -> AsyncIterator[Page]:
    """The page, signed in, with a bicycle to configure."""
    for sku, listed, cost, stock in (
        ("BK-1", "899", "500", "10"),
        ("PT-CHAIN", "30", "12", "100"),
        ("PT-BELT", "120", "60", "4"),
        ("AC-RACK", "45", "20", "50"),
        ("AC-BOTTLE", "9.50", "3", "500"),
    ):
        await world.item(sku, price=listed, cost=cost, stock=stock)
    draft = (await world.api.post(MODELS, {"document": bicycle})).json()
    await world.api.post(f"{MODELS}/{draft['id']}/publish", {}, version=1)
    customer = await world.customer(tier="gold")
    async with listening(world.api.app) as address:
        context = await browser.new_context(base_url=address, locale="en-GB")
        shown = await context.new_page()
        complaints: list[str] = []
        shown.on("console", lambda message: complaints.extend(complaint(message)))
        shown.on("pageerror", lambda error: complaints.append(str(error)))
        await shown.goto("/configurator")
        await shown.get_by_label("Access token").fill(world.api.token)
        await shown.get_by_role("button", name="Sign in").click()
        await shown.get_by_label("Customer").fill(str(customer))
        await shown.get_by_label("Customer").press("Tab")
        await expect(price(shown)).to_contain_text("929.00")
        yield shown
        await context.close()
        assert complaints == []


def complaint(message: ConsoleMessage) -> list[str]:
    """What the browser complains about; a refusal of the API is the page's to tell."""
    refused = "the server responded with a status of 4" in message.text
    return [message.text] if message.type in ("error", "warning") and not refused else []


def price(page: Page) -> Locator:
    return page.locator("#price")


def value(page: Page, group: str, name: str) -> Locator:
    return page.get_by_role("group", name=group, exact=True).get_by_role("radio", name=name)


def row_of(control: Locator) -> Locator:
    """The line that a control stands in, with what is said about it."""
    return control.locator("xpath=ancestor::div[contains(@class, 'value')]")


async def settled(page: Page) -> None:
    await expect(page.locator("#work")).not_to_have_attribute("aria-busy", "true")


async def test_the_price_moves_as_one_clicks(page: Page) -> None:
    await value(page, "Colour", "Red").check()
    await expect(price(page)).to_contain_text("969.00")
    await page.get_by_role("checkbox", name="Rack").check()
    await expect(price(page)).to_contain_text("1,014.00")
    await expect(page.get_by_role("list").filter(has_text="A lock fits")).to_be_visible()
    await page.get_by_label("Quantity", exact=True).fill("2")
    await page.get_by_label("Quantity", exact=True).press("Tab")
    await expect(price(page)).to_contain_text("2,028.00")
    parts = page.get_by_role("table").get_by_role("row")
    await expect(parts.filter(has_text="AC-RACK")).to_contain_text("45.00")
    await page.get_by_role("button", name="Take back Bicycle: Colour").click()
    await expect(price(page)).to_contain_text("1,948.00")


async def test_an_excluded_value_says_why_on_hover_and_on_focus(page: Page) -> None:
    await value(page, "Colour", "Red").check()
    belt = value(page, "Drive", "Belt")
    row = row_of(belt)
    await expect(row).to_have_class("value excluded")
    why = row.locator(".why")
    await expect(why).not_to_be_visible()
    await row.hover()
    await expect(why).to_be_visible()
    await expect(why).to_contain_text("The belt comes with a black frame only.")
    await expect(why).to_contain_text("Bicycle: Colour = Red")
    await page.mouse.move(0, 0)
    await belt.focus()
    await expect(why).to_be_visible()
    described = await belt.get_attribute("aria-describedby")
    assert described == await why.get_attribute("id")
    await expect(belt).to_have_accessible_description(
        "The belt comes with a black frame only. (You chose Bicycle: Colour = Red.)"
    )


async def test_a_conflict_is_one_click_from_its_repair(page: Page) -> None:
    await value(page, "Colour", "Red").check()
    await expect(price(page)).to_contain_text("969.00")
    await value(page, "Drive", "Belt").check()
    conflict = page.get_by_role("region", name="These choices clash")
    await expect(conflict).to_contain_text("The belt comes with a black frame only.")
    repairs = conflict.get_by_role("button")
    assert await repairs.count() >= 2
    await repairs.filter(has_text="Colour").first.click()
    await expect(conflict).not_to_be_visible()
    await expect(value(page, "Drive", "Belt")).to_be_checked()
    await expect(value(page, "Colour", "Black")).to_be_checked()
    await expect(price(page)).to_contain_text("1,019.00")


async def test_what_clashes_is_shown_as_chosen_and_is_taken_back_where_it_was(page: Page) -> None:
    rack = page.get_by_role("checkbox", name="Rack")
    await rack.check()
    await expect(row_of(rack)).to_have_class("value chosen")
    await value(page, "What is it for?", "Racing").check()
    conflict = page.get_by_role("region", name="These choices clash")
    await expect(conflict).to_be_visible()
    await expect(rack).to_be_checked()
    await rack.press("Space")
    await expect(conflict).not_to_be_visible()
    await expect(rack).not_to_be_checked()


async def test_questions_choose_parts(page: Page) -> None:
    await value(page, "What is it for?", "Racing").check()
    await expect(value(page, "Drive", "Belt")).to_be_checked()
    rack = page.get_by_role("checkbox", name="Rack")
    await expect(rack).not_to_be_checked()
    await expect(row_of(rack)).to_have_class("value excluded")


async def test_it_is_finished_at_a_price(page: Page) -> None:
    await page.get_by_label("Best at").select_option("highest price")
    await page.get_by_role("button", name="Finish it for me").click()
    await expect(page.get_by_role("status")).to_contain_text("there is no better one")
    await expect(price(page)).to_contain_text("1,073.50")
    await page.get_by_role("button", name="Start over").click()
    await expect(price(page)).to_contain_text("929.00")


async def test_the_whole_way_by_keyboard(page: Page) -> None:
    """Without a mouse: to the choices, through them, into a conflict and out of it."""
    await page.reload()
    await expect(price(page)).to_contain_text("929.00")
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("link", name="Skip to the choices")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("main")).to_be_focused()

    async def tab_to(target: Locator) -> None:
        for _ in range(40):
            if await target.evaluate("element => element === document.activeElement"):
                return
            await page.keyboard.press("Tab")
        raise AssertionError(f"{target} is not reached by the tab key")

    black, red = value(page, "Colour", "Black"), value(page, "Colour", "Red")
    await tab_to(black)
    await page.keyboard.press("ArrowDown")
    await expect(red).to_be_focused()
    await expect(red).not_to_be_checked()  # Moving does not choose.
    await page.keyboard.press("Space")
    await expect(price(page)).to_contain_text("969.00")
    await expect(red).to_be_focused()  # The answer leaves the focus where it is.
    await tab_to(value(page, "Drive", "Chain"))
    await page.keyboard.press("ArrowDown")
    await expect(value(page, "Drive", "Belt")).to_be_focused()
    await expect(page.locator(".value.excluded .why:visible")).to_contain_text("black frame only")
    await page.keyboard.press("Space")
    conflict = page.get_by_role("region", name="These choices clash")
    await expect(conflict).to_be_visible()
    await tab_to(conflict.get_by_role("button").first)
    await page.keyboard.press("Enter")
    await expect(conflict).not_to_be_visible()
    await expect(page.get_by_role("main")).to_be_focused()
    await settled(page)


async def test_everything_to_operate_has_a_role_and_a_name(page: Page) -> None:
    nameless = await page.evaluate(
        """() => [...document.querySelectorAll(
            "input, select, button, a, fieldset, section, summary")]
          .filter((element) => element.checkVisibility())
          .filter((element) => {
            const labelled = (element.getAttribute("aria-labelledby") || "").split(" ")
              .map((id) => document.getElementById(id)?.textContent.trim()).join("");
            const own = element.getAttribute("aria-label") || labelled
              || [...(element.labels || [])].map((label) => label.textContent.trim()).join("")
              || element.querySelector(":scope > legend")?.textContent
              || (element.matches("button, a, summary") ? element.textContent.trim() : "");
            return !own;
          })
          .map((element) => element.outerHTML.slice(0, 120))"""
    )
    assert nameless == []
    broken = await page.evaluate(
        """() => [...document.querySelectorAll("[aria-describedby], [aria-labelledby]")]
          .flatMap((element) => ["aria-describedby", "aria-labelledby"]
            .flatMap((name) => (element.getAttribute(name) || "").split(" ").filter(Boolean)))
          .filter((id) => document.querySelectorAll("#" + CSS.escape(id)).length !== 1)"""
    )
    assert broken == []
    levels = await page.evaluate(
        """() => [...document.querySelectorAll("h1, h2, h3")].filter((h) => h.checkVisibility())
          .map((h) => Number(h.tagName[1]))"""
    )
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    for role in ("main", "complementary", "banner"):
        assert await page.get_by_role(role).count() == 1, role  # type: ignore[arg-type]
    assert await page.evaluate("document.documentElement.lang") == "en"


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_texts_stand_out_from_what_is_behind_them(page: Page, scheme: Any) -> None:
    """Every visible text has the contrast of WCAG 2.2 AA: 4.5 to 1, 3 to 1 where it is large."""
    await page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    await value(page, "Colour", "Red").check()
    await expect(price(page)).to_contain_text("969.00")
    await value(page, "Drive", "Belt").check()
    await expect(page.get_by_role("region", name="These choices clash")).to_be_visible()
    await page.mouse.move(0, 0)
    faint = await page.evaluate(
        """() => {
          const numbers = (color) => color.match(/[\\d.]+/g).map(Number);
          const linear = (c) => ((c /= 255) <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
          const light = ([r, g, b]) => 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
          const behind = (element) => {
            for (let one = element; one; one = one.parentElement) {
              const color = numbers(getComputedStyle(one).backgroundColor);
              if (color.length === 3 || color[3] > 0.99) return color;
            }
            return [255, 255, 255];
          };
          const found = [];
          for (const element of document.querySelectorAll("body *")) {
            const own = [...element.childNodes].some(
              (n) => n.nodeType === 3 && n.textContent.trim());
            if (!own || !element.checkVisibility({ visibilityProperty: true })) continue;
            const style = getComputedStyle(element);
            const one = light(numbers(style.color)), other = light(behind(element));
            const ratio = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
            const large = parseFloat(style.fontSize) >= 24
              || (parseFloat(style.fontSize) >= 18.66 && style.fontWeight >= 700);
            if (ratio < (large ? 3 : 4.5)) {
              found.push(`${ratio.toFixed(2)} ${element.textContent.slice(0, 40)}`);
            }
          }
          return found;
        }"""
    )
    assert faint == []


async def test_it_fits_a_narrow_screen(page: Page) -> None:
    await page.set_viewport_size({"width": 360, "height": 700})
    await settled(page)
    wide = await page.evaluate("document.documentElement.scrollWidth")
    assert wide <= 360
    await value(page, "Colour", "Red").check()
    await expect(price(page)).to_contain_text("969.00")


async def test_what_a_model_says_is_text_and_never_markup(
    page: Page, world: Any, bicycle: dict[str, Any]
) -> None:
    bicycle["key"] = bicycle["name"] = "<img src=x onerror=alert(1)>"
    bicycle["root"]["name"] = "<script>alert(1)</script>"
    bicycle["rules"][0]["message"] = "<b onclick=alert(1)>No</b>"
    draft = (await world.api.post(MODELS, {"document": bicycle})).json()
    await world.api.post(f"{MODELS}/{draft['id']}/publish", {}, version=1)
    alerts: list[str] = []
    page.on("dialog", lambda dialog: alerts.append(dialog.message))
    await page.reload()
    await page.get_by_label("Product").select_option("<img src=x onerror=alert(1)>")
    group = page.get_by_role("group", name="<script>alert(1)</script>")
    await expect(group).to_be_visible()
    await value(page, "Colour", "Red").check()
    await expect(page.locator(".value.excluded .why").first).to_contain_text("<b onclick")
    assert await page.locator("main img, main script, main b").count() == 0
    assert alerts == []


async def test_a_refusal_is_told_and_the_page_goes_on(page: Page) -> None:
    await page.get_by_label("Currency").fill("USD")
    await page.get_by_label("Currency").press("Tab")
    alert = page.locator("#problem")
    await expect(alert).to_contain_text("Ask in the model's currency")
    await expect(alert).to_have_attribute("role", "alert")
    await page.get_by_label("Currency").fill("")
    await page.get_by_label("Currency").press("Tab")
    await expect(alert).not_to_be_visible()
    await expect(price(page)).to_contain_text("929.00")
