"""Quotes with groups, options, alternatives and terms; edited, copied, compared and replayed."""

import base64
import io
import json
import zipfile
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from contracts.erp import ListPriceChangedV1, ListPriceV1
from cpq.quotes.schemas.requests import LineConfigurationIn, QuoteLineIn
from cpq.quotes.service import expire_quotes, offer_seen
from servicekit.uow import Principal

from .conftest import TODAY, World

QUOTES = "/v1/quotes"


@pytest.fixture
async def shop(world: World) -> World:
    await world.item("BK-1", price="900", cost="500")
    await world.item("PT-RACK", price="45.50", category="parts", quantity_places=0)
    await world.item("PT-LOCK", price="30", category="parts")
    await world.item("CARE", price="10", category="services", stocked=False)
    return world


async def quoted(shop: World, *lines: dict[str, Any], **members: Any) -> dict[str, Any]:
    body = {"customer_id": str(await shop.customer()), "lines": list(lines)} | members
    answer = await shop.api.post(QUOTES, body)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def of(sku: str, quantity: str = "1", **more: Any) -> dict[str, Any]:
    return {"sku": sku, "quantity": quantity} | more


OFFER = [
    of("BK-1", "2", key="bike", group="main"),
    of("PT-RACK", "2", parent="bike", key="rack", group="main"),
    of("PT-LOCK", "2", key="lock", optional=True, selected=False),
    of("CARE", "1", key="care", term={"start_on": "2026-01-24", "end_on": "2026-12-31",
                                     "anchor": "2026-01-01"}),
    of("CARE", "1", key="care-year", alternative_of="care", selected=False, term={"months": 12}),
]  # fmt: skip
GROUPS = [{"key": "main", "name": "Your bicycles"}]


async def changed(shop: World, quote: dict[str, Any], path: str, body: Any) -> dict[str, Any]:
    send = shop.api.patch if path == "/lines" else shop.api.post
    answer = await send(f"{QUOTES}/{quote['id']}{path}", body, version=quote["version"])
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_options_and_alternatives_count_only_when_they_are_taken(shop: World) -> None:
    quote = await quoted(shop, *OFFER, groups=GROUPS)

    # 2 x 900 + 2 x 45.50 + 10 x 11.2580645161
    assert quote["net"] == "2003.58"
    lines = {line["key"]: line for line in quote["lines"]}
    assert lines["care"]["term_reason"] == "8/31 + 11 months"
    assert lines["care"]["waterfall"][-1]["step"] == "due"
    assert [key for key, line in lines.items() if not line["counts"]] == ["lock", "care-year"]

    taken = await changed(
        shop, quote, "/selection", {"selected": {"lock": True, "care-year": True}}
    )
    assert taken["net"] == "2071"
    assert {line["key"] for line in taken["lines"] if line["counts"]} == {
        "bike", "rack", "lock", "care-year",
    }  # fmt: skip
    refused = await shop.api.post(
        f"{QUOTES}/{quote['id']}/selection",
        {"selected": {"bike": False}},
        version=taken["version"],
    )
    assert (refused.status_code, refused.json()["code"]) == (422, "line-is-not-optional")


async def test_what_the_erp_hears_is_what_counts_and_what_is_due(shop: World) -> None:
    quote = await quoted(shop, *OFFER, groups=GROUPS)
    sent = (await shop.api.post(f"{QUOTES}/{quote['id']}/send", {})).json()
    await shop.api.post(
        f"{QUOTES}/{quote['id']}/accept",
        {"content_hash": sent["content_hash"], "accepted_by": "Petra"},
    )
    (event,) = [event for name, _, event in await shop.said() if name == "QuoteAccepted"]

    assert [line["line_key"] for line in event["lines"]] == ["bike", "rack", "care"]
    care = event["lines"][2]
    assert (care["net_unit_price"], care["start_on"], care["end_on"]) == (
        "112.580645161",
        "2026-01-24",
        "2026-12-31",
    )


async def test_one_edit_changes_many_lines_or_none(shop: World) -> None:
    quote = await quoted(shop, *OFFER, groups=GROUPS)
    cheaper = await changed(
        shop,
        quote,
        "/lines",
        {
            "change": [
                {
                    "of": {"categories": ["parts"]},
                    "set": {"discount_fraction": "0.1", "discount_reason": "Spring"},
                },
                {"of": {"keys": ["bike"]}, "set": {"quantity": "3"}},
            ],
            "remove": {"keys": ["care-year"]},
            "add": [of("CARE", key="start-up")],
            "order": ["start-up", "bike", "rack", "lock", "care"],
        },
    )
    assert [line["key"] for line in cheaper["lines"]] == [
        "start-up", "bike", "rack", "lock", "care",
    ]  # fmt: skip
    assert [line["discount_fraction"] for line in cheaper["lines"]] == [
        "0", "0", "0.1", "0.1", "0",
    ]  # fmt: skip
    # 10 + 3 x 900 + 2 x 40.95 + 112.580645161
    assert cheaper["net"] == "2904.48"

    for body, code in [
        ({"change": [{"of": {"keys": ["nobody"]}, "set": {"quantity": "1"}}]}, "line-is-not-there"),
        ({"order": ["bike"]}, "line-is-not-there"),
        ({"add": [of("BK-1", key="bike")]}, "line-key-is-taken"),
        ({"add": [of("BK-1", group="none")]}, "group-is-not-there"),
        ({"change": [{"of": {}, "set": {"discount_fraction": "1.5"}}]}, "invalid-input"),
        ({"change": [{"of": {}, "set": {"quantity": None}}]}, "invalid-input"),
    ]:
        answer = await shop.api.patch(
            f"{QUOTES}/{quote['id']}/lines", body, version=cheaper["version"]
        )
        assert (answer.status_code, answer.json()["code"]) == (422, code)
    stale = await shop.api.patch(f"{QUOTES}/{quote['id']}/lines", {}, version=quote["version"])
    assert stale.status_code == 412, "two editors never overwrite each other unseen"
    now = (await shop.api.get(f"{QUOTES}/{quote['id']}")).json()
    assert (now["version"], now["net"]) == (cheaper["version"], "2904.48")


async def test_what_edits_ask_for_is_refused_where_they_did(shop: World) -> None:
    quote = await quoted(shop, of("BK-1", key="bike"), of("PT-RACK", key="rack"))
    for body, code, field in [
        ({"add": [of("BK-1"), of("NO-SUCH")]}, "item-not-known", "add.1.sku"),
        ({"add": [of("BK-1"), of("BK-1", key="rack")]}, "line-key-is-taken", "add.1.key"),
        ({"add": [of("PT-RACK", parent="no")]}, "line-is-not-there", "add.0.parent"),
        (
            {"change": [{"of": {"keys": ["rack"]}, "set": {"quantity": "0.5"}}]},
            "quantity-is-too-fine",
            "change.0.set.quantity",
        ),
        (
            {"change": [{"of": {"skus": ["BK-2"]}, "set": {"quantity": "2"}}]},
            "line-is-not-there",
            "change.0.of.skus",
        ),
        ({"remove": {"groups": ["none"]}}, "line-is-not-there", "remove.groups"),
        ({"remove": {"categories": ["none"]}}, "line-is-not-there", "remove.categories"),
    ]:
        answer = await shop.api.patch(
            f"{QUOTES}/{quote['id']}/lines", body, version=quote["version"]
        )
        found = answer.json()
        assert (answer.status_code, found["code"], found["errors"][0]["field"]) == (
            422,
            code,
            field,
        ), body


def again(line: dict[str, Any]) -> dict[str, Any]:
    """What a line that was read says, as it is asked for."""
    asked = {name: line[name] for name in QuoteLineIn.model_fields if name in line}
    if made := asked["configuration"]:
        asked["configuration"] = {
            name: made[name] for name in LineConfigurationIn.model_fields if name in made
        }
    del asked["sku"]
    return asked


async def offer_of(shop: World, quote: dict[str, Any]) -> dict[str, Any]:
    """What would be signed, whichever revision it is."""
    async with shop.database.app.unit_of_work(Principal.of_service("cpq", "acme")) as uow:
        content = (await offer_seen(uow, UUID(quote["id"]))).content
    offer: dict[str, Any] = json.loads(content)
    assert offer.pop("revision")
    return offer


async def test_lines_that_were_read_are_written_again_and_nothing_changes(shop: World) -> None:
    grown = [{"quantity": "2"}, {"uplift_fraction": "0.03"}, {"uplift_fraction": "0.03"}]
    evergreen = {"evergreen": True, "anchor": "2026-01-01", "unit": "quarter"}
    asked = [
        *OFFER,
        of("CARE", "3", key="seat", term={"months": 36, "basis": "calendar-days"}, ramp=grown),
        of("CARE", key="on", term=evergreen, attributes={"size": {"number": "2.5"}, "red": True}),
        of("BK-1", agreed_unit_price="700", agreed_reason="Promised", selling_model="hire"),
        of("PT-LOCK", discount_fraction="0.15", discount_reason="Spring", attributes={"a": "b"}),
    ]
    quote = await quoted(shop, *asked, groups=GROUPS)
    path = f"{QUOTES}/{quote['id']}"
    offered = await offer_of(shop, quote)
    body = {"lines": [again(line) for line in quote["lines"]]}
    written = await shop.api.put(f"{path}/lines", body, version=quote["version"])
    assert written.status_code == 200, written.text
    now = written.json()
    assert [{**line, "id": None} for line in now["lines"]] == [
        {**line, "id": None} for line in quote["lines"]
    ]
    assert (now["net"], now["pricing_hash"]) == (quote["net"], quote["pricing_hash"])
    assert await offer_of(shop, quote) == offered


async def test_a_draft_is_not_valid_until_a_day_that_is_over(shop: World) -> None:
    body = {"customer_id": str(await shop.customer()), "valid_until": "1900-01-01"}
    answer = await shop.api.post(QUOTES, body)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "valid_until")
    quote = await quoted(shop, of("BK-1"))
    answer = await shop.api.patch(
        f"{QUOTES}/{quote['id']}", {"valid_until": "1900-01-01"}, version=quote["version"]
    )
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "valid_until")


async def test_a_revised_quote_holds_as_long_as_a_new_one(shop: World) -> None:
    quote = await quoted(shop, of("BK-1"))
    path = f"{QUOTES}/{quote['id']}"
    sent = (await shop.api.post(f"{path}/send", {})).json()
    shop.database.clock.advance(days=40)
    async with shop.database.app.unit_of_work(Principal.of_service("cpq", "acme")) as uow:
        assert await expire_quotes(uow) == 1
    expired = (await shop.api.get(path)).json()
    revised = (await shop.api.post(f"{path}/revise", {}, version=expired["version"])).json()
    assert revised["valid_until"] is None
    again = await shop.api.post(f"{path}/send", {})
    assert again.status_code == 200, again.text
    assert again.json()["valid_until"] > sent["valid_until"]


async def test_removing_a_bundle_removes_its_parts(shop: World) -> None:
    quote = await quoted(shop, *OFFER, groups=GROUPS)
    left = await changed(shop, quote, "/lines", {"remove": {"keys": ["bike"]}})
    assert [line["key"] for line in left["lines"]] == ["lock", "care", "care-year"]


async def test_versions_are_kept_compared_and_priced_again(shop: World) -> None:
    quote = await quoted(shop, *OFFER, groups=GROUPS)
    kept = await changed(shop, quote, "/versions", {"label": "before the discount"})
    cheaper = await changed(
        shop,
        kept,
        "/lines",
        {"change": [{"of": {"keys": ["bike"]}, "set": {"quantity": "1"}}]},
    )
    path = f"{QUOTES}/{quote['id']}"
    found = (await shop.api.get(f"{path}/comparison", before=1)).json()
    assert found["net"] == "-900"
    assert [(line["key"], line["change"], line["amount"]) for line in found["lines"]] == [
        ("bike", "changed", "-900")
    ]
    missing = await shop.api.get(f"{path}/comparison", before=7)
    assert (missing.status_code, missing.json()["code"]) == (404, "quote-version-not-found")

    versions = (await shop.api.get(f"{path}/versions")).json()["versions"]
    assert [(each["revision"], each["label"]) for each in versions] == [(1, "before the discount")]

    # Prices and rules of today change; what was quoted comes out as it was.
    await shop.api.post(
        "/v1/tier-discounts", {"tier": "gold", "discount": "0.5", "valid_from": "2020-01-01"}
    )
    for revision, net in ((1, "2003.58"), (cheaper["revision"], "1103.58")):
        again = (await shop.api.get(f"{path}/replay", revision=revision)).json()
        assert (again["same"], again["net"]) == (True, net)


async def test_a_revised_offer_can_no_longer_be_accepted(shop: World) -> None:
    quote = await quoted(shop, of("BK-1"))
    path = f"{QUOTES}/{quote['id']}"
    sent = (await shop.api.post(f"{path}/send", {})).json()
    draft = await changed(shop, sent, "/revise", {})
    assert (draft["status"], draft["tmf_state"], draft["revision"]) == ("draft", "inProgress", 2)
    late = await shop.api.post(
        f"{path}/accept", {"content_hash": sent["content_hash"], "accepted_by": "Petra"}
    )
    assert late.json()["code"] == "quote-is-not-sent"
    assert (await shop.api.get(f"{path}/offer")).status_code == 409

    dearer = await changed(shop, draft, "/lines", {"add": [of("PT-LOCK")]})
    again = (await shop.api.post(f"{path}/send", {})).json()
    assert again["content_hash"] != sent["content_hash"]
    old = await shop.api.post(
        f"{path}/accept", {"content_hash": sent["content_hash"], "accepted_by": "Petra"}
    )
    assert old.json()["code"] == "offer-differs"
    found = (await shop.api.get(f"{path}/comparison", before=1)).json()
    assert (found["net"], dearer["revision"]) == ("30", 3)

    gone = await changed(shop, again, "/cancel", {"reason": "The customer went elsewhere"})
    assert (gone["status"], gone["tmf_state"]) == ("cancelled", "cancelled")
    assert [name for name, _, _ in await shop.said()][-4:] == [
        "QuoteRevised", "QuotePriced", "QuoteSent", "QuoteCancelled",
    ]  # fmt: skip
    for path_, code in (
        ("revise", "quote-cannot-be-revised"),
        ("cancel", "quote-cannot-be-cancelled"),
    ):
        answer = await shop.api.post(f"{path}/{path_}", {}, version=gone["version"])
        assert (answer.status_code, answer.json()["code"]) == (409, code)


async def test_a_clone_is_priced_today_for_whom_it_is(shop: World) -> None:
    quote = await quoted(shop, *OFFER, groups=GROUPS)
    other = await shop.customer(tier="silver")
    answer = await shop.api.post(f"{QUOTES}/{quote['id']}/clone", {"customer_id": str(other)})
    assert answer.status_code == 201, answer.text
    clone = answer.json()
    assert (clone["cloned_from"], clone["customer_id"]) == (quote["id"], str(other))
    assert clone["number"] != quote["number"]
    assert [line["key"] for line in clone["lines"]] == [line["key"] for line in quote["lines"]]
    assert clone["net"] == quote["net"]


async def test_an_agreed_price_stays_in_its_currency(shop: World) -> None:
    item_id = await shop.item("BK-2", price=None)
    prices = [
        ListPriceV1(currency=currency, unit_price=Decimal(price), unit="pcs", valid_from=TODAY)
        for currency, price in (("EUR", "900"), ("JPY", "150000"))
    ]
    await shop.hear(ListPriceChangedV1(item_id=item_id, sku="BK-2", prices=prices))
    agreed = of("BK-2", agreed_unit_price="100", agreed_reason="Promised", key="bike")
    quote = await quoted(shop, agreed)
    path = f"{QUOTES}/{quote['id']}/clone"
    same = (await shop.api.post(path, {})).json()
    assert same["lines"][0]["agreed_unit_price"] == "100"
    other = (await shop.api.post(path, {"currency": "JPY"})).json()
    assert (other["net"], other["lines"][0]["agreed_unit_price"]) == ("150000", None)
    assert other["lines"][0]["agreed_reason"] is None


@pytest.mark.parametrize(
    ("line", "field"),
    [
        (of("BK-1", parent="nobody"), "lines.0.parent"),
        (of("BK-1", group="nobody"), "lines.0.group"),
        (of("BK-1", alternative_of="nobody"), "lines.0.alternative_of"),
        (of("BK-1", term={"months": 1, "end_on": "2027-01-01"}), "lines.0.term"),
        (of("BK-1", term={"end_on": "2020-01-01"}), "lines.0.term.end_on"),
    ],
)
async def test_what_does_not_hang_together_names_its_place(
    shop: World, line: dict[str, Any], field: str
) -> None:
    body = {"customer_id": str(await shop.customer()), "lines": [line]}
    answer = await shop.api.post(QUOTES, body)
    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["field"] == field


SHEET = """sku;quantity;discount;discount_reason;group
BK-1;2;15 %;Fair;main
PT-RACK;1;;;
"""
BAD_SHEET = """sku,quantity,discount,group
BK-1,2,,
NO-SUCH,1,,
PT-RACK,0.5,,
PT-RACK,-1,,
PT-LOCK,1,2,
PT-LOCK,1,,nowhere
"""


def sheet(content: bytes | str, format_: str = "csv", **more: Any) -> dict[str, Any]:
    raw = content.encode() if isinstance(content, str) else content
    return {"content": base64.b64encode(raw).decode(), "format": format_} | more


def workbook(rows: list[list[str]]) -> bytes:
    """The smallest workbook there is: one sheet with texts."""
    cells = "".join(
        "<row>"
        + "".join(
            f'<c t="inlineStr"><is><t>{text}</t></is></c>'
            if not text.replace(".", "").isdigit()
            else f"<c><v>{text}</v></c>"
            for text in row
        )
        + "</row>"
        for row in rows
    )
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    files = {
        "[Content_Types].xml": f'<Types xmlns="{package}/content-types"/>',
        "_rels/.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="r1" '
        f'Type="{office}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{office}"><sheets>'
        '<sheet name="Lines" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}/relationships">'
        f'<Relationship Id="r1" Type="{office}/worksheet" Target="worksheets/sheet1.xml"/>'
        "</Relationships>",
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{main}"><sheetData>{cells}'
        "</sheetData></worksheet>",
    }
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return made.getvalue()


async def test_lines_come_from_a_spreadsheet_once_every_row_is_right(shop: World) -> None:
    quote = await quoted(shop, groups=GROUPS)
    path = f"{QUOTES}/{quote['id']}/spreadsheet"
    preview = await shop.api.post(f"{path}/preview", sheet(BAD_SHEET))
    assert preview.status_code == 200, preview.text
    seen = preview.json()
    assert [(row["row"], row["column"]) for row in seen["rows"]] == [
        (2, None), (3, "sku"), (4, "quantity"), (5, "quantity"), (6, "discount"), (7, "group"),
    ]  # fmt: skip
    assert (seen["good"], seen["bad"], seen["net"]) == (1, 5, "1800")
    refused = await shop.api.post(path, sheet(BAD_SHEET), version=quote["version"])
    assert (refused.status_code, refused.json()["code"]) == (422, "sheet-has-errors")
    assert len(refused.json()["errors"]) == 5

    added = await changed(shop, quote, "/spreadsheet", sheet(SHEET))
    assert (added["net"], len(added["lines"])) == ("1575.5", 2)

    book = workbook([["sku", "quantity", "agreed unit price", "agreed reason"],
                     ["PT-LOCK", "3", "19.9", "Framework"]])  # fmt: skip
    more = await changed(shop, added, "/spreadsheet", sheet(book, "xlsx"))
    assert more["lines"][2]["agreed_unit_price"] == "19.9"
    assert more["net"] == "1635.2"


async def test_rows_of_a_sheet_stand_among_each_other(shop: World) -> None:
    quote = await quoted(shop, of("CARE", key="care"))
    path = f"{QUOTES}/{quote['id']}/spreadsheet"
    bad = "\n".join(
        [
            "sku,quantity,key,parent,alternative_of,selected,start_on",
            "BK-1,1,bike,,,,",
            "PT-RACK,1,rack,bicycle,,,",
            "PT-LOCK,1,lock,lock,,,",
            "CARE,1,better,,care,,",
            "CARE,1,,,,,2026-12-01",
            "CARE,1,care,,,,",
        ]
    )
    seen = (await shop.api.post(f"{path}/preview", sheet(bad))).json()
    assert [row["column"] for row in seen["rows"]] == [
        None, "parent", "parent", "selected", "months", "key",
    ]  # fmt: skip

    good = "\n".join(
        [
            "sku,quantity,key,parent,alternative_of,selected",
            "BK-1,1,bike,,,",
            "PT-RACK,1,rack,bike,,",
            "CARE,1,better,,care,no",
        ]
    )
    seen = (await shop.api.post(f"{path}/preview", sheet(good))).json()
    assert (seen["bad"], seen["net"]) == (0, "945.5")
    added = await changed(shop, quote, "/spreadsheet", sheet(good))
    assert [(line["key"], line["alternative_of"], line["counts"]) for line in added["lines"]] == [
        ("care", None, True), ("bike", None, True), ("rack", None, True), ("better", "care", False),
    ]  # fmt: skip


async def test_a_spreadsheet_bomb_is_not_unpacked(shop: World) -> None:
    quote = await quoted(shop)
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(2):
            archive.writestr(f"xl/sheet{number}.xml", b"\0" * 40_000_000)
    wide = "sku,quantity" + ",x" * 300
    long = "sku,quantity\n" + "BK-1,1\n" * 5_001
    path = f"{QUOTES}/{quote['id']}/spreadsheet/preview"
    for body in (
        sheet(bomb.getvalue(), "xlsx"),
        sheet(b"PK\x03\x04 broken", "xlsx"),
        sheet(workbook([["sku", "quantity"]])[:-30], "xlsx"),
        sheet(workbook([["sku", "quantity"]]), "xlsx", sheet="Other"),
        sheet(wide),
        sheet(long),
        sheet(b"\xff\xfe\x00"),
        sheet('sku,quantity\n"unfinished'),
        sheet(""),
    ):
        answer = await shop.api.post(path, body)
        assert (answer.status_code, answer.json()["code"]) == (422, "sheet-cannot-be-read")


async def test_a_contracted_price_is_for_whom_it_was_contracted(shop: World) -> None:
    customer = await shop.customer()
    rule = {
        "key": "frame", "kind": "contracted", "sku": "BK-1", "currency": "EUR",
        "unit_price": "777", "customer_id": str(customer),
    }  # fmt: skip
    drafted = await shop.api.post(
        "/v1/price-books", {"key": "deals", "name": "Deals", "rules": [rule]}
    )
    assert drafted.status_code == 201, drafted.text
    published = await shop.api.post(
        f"/v1/price-books/{drafted.json()['id']}/publish", {"valid_from": "2020-01-01"}, version=1
    )
    assert published.status_code == 200, published.text
    for whose, price in ((customer, "777"), (await shop.customer(), "900")):
        quote = await shop.api.post(QUOTES, {"customer_id": str(whose), "lines": [of("BK-1")]})
        assert quote.json()["net"] == price


async def test_five_thousand_lines_are_put_up_for_approval_sent_and_accepted(shop: World) -> None:
    lines = [{"sku": "BK-1" if n % 2 else "PT-LOCK", "quantity": "1"} for n in range(5_000)]
    body = {"customer_id": str(await shop.customer()), "lines": lines}
    made = await shop.api.post(QUOTES, body)
    assert made.status_code == 201, made.text
    path = f"{QUOTES}/{made.json()['id']}"
    submitted = await shop.api.post(f"{path}/submit", {}, version=made.json()["version"])
    assert (submitted.status_code, submitted.json()["status"]) == (200, "approved")
    sent = await shop.api.post(f"{path}/send", {})
    assert sent.status_code == 200, sent.text
    accepted = await shop.api.post(
        f"{path}/accept", {"content_hash": sent.json()["content_hash"], "accepted_by": "Petra"}
    )
    assert accepted.status_code == 200, accepted.text
    name, _, event = (await shop.said())[-1]
    assert (name, len(event["lines"])) == ("QuoteAccepted", 5_000)
    more = await shop.api.post(QUOTES, body | {"lines": [*lines, lines[0]]})
    assert more.status_code == 422
