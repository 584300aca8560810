"""`python -m cpq import`: what a file says is kept, and what it says otherwise is told by place."""

import json
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from cpq import importing_prices, importing_selling
from cpq.app import service
from cpq.importing import READERS, Errand, carry_out
from cpq.readers import Effect, Finding
from cpq.readers.revenue_cloud.pricing import read_directory as read_prices
from servicekit import cli
from servicekit.testing.serving import listening
from servicekit.values import Money

MODEL = """features
    Sandwich
        mandatory
            Bread
                alternative
                    Rye
                    Toast
        optional
            Cheese {Price 2}
constraints
    Rye => Cheese
"""


@pytest.fixture
async def address(world: Any) -> AsyncIterator[str]:
    async with listening(world.api.app) as found:
        yield found


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "sandwich.uvl"
    path.write_text(MODEL)
    return path


def errand(path: Path, **more: Any) -> Errand:
    usual: dict[str, Any] = {
        "format": "uvl",
        "path": path,
        "currency": None,
        "key": None,
        "as_of": date(2026, 1, 5),
        "items": False,
        "url": "http://127.0.0.1:9",
        "token": None,
        "publish_from": date(2026, 1, 5),
        "publish": False,
        "dry_run": False,
        "output": None,
        "strict": False,
    }
    return Errand(**(usual | more))


async def told(wanted: Errand) -> tuple[int, str]:
    console = Console(width=160, record=True, file=StringIO())
    status = await carry_out(wanted, console)
    return status, console.export_text()


async def test_a_model_is_drafted_once_and_published(world: Any, address: str, file: Path) -> None:
    sent = errand(file, url=address, token=world.api.token)
    status, said = await told(sent)
    assert (status, "1 new, 0 there before, 0 refused" in said) == (0, True), said
    status, said = await told(sent)
    assert (status, "0 new, 1 there before" in said) == (0, True), said
    (kept,) = (await world.api.get("/v1/configuration-models")).json()["items"]
    assert (kept["status"], kept["source"], kept["key"]) == ("draft", "sandwich.uvl", "Sandwich")
    status, _ = await told(
        errand(
            file, url=address, token=world.api.token, publish=True, publish_from=date(2026, 1, 1)
        )
    )
    assert status == 0
    question = {"model": "Sandwich", "choices": [{"target": "Rye", "value": True}]}
    state = (await world.api.post("/v1/configurations/state", question)).json()
    cheese = next(one for one in state["domains"] if one["target"] == "Cheese")
    assert (cheese["value"], cheese["origin"]) == (True, "forced")


SHOP = {
    "Product2": "Id,StockKeepingUnit\np1,BIKE\n",
    "Pricebook2": "Id,Name,IsActive\nb1,Shops,true\n",
    "PricebookEntry": "Pricebook2Id,Product2Id,UnitPrice,CurrencyIsoCode\nb1,p1,{price},EUR\n",
    "PriceAdjustmentSchedule": "Id,Name,Pricebook2Id,ScheduleType,IsActive\n"
    "s1,Later,b1,Volume,false\n",
    "PriceAdjustmentTier": "PriceAdjustmentScheduleId,Product2Id,TierType,TierValue,LowerBound,"
    "CurrencyIsoCode\ns1,p1,AdjustmentPercentage,10,5,EUR\n",
}


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    folder = tmp_path / "shop"
    folder.mkdir()
    return priced(folder, "800")


def priced(folder: Path, price: str) -> Path:
    for name, content in SHOP.items():
        (folder / f"{name}.csv").write_text(content.format(price=price))
    return folder


async def test_price_books_are_sent_once_published_and_replaced(
    world: Any, address: str, shop: Path
) -> None:
    """The same document leaves what is there as it is; what is not active stays a draft."""

    async def run(day: date, **more: Any) -> str:
        status, said = await told(
            errand(
                shop, format="revenue-cloud", url=address, token=world.api.token,
                publish=True, publish_from=day, **more,
            )
        )  # fmt: skip
        assert status == 0, said
        return next(line for line in said.splitlines() if line.startswith("Price books: "))

    async def books() -> list[tuple[str, int, str]]:
        found = (await world.api.get("/v1/price-books?sort=key")).json()["items"]
        return sorted((one["key"], one["book_version"], one["status"]) for one in found)

    first, later = date(2026, 1, 1), date(2026, 1, 3)
    drafts = await told(errand(shop, format="revenue-cloud", url=address, token=world.api.token))
    assert drafts[0] == 0
    assert "Price books: 2 new, 0 replaced, 0 there before, 0 published" in drafts[1]
    assert await run(first) == (
        "Price books: 0 new, 0 replaced, 2 there before, 1 published, 1 left as drafts, 0 refused."
    )
    assert await run(first) == (
        "Price books: 0 new, 0 replaced, 2 there before, 0 published, 1 left as drafts, 0 refused."
    )
    priced(shop, "900")
    assert await run(later) == (
        "Price books: 1 new, 0 replaced, 1 there before, 1 published, 1 left as drafts, 0 refused."
    )
    assert await books() == [
        ("Shops", 1, "published"), ("Shops", 2, "published"), ("Shops - Later", 1, "draft"),
    ]  # fmt: skip
    (shop / "PriceAdjustmentTier.csv").write_text(
        SHOP["PriceAdjustmentTier"].replace("10,5", "20,5")
    )
    assert "1 replaced, 1 there before, 0 published" in await run(later)


@pytest.mark.data
async def test_the_prices_of_a_real_catalogue_price_quotes(
    world: Any, address: str, data_set: Callable[[str], Path]
) -> None:
    found = read_prices(data_set("cpq-quantumbit"))
    books, findings, refused = importing_prices.check(found.books, "cpq-quantumbit")
    to = importing_prices.Places(address, world.api.token, date(2026, 1, 1), 120.0)
    first = await importing_prices.shelve(books, to)
    again = await importing_prices.shelve(books, to)

    assert (findings, refused, first.refused, again.refused) == ([], [], [], [])
    assert sorted(first.published) == ["Standard Cost Book", "Standard Price Book"]
    assert (len(first.created), len(again.unchanged)) == (4, 4)
    console = Console(file=StringIO())
    told = [await importing_selling.tell(found, to, console) for _ in range(2)]
    assert (told[0].refused, told[0].created) == ([], len(found.models) + len(found.ways))
    assert (told[1].refused, told[1].unchanged) == ([], told[0].created)
    await world.item("QB-HD 1TB")
    customer = await world.customer()
    line = {"sku": "QB-HD 1TB", "quantity": "4", "selling_model": "One-Time"}
    answer = await world.api.post("/v1/quotes", {"customer_id": str(customer), "lines": [line]})
    assert answer.status_code == 201, answer.text
    (quoted,) = answer.json()["lines"]
    # PricebookEntry row 319: 437.5 EUR
    assert quoted["net_unit_price"] == "437.5"
    assert quoted["waterfall"][0]["version"] == "Standard Price Book:1"


@pytest.mark.data
async def test_the_rate_cards_of_a_real_catalogue_are_quoted_signed_and_proved(
    world: Any, address: str, data_set: Callable[[str], Path]
) -> None:
    found = read_prices(data_set("cpq-quantumbit"))
    books, _, _ = importing_prices.check(found.books, "cpq-quantumbit")
    to = importing_prices.Places(address, world.api.token, date(2026, 1, 1), 120.0)
    await importing_prices.shelve(books, to)
    # All its rates are drafts, so somebody must mean them.
    (cards,) = (
        await world.api.get("/v1/price-books", key="Standard Price Book - Rate cards")
    ).json()["items"]
    assert cards["status"] == "draft"
    published = await world.api.post(
        f"/v1/price-books/{cards['id']}/publish", {}, version=cards["version"]
    )
    assert published.status_code == 200, published.text
    await world.item("QB-DB", price=None, stocked=False)
    line = {
        "sku": "QB-DB",
        "quantity": "1",
        "key": "db",
        "selling_model": "Term Annual",
        "usage_samples": {"UR-CPUTIME": ["7000"]},
    }
    body = {"customer_id": str(await world.customer()), "currency": "USD", "lines": [line]}
    answer = await world.api.post("/v1/quotes", body)
    assert answer.status_code == 201, answer.text
    usage = {one["resource"]: one for one in answer.json()["lines"][0]["usage"]}
    # RateAdjustmentByTier: 1000 x 0.004 + 2000 x 0.0045 + 3000 x 0.005 + 1000 x 0.006
    assert usage["UR-CPUTIME"]["samples"] == [{"events": ["7000"], "amount": "34"}]
    path = f"/v1/quotes/{answer.json()['id']}"
    replay = (await world.api.get(f"{path}/replay")).json()
    assert (replay["same"], [one["proved"] for one in replay["usage"]]) == (True, [True])
    question = {"line": "db", "resource": "UR-CPUTIME", "events": ["1000", "500"]}
    rated = (await world.api.post(f"{path}/usage-rating", question)).json()
    assert (rated["amount"], len(rated["steps"])) == ("6.25", 2)


QUANTUMBIT_BUNDLES = [
    # currency, days, lines as (key, parent, SKU, quantity, attributes, net amount)
    # PricebookEntry rows 207, 11, 46; BundleBasedAdjustment row 11: 5 %
    ("EUR", ("2026-01-01", "2026-12-31"), [
        ("a", None, "QB-COMPLETE", "1", {}, "0"),
        ("b", "a", "QB-API", "1", {}, "12488.225"),
        ("c", "a", "QB-API-MGMT", "1", {}, "10516.5"),
    ]),
    # AttributeBasedAdjustment row 16: 15000 instead; BundleBasedAdjustment row 2: 5 %
    ("USD", ("2026-01-01", "2026-12-31"), [
        ("a", None, "QB-COMPLETE", "1", {}, "0"),
        ("b", "a", "QB-API", "2", {"Type": "Prod"}, "28500"),
    ]),
    # AttributeBasedAdjustment row 29: 1386236 instead; two years; inside and outside the bundle
    ("JPY", ("2026-01-01", "2027-12-31"), [
        ("a", None, "QB-COMPLETE", "1", {}, "0"),
        ("b", "a", "QB-API", "1", {"Type": "Gov"}, "2633848.4"),
        ("c", None, "QB-API", "1", {"Type": "Gov"}, "2772472"),
    ]),
]  # fmt: skip


@pytest.mark.data
async def test_a_bundle_of_a_real_catalogue_is_quoted_in_three_currencies(
    world: Any, address: str, data_set: Callable[[str], Path]
) -> None:
    found = read_prices(data_set("cpq-quantumbit"))
    books, _, _ = importing_prices.check(found.books, "cpq-quantumbit")
    to = importing_prices.Places(address, world.api.token, date(2026, 1, 1), 120.0)
    await importing_prices.shelve(books, to)
    for sku in ("QB-COMPLETE", "QB-API", "QB-API-MGMT"):
        await world.item(sku, price=None, stocked=False)
    customer = await world.customer()
    for currency, (start, end), lines in QUANTUMBIT_BUNDLES:
        body = {
            "customer_id": str(customer),
            "currency": currency,
            "lines": [
                {
                    "key": key,
                    "parent": parent,
                    "sku": sku,
                    "quantity": quantity,
                    "attributes": attributes,
                    "selling_model": "Term Annual",
                    "term": {"start_on": start, "end_on": end, "unit": "year"},
                }
                for key, parent, sku, quantity, attributes, _ in lines
            ],
        }
        answer = await world.api.post("/v1/quotes", body)
        assert answer.status_code == 201, answer.text
        quote = answer.json()
        assert [line["net_amount"] for line in quote["lines"]] == [line[-1] for line in lines]
        whole = sum(Decimal(line[-1]) for line in lines)
        assert Decimal(quote["net"]) == Money(whole, currency).round().amount


async def test_prices_that_are_refused_or_lost_are_told_and_fail(
    world: Any, address: str, shop: Path, tmp_path: Path
) -> None:
    seller = world.api.signed_in(roles=["seller"]).token
    sent = errand(shop, format="revenue-cloud", url=address, token=seller)
    status, said = await told(sent)
    assert (status, "refused Shops" in said) == (1, True), said
    output = tmp_path / "read.json"
    dry = errand(shop, format="revenue-cloud", dry_run=True, output=output)
    assert (await told(dry))[0] == 0
    written = json.loads((tmp_path / "read.prices.json").read_text())
    assert [one["key"] for one in written["books"]] == ["Shops", "Shops - Later"]
    priced(shop, "much")
    status, said = await told(dry)
    assert (status, "PricebookEntry.csv:2" in said, "UnitPrice" in said) == (0, True, True)
    assert (await told(replace(dry, strict=True)))[0] == 1


async def test_a_model_may_have_another_key_than_its_file_says(
    world: Any, address: str, file: Path
) -> None:
    wanted = errand(file, url=address, token=world.api.token, key="lunch")

    assert await carry_out(wanted, Console()) == 0

    (kept,) = (await world.api.get("/v1/configuration-models")).json()["items"]
    assert kept["key"] == "lunch"


async def test_a_dry_run_sends_nothing_and_writes_the_documents(file: Path, tmp_path: Path) -> None:
    output = tmp_path / "models.json"
    status, said = await told(errand(file, dry_run=True, output=output))
    assert (status, "nothing was sent" in said) == (0, True)
    (document,) = json.loads(output.read_text())
    assert document["key"] == "Sandwich"
    assert any("Rye" in rule["condition"] for rule in document["rules"])


@pytest.fixture
def contradiction(file: Path) -> Path:
    file.write_text(MODEL + "    Rye & !Rye\n")
    return file


async def test_a_refusal_of_the_service_is_told_and_fails(
    world: Any, address: str, contradiction: Path
) -> None:
    file = contradiction
    status, said = await told(errand(file, url=address, token=world.api.token, publish=True))
    assert status == 1
    assert "refused Sandwich" in said
    assert (await world.api.get("/v1/configuration-models")).json()["items"] == []
    seller = world.api.signed_in(roles=["seller"]).token
    status, said = await told(errand(file, url=address, token=seller))
    assert (status, "cpq.catalog.import" in said) == (1, True)


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (["uvl", "{missing}"], 2, "is no file"),
        (["revenue-cloud", "{file}"], 2, "is no directory"),
        (["uvl", "{file}"], 2, "Give an access token"),
        (["uvl", "{file}", "--token", "t", "--publish", "soon"], 2, "takes a day"),
        (["uvl", "{file}", "--token", "t", "--url", "http://127.0.0.1:9"], 1, "does not answer"),
        (["uvl", "{broken}", "--dry-run"], 1, "broken.uvl"),
        (["uvl", "{file}", "--dry-run"], 0, ""),
        (["revenue-cloud", ".", "--dry-run", "--key", "k"], 2, "has several"),
        (["featureide", "{file}", "--dry-run"], 1, "sandwich.uvl"),
        (["ofbiz", "{file}", "--dry-run"], 1, "sandwich.uvl"),
        (["ofbiz", "{file}", "--dry-run", "--as-of", "now"], 2, "--as-of takes a day"),
    ],
)
def test_a_wrong_call_is_told_in_plain_words(
    arguments: list[str],
    status: int,
    words: str,
    file: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.delenv("TRADEWIND_TOKEN", raising=False)
    broken = file.with_name("broken.uvl")
    broken.write_text("features\n    A\n\t B &&\nconstraints\n    (")
    places = {"missing": "missing.uvl", "file": str(file), "broken": str(broken)}
    assert cli.run(service, ["import", *(one.format(**places) for one in arguments)]) == status
    assert words in capsys.readouterr().err


async def test_findings_are_shown_by_place_and_count_when_strict(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    findings = (
        Finding("sum(Nothing)", "sandwich.uvl:12", "No feature is called so.", Effect.LOST),
        Finding("Price", "sandwich.uvl:9", "It has no currency.", Effect.CHANGED),
    )
    found = READERS["uvl"](errand(file))
    monkeypatch.setitem(READERS, "uvl", lambda _: replace(found, findings=findings))
    status, said = await told(errand(file, dry_run=True))
    assert status == 0
    assert said.index("sandwich.uvl:9") < said.index("sandwich.uvl:12")
    assert "2 findings: 1 lost, 1 changed, 0 noted." in said
    assert (await told(errand(file, dry_run=True, strict=True)))[0] == 1


@pytest.mark.data
def test_every_sample_that_others_publish_is_read(
    data_set: Callable[[str], Path], capsys: pytest.CaptureFixture[str]
) -> None:
    models = data_set("config-models")
    calls = [
        *(["uvl", str(path)] for path in sorted(models.glob("*.uvl"))),
        *(["featureide", str(path)] for path in sorted(models.glob("*.xml"))),
        ["revenue-cloud", str(data_set("cpq-quantumbit"))],
        ["ofbiz", str(data_set("ofbiz-demo") / "DemoConfigurator.xml")],
    ]
    assert len(calls) > 5
    for call in calls:
        assert cli.run(service, ["import", *call, "--dry-run"]) == 0, call
        assert " 0 refused." in capsys.readouterr().out, call
