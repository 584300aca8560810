"""`make demo`: the quote-to-cash story, told with the running services."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from rich.console import Console
from rich.table import Table

from operations.clients import CallRefused, Endpoints, Services, ServiceUnreachable
from operations.story import QuoteToCash, StoryStuck

TENANT: Final = "demo"


async def tell_the_story(endpoints: Endpoints, console: Console) -> None:
    """Run quote to cash as a seller, a warehouse clerk and an accountant, and print it."""
    narrator = Narrator(console)
    async with (
        _signed_in(endpoints, "sales") as seller,
        _signed_in(endpoints, "warehouse") as warehouse,
        _signed_in(endpoints, "finance") as finance,
    ):
        page = await QuoteToCash(seller, warehouse, finance, narrator.tell).run()
    customer = page["customer"]
    console.print()
    console.print(
        f"[bold green]From quote to cash in {narrator.seconds():.1f} s.[/bold green] "
        f"Look at {endpoints.crm}/docs, or read the page again:",
        highlight=False,
    )
    console.print(
        f'curl -s -H "Authorization: Bearer $(make -s token)" '
        f"{endpoints.crm}/v1/customers/{customer['id']}/overview",
        highlight=False,
        soft_wrap=True,
    )


def _signed_in(endpoints: Endpoints, role: str) -> Services:
    client = f"{TENANT}-{role}"
    return Services(endpoints, client, f"{client}-secret")


class Narrator:
    """Prints chapters with the seconds since the story began."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._begun = time.monotonic()
        self._tellers: dict[str, Callable[[dict[str, Any]], None]] = {
            "quote": self._quote,
            "page": self._page,
        }

    def seconds(self) -> float:
        """How long the story has taken so far."""
        return time.monotonic() - self._begun

    def tell(self, chapter: str, document: dict[str, Any]) -> None:
        """Print one chapter."""
        teller = self._tellers.get(chapter)
        if teller is not None:
            teller(document)
            return
        self._line(*_sentence(chapter, document))

    def _line(self, service: str, sentence: str) -> None:
        self._console.print(
            f"[dim]{self.seconds():6.2f} s[/dim]  [bold cyan]{service:<4}[/bold cyan] {sentence}",
            highlight=False,
        )

    def _quote(self, quote: dict[str, Any]) -> None:
        self._line("CPQ", f"quote {quote['number']} is priced on live facts")
        table = Table(box=None, pad_edge=False, padding=(0, 2))
        for heading in ("item", "quantity", "list", "net", "because", "amount", "stock", "margin"):
            left = heading in ("item", "because")
            table.add_column(heading, justify="left" if left else "right")
        for line in quote["lines"]:
            stock = line["stock"] or {}
            margin = line["margin"] or {}
            table.add_row(
                f"{line['sku']} {line['name']}",
                line["quantity"],
                str(line["list_unit_price"]),
                line["net_unit_price"],
                ", ".join(_steps(line["waterfall"])) or "list price",
                line["shown_amount"],
                str(stock.get("verdict", "unknown")),
                _percent(margin.get("fraction")),
            )
        self._console.print(table)
        credit = quote["credit"] or {}
        source = credit.get("source") or {}
        self._console.print(
            f"          net {quote['net']}, tax (estimate) {quote['tax_estimate']}, gross "
            f"{quote['gross_estimate']} {quote['currency']}; credit: {credit.get('verdict')}, "
            f"from {source.get('event_type')}, {source.get('age_seconds')} s old",
            highlight=False,
        )

    def _page(self, page: dict[str, Any]) -> None:
        self._line("CRM", "the customer's page shows it all, each fact with source and age")
        table = Table(box=None, pad_edge=False, padding=(0, 2))
        for heading in ("what", "number", "status", "amount", "source event", "age"):
            table.add_column(heading)
        rows = [
            *(("quote", one, one["gross_estimate"]) for one in page["quotes"]),
            *(("order", one, one["gross"]) for one in page["orders"]),
            *(("invoice", one, one["gross"]) for one in page["invoices"]),
            *(
                ("payment", {**one, "status": "received"}, one["amount"])
                for one in page["payments"]
            ),
        ]
        for what, one, money in rows:
            amount = f"{money['amount']} {money['currency']}" if money else ""
            source = one["source"]
            table.add_row(
                what,
                one["number"],
                one["status"],
                amount,
                source["event_type"],
                f"{source['age_seconds']} s",
            )
        self._console.print(table)


def _sentence(chapter: str, document: dict[str, Any]) -> tuple[str, str]:
    match chapter:
        case "customer":
            return "CRM", f"customer {document['number']} {document['name']} is created"
        case "interaction":
            return "CRM", f"a call is noted: {document['subject']}"
        case "offer":
            content_hash = document["content_hash"][:12]
            return "CPQ", f"the offer is sent; its content hash begins with {content_hash}"
        case "acceptance":
            return "CPQ", f"{document['accepted_by']} accepts exactly that"
        case "order":
            return "ERP", f"order {document['number']} is {document['status']}"
        case "shipment":
            return "ERP", f"shipment {document['number']} leaves; cost of goods is booked"
        case "invoice":
            return (
                "ERP",
                f"invoice {document['number']}: {document['gross']} {document['currency']}, "
                f"due {document['due_on']}",
            )
        case "payment":
            return "ERP", f"payment {document['number']} of {document['amount']} settles it"
        case _:
            return "", chapter


def _steps(waterfall: Sequence[Mapping[str, Any]]) -> list[str]:
    """What made the price another than the list's, in the order in which it did."""
    return [
        str(step["step"])
        for step in waterfall
        if step["input"] is not None and Decimal(step["input"]) != Decimal(step["output"])
    ]


def _percent(fraction: str | None) -> str:
    return "unknown" if fraction is None else f"{Decimal(fraction):.1%}"


def main(arguments: Sequence[str]) -> int:
    """Tell the story; the exit status says whether it ended well."""
    from operations.cli import endpoints

    console = Console()
    try:
        asyncio.run(tell_the_story(endpoints(), console))
    except (CallRefused, ServiceUnreachable, StoryStuck) as error:
        console.print(f"[red]{error}[/red]", highlight=False, soft_wrap=True)
        return 1
    return 0
