"""The customer's page: the whole story, its sources, its age, and what it costs."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import event as sqlalchemy_event

from contracts import Event, MoneyV1
from contracts.cpq import QuoteAcceptedV1, QuoteCreatedV1, QuoteSentV1
from contracts.erp import (
    CreditStatusChangedV1,
    InvoiceIssuedV1,
    InvoiceOverdueV1,
    InvoicePaidV1,
    InvoicePartiallyPaidV1,
    OrderConfirmedV1,
    OrderHeldV1,
    OrderInvoicedV1,
    OrderPlacedV1,
    OrderReasonV1,
    OrderReleasedV1,
    OrderShippedV1,
    PaymentReceivedV1,
)
from servicekit.testing.http import Api
from servicekit.testing.postgres import ServiceDatabase

COMPANY, ACCOUNT = UUID(int=1), UUID(int=2)


def euros(amount: str) -> MoneyV1:
    return MoneyV1(amount=Decimal(amount), currency="EUR")


class Story:
    """What CPQ and ERP say while one quote becomes an order, an invoice and a payment."""

    def __init__(self, customer_id: str, opportunity_id: str | None = None) -> None:
        self.customer_id = UUID(customer_id)
        self.quote_id, self.order_id, self.invoice_id = uuid4(), uuid4(), uuid4()
        self.quote: dict[str, Any] = {
            "quote_id": self.quote_id,
            "quote_number": "Q-1",
            "revision": 1,
            "customer_id": self.customer_id,
            "opportunity_id": opportunity_id,
            "currency": "EUR",
        }
        self.invoice: dict[str, Any] = {
            "invoice_id": self.invoice_id,
            "invoice_number": "I-1",
            "company_id": COMPANY,
            "customer_id": self.customer_id,
            "account_id": ACCOUNT,
            "order_id": self.order_id,
            "currency": "EUR",
        }

    def order(self, status: str) -> dict[str, Any]:
        return {
            "order_id": self.order_id,
            "order_number": "O-1",
            "company_id": COMPANY,
            "customer_id": self.customer_id,
            "quote_id": self.quote_id,
            "status": status,
        }

    def credit(self, exposure: str, overdue: str = "0", state: str = "ok") -> Event:
        return CreditStatusChangedV1(
            account_id=ACCOUNT,
            customer_id=self.customer_id,
            company_id=COMPANY,
            currency="EUR",
            credit_limit=euros("1000"),
            open_items=euros(exposure),
            open_orders=euros("0"),
            exposure=euros(exposure),
            overdue=euros(overdue),
            headroom=euros(str(Decimal(1000) - Decimal(exposure))),
            state=state,
            payment_terms_days=30,
            as_of=datetime(2026, 1, 5, 9, tzinfo=UTC),
        )

    def until_held(self) -> list[Event]:
        net, tax, gross = euros("100"), euros("19"), euros("119")
        return [
            QuoteCreatedV1(**self.quote),
            QuoteSentV1(**self.quote, net=net, gross_estimate=gross, valid_until=date(2026, 2, 1)),
            QuoteAcceptedV1(
                **self.quote,
                accepted_at=datetime(2026, 1, 5, 9, tzinfo=UTC),
                accepted_on=date(2026, 1, 5),
                accepted_by="Marit",
                content_hash="ab" * 32,
                lines=[],
                net=net,
                tax_estimate=tax,
                gross_estimate=gross,
            ),
            OrderPlacedV1(
                **self.order("placed"),
                currency="EUR",
                ordered_on=date(2026, 1, 5),
                lines=[],
                net=net,
                tax=tax,
                gross=gross,
            ),
            OrderHeldV1(
                **self.order("held"),
                reasons=[OrderReasonV1(code="credit-limit-exceeded", message="Over the limit")],
            ),
        ]

    def until_overdue(self) -> list[Event]:
        return [
            OrderReleasedV1(**self.order("placed"), released_by="fay", reason="Good payer"),
            OrderConfirmedV1(**self.order("confirmed"), promised_on=date(2026, 1, 7)),
            OrderShippedV1(
                **self.order("shipped"),
                shipment_id=uuid4(),
                shipment_number="S-1",
                shipped_on=date(2026, 1, 5),
                lines=[],
                complete=True,
            ),
            InvoiceIssuedV1(
                **self.invoice,
                issued_on=date(2026, 1, 5),
                due_on=date(2026, 2, 4),
                net=euros("100"),
                tax=euros("19"),
                gross=euros("119"),
            ),
            OrderInvoicedV1(
                **self.order("invoiced"),
                invoice_id=self.invoice_id,
                invoice_number="I-1",
                gross=euros("119"),
                complete=True,
            ),
            InvoicePartiallyPaidV1(
                **self.invoice, paid=euros("19"), open=euros("100"), on=date(2026, 1, 6)
            ),
            InvoiceOverdueV1(
                **self.invoice, due_on=date(2026, 2, 4), open=euros("100"), on=date(2026, 2, 5)
            ),
            self.credit("100", overdue="100", state="warning"),
        ]

    def until_paid(self) -> list[Event]:
        return [
            PaymentReceivedV1(
                payment_id=uuid4(),
                payment_number="P-1",
                company_id=COMPANY,
                customer_id=self.customer_id,
                account_id=ACCOUNT,
                amount=euros("100"),
                received_on=date(2026, 2, 10),
                method="bank-transfer",
                unallocated=euros("0"),
            ),
            InvoicePaidV1(**self.invoice, paid=euros("119"), paid_on=date(2026, 2, 10)),
            self.credit("0"),
        ]

    def events(self) -> list[Event]:
        return [*self.until_held(), *self.until_overdue(), *self.until_paid()]


async def a_customer(api: Api) -> str:
    answer = await api.post(
        "/v1/customers", {"name": "Acme", "contacts": [{"name": "Marit"}, {"name": "Bo"}]}
    )
    return str(answer.json()["id"])


async def test_the_page_follows_the_story_from_quote_to_cash(
    api: Api, database: ServiceDatabase, mailman: Any
) -> None:
    acme = await a_customer(api)
    opportunity = (
        await api.post("/v1/opportunities", {"customer_id": acme, "name": "Machines"})
    ).json()
    story, path = Story(acme, opportunity["id"]), f"/v1/customers/{acme}/overview"
    before = (await api.get(path)).json()

    await mailman.announce(*story.until_held())
    held = (await api.get(path)).json()
    database.clock.advance(hours=1)
    await mailman.announce(*story.until_overdue())
    overdue = (await api.get(path)).json()
    await mailman.announce(*story.until_paid())
    paid = (await api.get(path)).json()

    assert [o["name"] for o in before["opportunities"]] == ["Machines"]
    assert (before["credit"], before["owed"], before["stale"]) == ([], [], False)
    assert [person["name"] for person in before["contacts"]] == ["Bo", "Marit"]

    assert held["opportunities"] == [], "the accepted quote has won it"
    assert (held["quotes"][0]["status"], held["quotes"][0]["net"]["amount"]) == ("accepted", "100")
    assert held["orders"][0]["status"] == "held"
    assert held["orders"][0]["reasons"] == [
        {"code": "credit-limit-exceeded", "message": "Over the limit"}
    ]
    assert [moment["kind"] for moment in held["timeline"]].count("quote") == 3

    assert overdue["orders"][0]["status"] == "invoiced"
    assert overdue["orders"][0]["reasons"] == []
    assert overdue["quotes"][0]["source"]["age_seconds"] == 3600
    (invoice,) = overdue["invoices"]
    assert (invoice["status"], invoice["open"]["amount"]) == ("overdue", "100")
    (owed,) = overdue["owed"]
    assert (owed["open"]["amount"], owed["overdue"]["amount"]) == ("100", "100")
    assert (owed["open_invoices"], owed["overdue_invoices"]) == (1, 1)
    (credit,) = overdue["credit"]
    assert (credit["state"], credit["headroom"]["amount"]) == ("warning", "900")
    assert credit["source"]["event_type"] == "tradewind.erp.credit-status-changed.v1"
    assert credit["source"]["sequence"] == 1

    assert (paid["invoices"][0]["status"], paid["owed"]) == ("paid", [])
    assert paid["credit"][0]["headroom"] == {"amount": "1000", "currency": "EUR"}
    assert paid["payments"][0]["amount"] == {"amount": "100", "currency": "EUR"}


async def test_what_may_have_changed_goes_stale_past_its_budget_and_the_rest_does_not(
    api: Api, database: ServiceDatabase, mailman: Any
) -> None:
    acme = await a_customer(api)
    story, path = Story(acme), f"/v1/customers/{acme}/overview"
    await mailman.announce(*story.until_held(), *story.until_overdue())

    async def stale() -> dict[str, bool]:
        page = (await api.get(path)).json()
        return {
            "quote": page["quotes"][0]["source"]["stale"],
            "invoice": page["invoices"][0]["source"]["stale"],
            "owed": page["owed"][0]["stale"],
            "credit": page["credit"][0]["source"]["stale"],
            "page": page["stale"],
        }

    fresh = {"quote": False, "invoice": False, "owed": False, "credit": False, "page": False}
    assert await stale() == fresh
    database.clock.advance(days=2)
    assert await stale() == {**fresh, "credit": True, "page": True}
    database.clock.advance(days=6)
    assert await stale() == {**dict.fromkeys(fresh, True), "quote": False}


async def test_the_page_costs_the_same_however_much_there_is_to_show(
    api: Api, database: ServiceDatabase, mailman: Any
) -> None:
    acme = await a_customer(api)
    statements: list[str] = []
    engine = database.app.engine.sync_engine

    @sqlalchemy_event.listens_for(engine, "before_cursor_execute")
    def count(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        statements.append(statement)

    async def cost() -> int:
        statements.clear()
        assert (await api.get(f"/v1/customers/{acme}/overview")).status_code == 200
        return len(statements)

    empty = await cost()
    for _ in range(3):
        await mailman.announce(*Story(acme).until_held())
        await api.post("/v1/opportunities", {"customer_id": acme, "name": "More"})
        await api.post(f"/v1/customers/{acme}/contacts", {"name": "More"})

    assert await cost() == empty == 11


PROJECTED = {
    "quote_quote": "quote_id",
    "order_order": "order_id",
    "invoice_invoice": "invoice_id",
    "payment_payment": "payment_id",
    "credit_status": "account_id",
    "interactions_foreign_fact": "id",
}


async def everything_told(rows: Any) -> dict[str, list[tuple[Any, ...]]]:
    # Where a row stands in the stream is new after a rebuild; what it says is not.
    return {
        table: await rows(
            f"SELECT (to_jsonb(t) - 'written_in' - 'position')::text FROM {table} t ORDER BY {key}"
        )
        for table, key in PROJECTED.items()
    }


async def test_told_twice_or_rebuilt_from_nothing_it_is_the_same(
    api: Api, database: ServiceDatabase, mailman: Any, rows: Any
) -> None:
    acme = await a_customer(api)
    letters = await mailman.announce(*Story(acme).events())
    once = await everything_told(rows)
    assert all(once.values())

    await mailman.deliver(*letters)
    assert await everything_told(rows) == once

    for table in (*PROJECTED, "platform_aggregate_mark", "platform_consumer_offset"):
        await rows(f"DELETE FROM {table}")
    mailman.offsets.clear()
    await mailman.deliver(*letters)
    assert await everything_told(rows) == once
