"""One history of everything that finance does, at random: whatever happens, the books are right.

Customers and suppliers, three currencies, terms and discounts, payments, allocations and their
undoing, payments that come back, credit notes, write-offs, tolerated differences, refunds, dunning,
credit releases, orders with down payments, invoiced one by one or together, revaluations, entries
by hand, drafts and their reversal, backdating and closed days, some of them for good, one after
another in one company.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from servicekit.testing.http import Api
from servicekit.testing.postgres import ServiceDatabase

FIRST, LAST = date(2025, 1, 1), date(2026, 1, 5)
RESULT = ("4800", "4810", "6800", "6810")
"""The standard chart's gains and losses of exchange, realised and not."""


@dataclass
class History:
    """What was made so far, and how to do something at random with it."""

    erp: Api
    database: ServiceDatabase
    approver: Api
    company: str
    chance: random.Random
    accounts: dict[str, dict[str, Any]]
    supplier: str
    chart: dict[str, str]
    made: dict[str, list[str]] = field(default_factory=dict)
    done: Counter[str] = field(default_factory=Counter)
    kept: list[tuple[dict[str, str], Any]] = field(default_factory=list)
    method: str = "with-reversal"
    final: str | None = None

    def day(self) -> str:
        days = (LAST - FIRST).days
        return str(FIRST + timedelta(days=self.chance.randrange(days + 1)))

    def amount(self, most: int = 900) -> str:
        return str(Decimal(self.chance.randrange(1, most * 100)).scaleb(-2))

    def some(self, kind: str) -> str | None:
        known = self.made.get(kind)
        return self.chance.choice(known) if known else None

    def account(self) -> str:
        return str(self.chance.choice(list(self.accounts.values()))["id"])

    async def post(self, path: str, body: Any, *, kind: str | None = None, **more: Any) -> Any:
        """A command; a rule may refuse it, and nothing else may go wrong."""
        api = more.pop("api", self.erp)
        answer = await api.post(path, body, **more)
        assert answer.status_code < 500, answer.text
        found = answer.json()
        if answer.status_code >= 300:
            assert found["code"] not in ("conflict", "concurrent-change"), (path, body, found)
            self.done[f"{path.split('/')[-1]} refused: {found['code']}"] += 1
            return None
        if kind is not None:
            self.made.setdefault(kind, []).append(found["id"])
        return found

    async def step(self) -> None:
        """Something that a bookkeeper does."""
        deeds = {name: getattr(self, name) for name in dir(self) if name.startswith("do_")}
        weights = {"do_invoice": 5, "do_pay": 5, "do_bill": 3, "do_pay_supplier": 2}
        weights |= {"do_order": 3, "do_ahead": 2, "do_ship": 3, "do_collect": 2}
        name = self.chance.choices(list(deeds), [weights.get(name, 1) for name in deeds])[0]
        await deeds[name]()
        self.done[name] += 1

    async def do_invoice(self) -> None:
        category = self.chance.choice(["standard", "reduced", "zero"])
        lines = [
            {
                "description": "Goods",
                "quantity": str(self.chance.randrange(1, 5)),
                "net_unit_price": self.amount(),
                "tax_category": category,
            }
            for _ in range(self.chance.randrange(1, 4))
        ]
        body = {"account_id": self.account(), "issued_on": self.day(), "lines": lines}
        await self.post("/v1/invoices", body, kind="invoice")

    async def do_pay(self) -> None:
        name, account = self.chance.choice(list(self.accounts.items()))
        body: dict[str, Any] = {
            "account_id": account["id"],
            "amount": self.amount(),
            "received_on": self.day(),
        }
        how = self.chance.randrange(4)
        invoice = self.some("invoice")
        if how == 0:
            body["allocations"] = []
        elif how == 1 and invoice is not None:
            named = {"invoice_id": invoice, "amount": body["amount"]}
            body["allocations"] = [named | {"take_discount": self.chance.random() < 0.5}]
        elif how == 2 and name == "USD":
            body["paid"] = {"amount": self.amount(), "currency": "EUR"}
        found = await self.post("/v1/payments", body, kind="payment")
        for part in (found or {}).get("allocations", []):
            self.made.setdefault("allocation", []).append(part["id"])

    async def do_allocate(self) -> None:
        if payment := self.some("payment"):
            await self.post(f"/v1/payments/{payment}/allocations", {"allocated_on": self.day()})

    async def do_undo(self) -> None:
        if allocation := self.some("allocation"):
            body = {"reason": "A mistake", "undone_on": self.day()}
            await self.post(f"/v1/allocations/{allocation}/undoing", body)

    async def do_bounce(self) -> None:
        body = {"reason": "Account closed", "reason_code": "AC04", "returned_on": self.day()}
        if payment := self.some("payment"):
            await self.post(f"/v1/payments/{payment}/return", body)
        if payment := self.some("supplier-payment"):
            await self.post(f"/v1/supplier-payments/{payment}/return", body)

    async def do_credit(self) -> None:
        if invoice := self.some("invoice"):
            body: dict[str, Any] = {"reason": "Came back", "issued_on": self.day()}
            if self.chance.random() < 0.6:
                body["lines"] = [{"position": 1, "amount": self.amount(50)}]
            await self.post(f"/v1/invoices/{invoice}/credit-notes", body, kind="credit-note")

    async def do_write_off(self) -> None:
        if invoice := self.some("invoice"):
            body: dict[str, Any] = {"reason": "Lost", "written_off_on": self.day()}
            if self.chance.random() < 0.5:
                body["amount"] = self.amount(5)
            await self.post(f"/v1/invoices/{invoice}/write-offs", body, kind="adjustment")

    async def do_refund(self) -> None:
        if document := self.some(self.chance.choice(["payment", "credit-note"])):
            body = {"document_id": document, "refunded_on": self.day(), "reason": "Paid back"}
            await self.post("/v1/refunds", body, kind="adjustment")

    async def do_reverse_adjustment(self) -> None:
        if adjustment := self.some("adjustment"):
            body = {"reason": "A mistake", "reversed_on": self.day()}
            await self.post(f"/v1/adjustments/{adjustment}/reversals", body)

    async def do_dun(self) -> None:
        await self.post("/v1/dunning-runs", {"dunned_on": self.day()})

    async def do_release(self) -> None:
        body = {"account_id": self.account(), "amount": self.amount(), "reason": "A good customer"}
        await self.post("/v1/credit-releases", body | {"until": "2026-12-31"})

    async def do_order(self) -> None:
        account = self.chance.choice(list(self.accounts.values()))
        body: dict[str, Any] = {
            "customer_id": account["customer_id"],
            "ordered_on": self.day(),
            "lines": [
                {"sku": sku, "quantity": str(self.chance.randrange(1, 40))}
                for sku in self.chance.sample(("SETUP", "ADVICE"), self.chance.randrange(1, 3))
            ],
        }
        await self.post("/v1/orders", body, kind="order")

    async def do_release_order(self) -> None:
        if order := self.some("order"):
            await self.post(f"/v1/orders/{order}/release", {"reason": "A good customer"})

    async def do_ahead(self) -> None:
        if order := self.some("order"):
            path = f"/v1/orders/{order}/down-payments"
            body = {"issued_on": self.day()}
            share = str(Decimal(self.chance.randrange(1, 60)).scaleb(-2))
            wanted = {"share": share} if self.chance.random() < 0.7 else {"net": self.amount(30)}
            found = await self.post(path, body | wanted, kind="invoice")
            if found is not None:
                self.made.setdefault("ahead", []).append(f"{path}/{found['id']}/credit-notes")

    async def do_give_back(self) -> None:
        if path := self.some("ahead"):
            await self.post(path, {"reason": "No more", "issued_on": self.day()})

    async def do_ship(self) -> None:
        if order := self.some("order"):
            body: dict[str, Any] = {"shipped_on": self.day()}
            if self.chance.random() < 0.6:
                lines = (await self.erp.get(f"/v1/orders/{order}")).json()["lines"]
                line = self.chance.choice(lines)["id"]
                quantity = str(self.chance.randrange(1, 12))
                body["lines"] = [{"line_id": line, "quantity": quantity}]
            await self.post(f"/v1/orders/{order}/shipments", body)

    async def do_invoice_order(self) -> None:
        if order := self.some("order"):
            body = {"issued_on": self.day()}
            await self.post(f"/v1/orders/{order}/invoices", body, kind="invoice")

    async def do_collect(self) -> None:
        body = {"issued_on": self.day(), "by": self.chance.choice(["account", "reference"])}
        found = await self.post("/v1/collective-invoices", body)
        for one in (found or {}).get("invoices", []):
            self.made.setdefault("invoice", []).append(one["invoice_id"])

    async def do_cancel_order(self) -> None:
        if order := self.some("order"):
            await self.post(f"/v1/orders/{order}/cancel", {"reason": "No more"})

    async def do_draft(self) -> None:
        amount = self.amount()
        lines = [
            {"account_id": self.chart["6100"], "currency": "EUR", "debit": amount},
            {"account_id": self.chart["4900"], "currency": "EUR", "credit": amount},
        ]
        body = {"effective_on": self.day(), "lines": lines}
        await self.post("/v1/journal-entry-drafts", body, kind="draft")

    async def do_decide_draft(self) -> None:
        if draft := self.some("draft"):
            path = f"/v1/journal-entry-drafts/{draft}"
            version = (await self.erp.get(path)).json()["version"]
            if self.chance.random() < 0.3:
                await self.post(
                    f"{path}/rejection", {"reason": "No"}, api=self.approver, version=version
                )
            else:
                await self.post(f"{path}/approval", None, api=self.approver, version=version)

    async def do_bill(self) -> None:
        currency, rate = self.chance.choice([("EUR", "0.19"), ("USD", "0")])
        net = self.amount()
        tax = str((Decimal(net) * Decimal(rate)).quantize(Decimal("0.01"), "ROUND_HALF_UP"))
        code = "S" if rate != "0" else self.chance.choice(["AE", "Z"])
        kind = self.chance.choice(["bill", "bill", "credit-note"])
        await self.bill(currency, net, rate, code, self.day(), kind=kind, tax=tax)

    async def bill(
        self,
        currency: str,
        net: str,
        rate: str,
        code: str,
        day: str,
        *,
        kind: str = "bill",
        tax: str = "0",
    ) -> Any:
        """Enter a bill, approve it and post it."""
        line = {"description": "Ore", "net_amount": net, "account_id": self.chart["6900"]}
        self.done["bills"] += 1
        body = {
            "supplier_id": self.supplier,
            "kind": kind,
            "supplier_reference": f"U-{self.done['bills']}",
            "issued_on": day,
            "currency": currency,
            "lines": [line | {"tax_rate": rate, "vat_code": code}],
            "taxes": [{"rate": rate, "base": net, "tax": tax, "vat_code": code}],
        }
        bill = await self.post("/v1/bills", body, kind="bill")
        if bill is not None:
            path = f"/v1/bills/{bill['id']}"
            approved = await self.post(
                f"{path}/approve", None, api=self.approver, version=bill["version"]
            )
            await self.post(f"{path}/post", None, version=approved["version"])
        return bill

    async def do_pay_supplier(self) -> None:
        body: dict[str, Any] = {
            "supplier_id": self.supplier,
            "amount": self.amount(),
            "currency": self.chance.choice(["EUR", "USD"]),
            "paid_on": self.day(),
        }
        if self.chance.random() < 0.2:
            body["allocations"] = []
        found = await self.post("/v1/supplier-payments", body, kind="supplier-payment")
        for part in (found or {}).get("allocations", []):
            self.made.setdefault("supplier-allocation", []).append(part["id"])

    async def do_allocate_supplier(self) -> None:
        if document := self.some(self.chance.choice(["supplier-payment", "bill"])):
            body = {"document_id": document, "allocated_on": self.day()}
            await self.post("/v1/supplier-allocations", body)

    async def do_undo_supplier(self) -> None:
        if allocation := self.some("supplier-allocation"):
            body = {"reason": "A mistake", "undone_on": self.day()}
            await self.post(f"/v1/supplier-allocations/{allocation}/undoing", body)

    async def do_revalue(self) -> None:
        day = self.chance.choice(["2025-03-31", "2025-06-30", "2025-09-30", "2025-12-31"])
        body = {"valued_on": day, "method": self.method}
        await self.post("/v1/revaluations", body, kind="revaluation")

    async def do_undo_revaluation(self) -> None:
        if revaluation := self.some("revaluation"):
            path = f"/v1/revaluations/{revaluation}/undoing"
            await self.post(path, {"reason": "A mistake"})

    async def do_entry(self) -> None:
        amount = self.amount()
        lines = [
            {"account_id": self.chart["6100"], "currency": "EUR", "debit": amount},
            {"account_id": self.chart["4900"], "currency": "EUR", "credit": amount},
        ]
        body = {"effective_on": self.day(), "lines": lines}
        await self.post("/v1/journal-entries", body, kind="entry")

    async def do_reverse_entry(self) -> None:
        if entry := self.some("entry"):
            body = {"effective_on": self.day()}
            await self.post(f"/v1/journal-entries/{entry}/reversals", body)

    async def do_lock(self) -> None:
        path = f"/v1/companies/{self.company}/locks"
        now = (await self.erp.get(path)).json()
        scope = self.chance.choice(["sales", "purchases", "cash", "all", "final"])
        until = self.chance.choice([None, "2025-01-31", "2025-02-28", "2025-04-30"])
        if scope == "final":
            until = self.chance.choice(["2025-01-15", "2025-01-31", "2025-02-28"])
        body = {"final": self.final} | {scope: until}
        answer = await self.erp.put(path, body, version=now["version"])
        assert answer.status_code < 500, answer.text
        if answer.status_code == 200:
            self.final = answer.json()["final"]
        # What is closed for good is opened by nobody.
        if self.final is not None and self.chance.random() < 0.2:
            version = (await self.erp.get(path)).json()["version"]
            assert 400 <= (await self.erp.put(path, {}, version=version)).status_code < 500

    async def check(self) -> None:
        """Whatever happened: proofs hold, ageing agrees on any day, the past stays as known."""
        for proofs in ("receivables", "payables", "ledger", "order"):
            answer = (await self.erp.get(f"/v1/{proofs}-proofs")).json()
            assert answer["holds"], answer
        for day in (self.day(), self.day(), str(LAST)):
            for ageing in ("ageing", "payables-ageing"):
                found = (await self.erp.get(f"/v1/{ageing}", as_of=day)).json()
                assert found["agrees"], (ageing, day, found)
        for asked, said in self.kept:
            again = (await self.erp.get("/v1/trial-balance", **asked)).json()["lines"]
            assert again == said, asked
        newest = (await self.erp.get("/v1/journal-entries", sort="-recorded_at", limit=1)).json()
        if newest["items"]:
            asked = {"as_of": self.day(), "known_at": newest["items"][0]["recorded_at"]}
            said = (await self.erp.get("/v1/trial-balance", **asked)).json()["lines"]
            self.kept.append((asked, said))
        sheet = (await self.erp.get("/v1/statements/balance-sheet", ends_on=str(LAST))).json()
        lines = {line["code"]: line["cells"][0]["amount"] for line in sheet["lines"]}
        assert lines["assets"] == lines["liabilities-and-equity"]

    async def settle(self) -> None:
        """Leave nothing open: what was gained is then what the money says, and no more."""
        path = f"/v1/companies/{self.company}/locks"
        version = (await self.erp.get(path)).json()["version"]
        opened = await self.erp.put(path, {"final": self.final}, version=version)
        assert opened.status_code == 200, opened.text
        for revaluation in self.made.get("revaluation", [])[::-1]:
            body = {"reason": "Nothing shall be left of it"}
            await self.post(f"/v1/revaluations/{revaluation}/undoing", body)
        for order in self.made.get("order", []):
            await self.post(f"/v1/orders/{order}/cancel", {"reason": "The end"})
            await self.post(f"/v1/orders/{order}/invoices", {"issued_on": str(LAST)})
        for path in self.made.get("ahead", []):
            await self.post(path, {"reason": "The end", "issued_on": str(LAST)})
        for account in self.accounts.values():
            await self.pay_off(account["id"])
        for currency in ("EUR", "USD"):
            await self.pay_off_supplier(currency)

    async def open_of(self, path: str, side: str, **asked: Any) -> list[dict[str, Any]]:
        """Every item of a side that has something open."""
        found, cursor = list[dict[str, Any]](), None
        while True:
            more = {"cursor": cursor} if cursor else {}
            page = (await self.erp.get(path, limit=100, **asked, **more)).json()
            found += page["items"]
            cursor = page["next_cursor"]
            if cursor is None:
                break
        return [x for x in found if x["open_amount"] != "0" and x["side"] == side]

    async def pay_off(self, account: str) -> None:
        """Refund what a customer has to its credit, and receive what it owes."""
        path = "/v1/open-items"
        for item in await self.open_of(path, "credit", account_id=account):
            body = {"document_id": item["document_id"], "refunded_on": str(LAST)}
            refunded = await self.post("/v1/refunds", body | {"reason": "The end"})
            assert refunded is not None, item
        owed = await self.open_of(path, "debit", account_id=account)
        if owed:
            amount = str(sum(Decimal(item["open_amount"]) for item in owed))
            body = {"account_id": account, "amount": amount, "received_on": str(LAST)}
            assert await self.post("/v1/payments", body) is not None

    async def pay_off_supplier(self, currency: str) -> None:
        """Pay what a supplier is owed, and let it bill what it has had too much."""
        path, asked = "/v1/payable-items", {"supplier_id": self.supplier, "currency": currency}

        async def left(side: str) -> Decimal:
            items = await self.open_of(path, side, **asked)
            return sum((Decimal(item["open_amount"]) for item in items), Decimal(0))

        async def allocate() -> None:
            for item in await self.open_of(path, "debit", **asked):
                body = {"document_id": item["document_id"], "allocated_on": str(LAST)}
                await self.post("/v1/supplier-allocations", body)

        await allocate()
        if too_much := await left("debit"):
            assert await self.bill(currency, str(too_much), "0", "Z", str(LAST)) is not None
            await allocate()
        if owed := await left("credit"):
            body = {"supplier_id": self.supplier, "amount": str(owed), "currency": currency}
            assert await self.post("/v1/supplier-payments", body | {"paid_on": str(LAST)})
        assert (await left("debit"), await left("credit")) == (0, 0)

    async def compare_with_the_money(self) -> None:
        """With nothing open, lifetime gains are what documents say that money was worth.

        Documents move the control accounts by amounts of a currency, at the rates of their days;
        gains move them by base amounts alone. Once no amount is left, neither is any worth, so the
        result of exchange is the worth that documents left there: what was owed less what was paid,
        in the company's currency.
        """
        lines = (await self.erp.get("/v1/trial-balance")).json()["lines"]
        for line in lines:
            if line["code"] in ("1100", "2000", "2300"):
                assert (line["balance"], line["base_balance"]) == ("0", "0"), line
        result = sum(Decimal(line["base_balance"]) for line in lines if line["code"] in RESULT)
        async with self.database.superuser() as connection:
            left = await connection.fetchval(
                """
                SELECT coalesce(sum(l.base_debit - l.base_credit), 0)
                FROM ledger_line l
                JOIN ledger_account a ON a.tenant = l.tenant AND a.id = l.account_id
                WHERE a.code IN ('1100', '2000') AND l.currency <> 'EUR' AND l.debit + l.credit > 0
                """
            )
        assert result == left, (result, left)
        if self.method == "with-reversal":
            unrealised = [Decimal(x["base_balance"]) for x in lines if x["code"] in RESULT[1::2]]
            assert sum(unrealised) == 0, "every valuation was taken back"


@pytest.fixture
async def history(
    erp: Api,
    erp_database: ServiceDatabase,
    company: dict[str, Any],
    customer_created: Callable[..., Awaitable[Any]],
) -> Callable[[int, str], Awaitable[History]]:
    """A company with two customers, a supplier, terms, policies and rates."""

    async def made(seed: int, method: str) -> History:
        chance = random.Random(seed)
        rows = (await erp.get("/v1/ledger-accounts")).json()["items"]
        accounts = {}
        for currency in ("EUR", "USD", "GBP"):
            customer = await customer_created(f"{currency} Ltd", currency)
            page = (await erp.get("/v1/accounts", customer_id=str(customer))).json()
            accounts[currency] = page["items"][0]
        rates = [
            {
                "base": currency,
                "quote": "EUR",
                "rate_on": str(FIRST + timedelta(days=at)),
                "rate": str(Decimal(chance.randrange(least, least + 3_000)).scaleb(-4)),
            }
            for currency, least in (("USD", 8_000), ("GBP", 10_500))
            for at in range(0, (LAST - FIRST).days + 1, 4)
        ]
        assert (await erp.post("/v1/exchange-rates", {"rates": rates})).status_code == 201
        terms = await erp.post(
            "/v1/payment-terms",
            {
                "code": "parts",
                "name": "Two parts",
                "instalments": [{"share": "0.5", "days": 10}, {"share": "0.5", "days": 40}],
            },
        )
        early = await erp.post(
            "/v1/payment-terms",
            {
                "code": "early",
                "name": "2 % within 20 days",
                "instalments": [{"share": "1", "days": 30}],
                "discounts": [{"rate": "0.02", "days": 20}],
            },
        )
        for account, chosen in zip(accounts.values(), (early, terms, early), strict=True):
            answer = await erp.patch(
                f"/v1/accounts/{account['id']}",
                {"payment_terms_id": chosen.json()["id"], "credit_limit": "5000"},
                version=account["version"],
            )
            assert answer.status_code == 200, answer.text
        policy = await erp.post(
            "/v1/dunning-policies",
            {
                "code": "usual",
                "name": "The usual",
                "levels": [
                    {"days": 5},
                    {"days": 15, "fee": "5"},
                    {"days": 30, "fee": "10", "interest": True},
                ],
            },
        )
        path = f"/v1/receivables-policies/{company['id']}"
        await erp.patch(
            path,
            {
                "dunning_policy_id": policy.json()["id"],
                "tolerance_amount": "0.9",
                "tolerance_share": "0.05",
                "horizon_days": 200,
                "interest_rate": "0.09",
                "interest_basis": 360,
            },
            version=(await erp.get(path)).json()["version"],
        )
        for sku in ("SETUP", "ADVICE"):
            item = {"sku": sku, "name": sku.title(), "stocked": False, "unit": "each"}
            assert (await erp.post("/v1/items", item)).status_code == 201
        prices = [
            {"sku": sku, "currency": currency, "unit_price": price, "valid_from": "2020-01-01"}
            for currency in accounts
            for sku, price in (("SETUP", "7.35"), ("ADVICE", "3.333"))
        ]
        answer = await erp.post("/v1/list-prices/bulk", {"rows": prices})
        assert answer.json()["created"] == len(prices), answer.text
        supplier = await erp.post(
            "/v1/suppliers", {"number": "S-1", "name": "Paper Mill", "country": "DE"}
        )
        return History(
            erp,
            erp_database,
            erp.signed_in(subject="approver", roles=["admin"]),
            company["id"],
            chance,
            accounts,
            supplier.json()["id"],
            {row["code"]: row["id"] for row in rows},
            method=method,
        )

    return made


async def live(history: History, steps: int, every: int) -> None:
    for at in range(1, steps + 1):
        await history.step()
        if at % every == 0:
            await history.check()
    await history.settle()
    await history.check()
    await history.compare_with_the_money()
    did = {name for name in history.done if name.startswith("do_")}
    assert len(did) > 10, history.done


@pytest.mark.parametrize("method", ["with-reversal", "without-reversal"])
async def test_whatever_happens_the_books_are_right(
    history: Callable[[int, str], Awaitable[History]], method: str
) -> None:
    await live(await history(1, method), steps=80, every=20)


@pytest.mark.long
@pytest.mark.timeout(900)
@pytest.mark.parametrize("method", ["with-reversal", "without-reversal"])
@pytest.mark.parametrize("seed", range(2, 7))
async def test_whatever_happens_for_long_the_books_are_right(
    history: Callable[[int, str], Awaitable[History]], method: str, seed: int
) -> None:
    made = await history(seed, method)
    await live(made, steps=300, every=25)
    assert {name for name in dir(made) if name.startswith("do_")} <= made.done.keys()
