"""Quote to cash as one story over the public APIs, for `make demo` and the journey test."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from operations.clients import CallRefused, Services

PATIENCE_SECONDS: Final = 60.0
PAUSE_SECONDS: Final = 0.1

Tell = Callable[[str, dict[str, Any]], None]


class StoryStuck(Exception):
    """Something that follows from an event did not come within the patience."""


async def soon(
    what: str,
    ask: Callable[[], Awaitable[Any]],
    *,
    until: Callable[[Any], bool],
    passing: frozenset[str] | set[str] = frozenset(),
) -> Any:
    """Ask until the answer is as it will be once the event has crossed.

    Refusals whose code is in ``passing`` count as not yet.

    Raises:
        CallRefused: any other refusal.
        StoryStuck: not within a minute.
    """
    give_up_at = time.monotonic() + PATIENCE_SECONDS
    last: object = None
    while time.monotonic() < give_up_at:
        try:
            last = await ask()
            if until(last):
                return last
        except CallRefused as refused:
            if refused.code not in passing:
                raise
            last = refused
        await asyncio.sleep(PAUSE_SECONDS)
    raise StoryStuck(f"{what}: not within {PATIENCE_SECONDS:.0f} s; last seen: {last}")


@dataclass(slots=True)
class QuoteToCash:
    """One customer from the first call to the paid invoice.

    ``seller``, ``warehouse`` and ``finance`` are three principals: who sells does not ship, and
    who ships does not take the money. ``tell`` hears each chapter with the document it produced.
    """

    seller: Services
    warehouse: Services
    finance: Services
    tell: Tell
    name: str = "Quayside Coffee House"
    lines: tuple[Mapping[str, str], ...] = (
        {"sku": "ESP-100", "quantity": "2"},
        {"sku": "GRD-100", "quantity": "5"},
        {
            "sku": "ACC-060",
            "quantity": "10",
            "agreed_unit_price": "15.00",
            "agreed_reason": "Promised on the telephone",
        },
    )
    chapters: dict[str, dict[str, Any]] = field(default_factory=dict)

    async def run(self) -> dict[str, Any]:
        """Tell it all; answers with the customer's page at the end.

        Raises:
            CallRefused: a service refused a step.
            StoryStuck: an event did not cross within a minute.
        """
        customer = await self._customer()
        quote = await self._quote(customer)
        order = await self._acceptance(quote)
        await self._shipment(order)
        invoice = await self._invoice(order)
        await self._payment(customer, invoice)
        return await self._page(customer, invoice)

    async def _customer(self) -> dict[str, Any]:
        customer = await self.seller.post(
            "crm",
            "/v1/customers",
            {
                "name": f"{self.name} {uuid.uuid4().hex[:6]}",
                "tier": "gold",
                "currency": "EUR",
                "email": "orders@quayside.example",
                "addresses": [
                    {
                        "kind": "billing",
                        "line1": "Oosterkade 7",
                        "city": "Rotterdam",
                        "postal_code": "3011 TV",
                        "country": "NL",
                    }
                ],
                "contacts": [{"name": "Noor Visser", "job_title": "Owner"}],
            },
        )
        self._chapter("customer", customer)
        call = await self.seller.post(
            "crm",
            f"/v1/customers/{customer['id']}/interactions",
            {
                "kind": "call",
                "direction": "inbound",
                "subject": "Opening a second bar in spring, needs two machines",
                "occurred_at": datetime.now(UTC).isoformat(),
            },
        )
        self._chapter("interaction", call)
        return dict(customer)

    async def _quote(self, customer: dict[str, Any]) -> dict[str, Any]:
        body = {"customer_id": customer["id"], "lines": [*map(dict, self.lines)]}
        draft = await soon(
            "CPQ hears of the customer",
            lambda: self.seller.post("cpq", "/v1/quotes", body),
            until=lambda _: True,
            passing={"customer-not-known", "item-not-known", "item-not-for-sale"},
        )
        quote = await soon(
            "CPQ hears of the customer's credit",
            lambda: self.seller.get("cpq", f"/v1/quotes/{draft['id']}"),
            until=lambda found: found["credit"] is not None,
        )
        self._chapter("quote", quote)
        sent = await self.seller.post("cpq", f"/v1/quotes/{quote['id']}/send", {})
        self._chapter("offer", sent)
        return dict(sent)

    async def _acceptance(self, quote: dict[str, Any]) -> dict[str, Any]:
        accepted = await self.seller.post(
            "cpq",
            f"/v1/quotes/{quote['id']}/accept",
            {"content_hash": quote["content_hash"], "accepted_by": "Noor Visser"},
        )
        self._chapter("acceptance", accepted)
        found = await soon(
            "the ERP opens the order",
            lambda: self.warehouse.get("erp", "/v1/orders", quote_id=quote["id"]),
            until=lambda page: bool(page["items"]) and page["items"][0]["status"] != "placed",
        )
        order = dict(found["items"][0])
        self._chapter("order", order)
        return order

    async def _shipment(self, order: dict[str, Any]) -> None:
        shipment = await self.warehouse.post("erp", f"/v1/orders/{order['id']}/shipments", {})
        self._chapter("shipment", shipment)

    async def _invoice(self, order: dict[str, Any]) -> dict[str, Any]:
        invoiced = await self.finance.post("erp", f"/v1/orders/{order['id']}/invoices", {})
        page = await self.finance.get("erp", "/v1/invoices", order_id=order["id"])
        invoice = await self.finance.get("erp", f"/v1/invoices/{page['items'][0]['id']}")
        self.chapters["invoicing"] = dict(invoiced)
        self._chapter("invoice", invoice)
        return dict(invoice)

    async def _payment(self, customer: dict[str, Any], invoice: dict[str, Any]) -> None:
        payment = await self.finance.post(
            "erp",
            "/v1/payments",
            {
                "customer_id": customer["id"],
                "amount": invoice["gross"],
                "currency": invoice["currency"],
                "reference": invoice["number"],
            },
        )
        self._chapter("payment", payment)

    async def _page(self, customer: dict[str, Any], invoice: dict[str, Any]) -> dict[str, Any]:
        page = await soon(
            "the customer's page shows the paid invoice",
            lambda: self.seller.get("crm", f"/v1/customers/{customer['id']}/overview"),
            until=lambda page: (
                [one["status"] for one in page["invoices"] if one["id"] == invoice["id"]]
                == ["paid"]
                and bool(page["payments"])
            ),
        )
        self._chapter("page", page)
        return dict(page)

    def _chapter(self, name: str, document: dict[str, Any]) -> None:
        self.chapters[name] = dict(document)
        self.tell(name, dict(document))
