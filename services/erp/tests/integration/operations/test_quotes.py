"""An accepted quote becomes an order: confirmed, held or rejected, once, and never half of one."""

from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest

from contracts.base import MoneyV1
from contracts.cpq.quote import QuoteAcceptedV1, QuotedLineV1
from erp.sales_orders.handlers import open_order
from servicekit.testing.postgres import ServiceDatabase
from servicekit.uow import Principal

AcceptsQuotes = Callable[[QuoteAcceptedV1], Awaitable[None]]


@pytest.fixture
def accepted(erp_database: ServiceDatabase) -> AcceptsQuotes:
    """Lets CPQ tell of an accepted quote."""

    async def tell(event: QuoteAcceptedV1) -> None:
        async with erp_database.app.unit_of_work(Principal.of_service("erp", "acme")) as uow:
            await open_order(event, uow)

    return tell


def quote(shop: Any, lines: dict[str, tuple[str, str]], **more: Any) -> QuoteAcceptedV1:
    """A quote over quantities at net unit prices, by SKU."""
    quoted = [
        QuotedLineV1(
            line_id=uuid4(),
            position=position,
            item_id=UUID(shop.items[sku]["id"]) if sku in shop.items else uuid4(),
            sku=sku,
            name=sku.title(),
            quantity=Decimal(quantity),
            unit=shop.items[sku]["unit"] if sku in shop.items else "each",
            net_unit_price=Decimal(price),
            discount_fraction=Decimal(0),
            net_amount=Decimal(quantity) * Decimal(price),
            tax_category="standard",
            tax_rate=Decimal("0.2"),
        )
        for position, (sku, (quantity, price)) in enumerate(lines.items(), start=1)
    ]
    net = sum((line.net_amount for line in quoted), Decimal(0)).quantize(Decimal("0.01"))
    currency = more.get("currency", "EUR")
    fields: dict[str, Any] = {
        "quote_id": uuid4(),
        "quote_number": "Q-000001",
        "revision": 1,
        "customer_id": UUID(shop.account["customer_id"]),
        "currency": currency,
        "accepted_at": datetime(2026, 1, 5, 9, tzinfo=UTC),
        "accepted_on": date(2026, 1, 4),
        "accepted_by": "Ada",
        "content_hash": "00",
        "lines": quoted,
        "net": MoneyV1(amount=net, currency=currency),
        "tax_estimate": MoneyV1(amount=Decimal(0), currency=currency),
        "gross_estimate": MoneyV1(amount=net, currency=currency),
    }
    return QuoteAcceptedV1(**(fields | more))


async def the_order(shop: Any, event: QuoteAcceptedV1) -> Any:
    [found] = (await shop.read("/v1/orders", quote_id=str(event.quote_id)))["items"]
    return found


async def test_a_quote_becomes_a_confirmed_order_with_its_own_prices_and_day(
    shop: Any, accepted: AcceptsQuotes
) -> None:
    await shop.receive("GRINDER", "10")
    event = quote(
        shop,
        {"GRINDER": ("3", "9.995"), "SETUP": ("1", "40")},
        external_reference="old:7",
        requested_on=date(2026, 2, 1),
    )

    await accepted(event)

    order = await the_order(shop, event)
    assert (order["status"], order["ordered_on"], order["promised_on"]) == (
        "confirmed",
        "2026-01-04",
        "2026-02-01",
    )
    # 3 x 9.995 + 40 = 69.985: rounded once, half away from zero.
    assert order["net"] == "69.99"
    assert order["lines"][0]["net_amount"] == "29.985"
    assert order["external_reference"] == "old:7"
    reason = "As accepted in quote Q-000001."
    assert [(line["list_unit_price"], line["price_reason"]) for line in order["lines"]] == [
        ("10", reason),
        ("50", reason),
    ]
    assert await shop.events("erp.order") == ["order-placed", "order-confirmed"]


async def test_the_same_quote_twice_opens_one_order(shop: Any, accepted: AcceptsQuotes) -> None:
    await shop.receive("GRINDER", "10")
    event = quote(shop, {"GRINDER": ("3", "10")})

    await accepted(event)
    await accepted(event)

    assert (await the_order(shop, event))["status"] == "confirmed"
    assert await shop.stock("GRINDER") == ("10", "3")
    assert len(await shop.events("erp.order")) == 2


async def test_a_quote_beyond_stock_and_credit_is_held_with_both_reasons(
    shop: Any, accepted: AcceptsQuotes
) -> None:
    await shop.erp.patch(
        f"/v1/accounts/{shop.account['id']}",
        {"credit_limit": "10"},
        version=shop.account["version"],
    )
    event = quote(shop, {"GRINDER": ("3", "10")})

    await accepted(event)

    order = await the_order(shop, event)
    assert order["status"] == "held"
    assert [hold["code"] for hold in order["holds"]] == ["credit-limit-exceeded", "stock-short"]

    await shop.receive("GRINDER", "10")
    await shop.run_jobs()
    order = await the_order(shop, event)
    assert order["status"] == "held"
    assert [hold["code"] for hold in order["holds"]] == ["credit-limit-exceeded"]


async def test_a_quote_of_a_customer_that_is_inactive_by_now_is_held_until_somebody_decides(
    shop: Any, accepted: AcceptsQuotes, customer_created: Any
) -> None:
    await shop.receive("GRINDER", "10")
    await customer_created(known=UUID(shop.account["customer_id"]), active=False)
    event = quote(shop, {"GRINDER": ("3", "10")})

    await accepted(event)

    order = await the_order(shop, event)
    assert (order["status"], [hold["code"] for hold in order["holds"]]) == (
        "held",
        ["customer-inactive"],
    )
    assert await shop.stock("GRINDER") == ("10", "3")
    assert await shop.events("erp.order") == ["order-placed", "order-held"]
    refused = await shop.erp.post(f"/v1/orders/{order['id']}/shipments", {})
    assert refused.json()["code"] == "order-is-on-hold"
    released = await shop.erp.post(
        f"/v1/orders/{order['id']}/release", {"reason": "They pay in advance."}
    )
    assert released.json()["status"] == "confirmed"


@pytest.mark.parametrize(
    ("lines", "more", "code"),
    [
        ({"NEVER-WAS": ("1", "10")}, {}, "item-unknown"),
        ({"GRINDER": ("1", "10")}, {"currency": "USD"}, "currency-differs"),
    ],
)
async def test_a_quote_that_can_never_be_delivered_is_rejected_and_claims_nothing(
    shop: Any, accepted: AcceptsQuotes, lines: Any, more: Any, code: str
) -> None:
    await shop.receive("GRINDER", "10")
    event = quote(shop, lines, **more)

    await accepted(event)

    order = await the_order(shop, event)
    assert (order["status"], [hold["code"] for hold in order["holds"]]) == ("rejected", [code])
    assert await shop.events("erp.order") == ["order-placed", "order-rejected"]
    assert await shop.stock("GRINDER") == ("10", "0")
    assert (await shop.read(f"/v1/accounts/{shop.account['id']}"))["open_orders"] == "0"
    for step in ("shipments", "invoices", "cancel", "release"):
        body = {"reason": "Trying"} if step in ("cancel", "release") else {}
        answer = await shop.erp.post(f"/v1/orders/{order['id']}/{step}", body)
        assert answer.status_code == 409, (step, answer.text)


def with_line(event: QuoteAcceptedV1, **more: Any) -> QuoteAcceptedV1:
    """The quote with its first line changed."""
    return event.model_copy(update={"lines": [event.lines[0].model_copy(update=more)]})


@pytest.mark.parametrize(
    ("line", "more", "code", "kept"),
    [
        ({"quantity": Decimal("0.5")}, {}, "quantity-too-fine", 1),
        ({"tax_category": "unheard-of"}, {}, "tax-rate-missing", 1),
        ({}, {"accepted_on": date(1901, 1, 1)}, "tax-rate-missing", 1),
        ({"net_amount": Decimal(10) ** 12}, {}, "line-out-of-range", 0),
        ({"net_amount": Decimal(10) ** 25}, {}, "line-out-of-range", 0),
        ({"net_amount": Decimal(10) ** 12 - 1}, {}, "total-out-of-range", 1),
        ({"net_amount": Decimal(-5)}, {}, "total-out-of-range", 1),
        ({}, {"selling_company_id": uuid4()}, "company-unknown", 1),
    ],
)
async def test_what_no_time_mends_rejects_the_quote_with_its_reason_and_never_parks_it(
    shop: Any, accepted: AcceptsQuotes, line: Any, more: Any, code: str, kept: int
) -> None:
    await shop.receive("GRINDER", "10")
    event = with_line(quote(shop, {"GRINDER": ("1", "10")}, **more), **line)
    if "net_amount" in line:
        total = MoneyV1(amount=line["net_amount"], currency="EUR")
        event = event.model_copy(update={"net": total, "gross_estimate": total})

    await accepted(event)
    await accepted(event)

    order = await the_order(shop, event)
    assert (order["status"], [hold["code"] for hold in order["holds"]]) == ("rejected", [code])
    assert len(order["lines"]) == kept
    assert order["company_id"] == shop.account["company_id"]
    assert await shop.events("erp.order") == ["order-placed", "order-rejected"]
    assert await shop.stock("GRINDER") == ("10", "0")
    assert (await shop.read(f"/v1/accounts/{shop.account['id']}"))["open_orders"] == "0"


async def test_a_quote_whose_reference_is_another_order_is_rejected_without_it(
    shop: Any, accepted: AcceptsQuotes
) -> None:
    await shop.order({"SETUP": "1"}, external_reference="old:7")
    event = quote(shop, {"SETUP": ("1", "40")}, external_reference="old:7")

    await accepted(event)

    order = await the_order(shop, event)
    assert (order["status"], order["external_reference"]) == ("rejected", None)
    assert [hold["code"] for hold in order["holds"]] == ["reference-taken"]


async def test_a_discontinued_item_rejects_the_quote(shop: Any, accepted: AcceptsQuotes) -> None:
    item = shop.items["GRINDER"]
    await shop.erp.post(
        f"/v1/items/{item['id']}/discontinue", {"reason": "Replaced"}, version=item["version"]
    )
    event = quote(shop, {"GRINDER": ("1", "10"), "SETUP": ("1", "40")})

    await accepted(event)

    order = await the_order(shop, event)
    assert (order["status"], [h["code"] for h in order["holds"]]) == (
        "rejected",
        ["item-discontinued"],
    )


async def test_a_quote_of_a_customer_not_heard_of_yet_opens_the_account(
    shop: Any, accepted: AcceptsQuotes
) -> None:
    event = quote(shop, {"SETUP": ("1", "40")}, customer_id=uuid4(), currency="USD")

    await accepted(event)

    order = await the_order(shop, event)
    assert (order["status"], order["currency"]) == ("confirmed", "USD")


async def test_a_quote_of_five_thousand_lines_is_one_order(
    shop: Any, accepted: AcceptsQuotes
) -> None:
    await shop.receive("GRINDER", "10000")
    one = quote(shop, {"GRINDER": ("1", "9.99"), "SETUP": ("1", "0.01")})
    lines = [
        one.lines[number % 2].model_copy(update={"line_id": uuid4(), "position": number + 1})
        for number in range(5_000)
    ]
    net = MoneyV1(amount=Decimal("25000.00"), currency="EUR")
    event = one.model_copy(update={"lines": lines, "net": net, "gross_estimate": net})

    await accepted(event)

    order = await the_order(shop, event)
    assert (order["status"], order["net"]) == ("confirmed", "25000")
    assert await shop.stock("GRINDER") == ("10000", "2500")
