"""The month of a small company, from its opening balances to a document that came too late."""

from __future__ import annotations

import uuid
from base64 import b64encode
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from typing import Any

import pytest

from operations.clients import CallRefused, Endpoints, Services
from operations.story import soon

pytestmark = pytest.mark.slow

SUPPLIER_IBAN = "NL91ABNA0417164300"


def past_month() -> tuple[date, date]:
    """The first and the last day of the month before this one (UTC)."""
    last = datetime.now(UTC).date().replace(day=1) - timedelta(days=1)
    return last.replace(day=1), last


@dataclass(slots=True)
class Company:
    """A company of its own on the running system, and who works there."""

    finance: Services
    approver: Services
    seller: Services
    id: str = ""
    chart: dict[str, str] = field(default_factory=dict)
    first: date = field(default_factory=lambda: past_month()[0])
    last: date = field(default_factory=lambda: past_month()[1])

    def day(self, number: int) -> str:
        return self.first.replace(day=number).isoformat()

    async def get(self, path: str, **parameters: Any) -> Any:
        return await self.finance.get("erp", path, **parameters)

    async def post(self, path: str, **body: Any) -> Any:
        return await self.finance.post("erp", path, body)

    async def change(self, who: Services, method: str, path: str, **body: Any) -> Any:
        """Alter what stands at the path, as of the version that stands there."""
        version = (await who.get("erp", path))["version"]
        headers = {"If-Match": f'"{version}"'}
        return (await who.call("erp", method, path, json=body, headers=headers)).json()

    async def step(self, who: Services, path: str, step: str, **body: Any) -> Any:
        """A command on what stands at the path, as of the version that stands there."""
        version = (await who.get("erp", path))["version"]
        headers = {"If-Match": f'"{version}"'}
        return (await who.call("erp", "POST", f"{path}/{step}", json=body, headers=headers)).json()

    async def figures(self, statement: str, **more: Any) -> dict[str, Decimal]:
        body = await self.get(
            f"/v1/statements/{statement}",
            company_id=self.id,
            starts_on=self.first.isoformat(),
            ends_on=self.last.isoformat(),
            **more,
        )
        return {line["code"]: Decimal(line["cells"][0]["amount"]) for line in body["lines"]}

    async def customer(self, name: str, currency: str, country: str) -> str:
        made = await self.seller.post(
            "crm", "/v1/customers", {"name": name, "tier": "silver", "currency": currency}
        )
        account = await soon(
            "the ERP hears of the customer",
            lambda: self.post(
                "/v1/accounts",
                customer_id=made["id"],
                company_id=self.id,
                currency=currency,
                payment_terms_days=30,
            ),
            until=lambda _: True,
            passing={"customer-is-unknown"},
        )
        profile = f"/v1/accounts/{account['id']}/tax-profile"
        body = {"country": country, "business": True}
        await self.finance.call("erp", "PUT", profile, json=body, headers={"If-Match": '"0"'})
        await self.change(
            self.finance,
            "PUT",
            f"/v1/accounts/{account['id']}/billing-details",
            name=name,
            city="Port",
            country=country,
        )
        return str(account["id"])

    async def invoice(self, account: str, day: str, price: str) -> Any:
        line = {"description": "Lamps", "quantity": "1", "net_unit_price": price}
        return await self.post("/v1/invoices", account_id=account, issued_on=day, lines=[line])

    async def bill(self, supplier: str, day: str, reference: str, net: str, tax: str) -> Any:
        """A supplier's bill: entered by one, approved by another, posted."""
        draft = await self.post(
            "/v1/bills",
            supplier_id=supplier,
            supplier_reference=reference,
            issued_on=day,
            lines=[
                {
                    "description": "Rent",
                    "net_amount": net,
                    "tax_rate": "0.21",
                    "account_id": self.chart["6100"],
                }
            ],
            taxes=[{"rate": "0.21", "base": net, "tax": tax}],
        )
        path = f"/v1/bills/{draft['id']}"
        with pytest.raises(CallRefused):
            await self.step(self.finance, path, "approve")
        await self.step(self.approver, path, "approve")
        return await self.step(self.finance, path, "post")


@pytest.fixture
async def company(endpoints: Endpoints, sample_company: object) -> AsyncIterator[Company]:
    async with (
        Services(endpoints, "demo-finance", "demo-finance-secret") as finance,
        Services(endpoints, "demo-admin", "demo-admin-secret") as approver,
        Services(endpoints, "demo-sales", "demo-sales-secret") as seller,
    ):
        yield Company(finance, approver, seller)


async def open_the_books(books: Company) -> None:
    """A Dutch company with its rates, terms and policies, and money in the bank."""
    made = await books.approver.post(
        "erp",
        "/v1/companies",
        {
            "code": f"L{uuid.uuid4().hex[:6]}",
            "name": "Lighthouse Lamps B.V.",
            "base_currency": "EUR",
            "country": "NL",
        },
    )
    books.id = made["id"]
    accounts = await books.get("/v1/ledger-accounts", company_id=books.id)
    books.chart = {row["code"]: row["id"] for row in accounts["items"]}
    await books.change(
        books.finance,
        "PUT",
        f"/v1/companies/{books.id}/legal-details",
        name="Lighthouse Lamps B.V.",
        street="Havenkade 3",
        city="Rotterdam",
        postcode="3011 AA",
        country="NL",
        registration="12345678",
        registration_scheme="0106",
        vat_id="NL123456782B90",
        iban="NL91ABNA0417164300",
    )
    # Rates of its own: others of the tenant are not for this company.
    policy = {"sources": ["house"], "most_days_old": 7, "inverts": True}
    path = f"/v1/exchange-rate-policies/{books.id}"
    await books.change(books.finance, "PUT", path, **policy)
    for day, rate in ((5, "1.1"), (12, "1.05"), (books.last.day, "1.2")):
        row = {"base": "EUR", "quote": "USD", "rate_on": books.day(day), "rate": rate}
        row["source"] = "house"
        await books.post("/v1/exchange-rates", rates=[row])
    await books.post(
        "/v1/journal-entries",
        company_id=books.id,
        effective_on=books.day(1),
        reference="Opening balances",
        lines=[
            {"account_id": books.chart["1000"], "currency": "EUR", "debit": "20000"},
            {"account_id": books.chart["3100"], "currency": "EUR", "credit": "20000"},
        ],
    )


async def test_the_month_of_a_small_company(company: Company) -> None:
    await open_the_books(company)
    dutch = await company.customer("Deltaworks", "EUR", "NL")
    american = await company.customer("Harbor Lights Inc.", "USD", "US")
    terms = await company.post(
        "/v1/payment-terms",
        code=f"2-10-{uuid.uuid4().hex[:6]}",
        name="2 % within 10 days, 30 days net",
        instalments=[{"share": "1", "days": 30}],
        discounts=[{"rate": "0.02", "days": 10}],
    )

    # Invoices in two currencies: one of long ago, one with a discount, one in dollars to the US.
    of_old = (company.first - timedelta(days=40)).isoformat()
    old = await company.invoice(dutch, of_old, "500")
    account = await company.change(
        company.finance, "PATCH", f"/v1/accounts/{dutch}", payment_terms_id=terms["id"]
    )
    home = await company.invoice(dutch, company.day(3), "1000")
    abroad = await company.invoice(american, company.day(5), "2000")
    assert [each["gross"] for each in (old, home, abroad)] == ["605", "1210", "2000"]
    assert [each["currency"] for each in (old, home, abroad)] == ["EUR", "EUR", "USD"]
    assert account["payment_terms_id"] == terms["id"]
    for invoice in (home, abroad):
        path = f"/v1/invoices/{invoice['id']}/einvoice"
        written = (await company.finance.call("erp", "GET", path)).text
        checked = await company.post(
            "/v1/einvoice-checks", content=b64encode(written.encode()).decode()
        )
        assert checked["valid"], checked

    # Supplier bills: entered by one, approved by another; the bank details as well.
    landlord = await company.post(
        "/v1/suppliers",
        company_id=company.id,
        number="S-1",
        name="Pakhuis Verhuur B.V.",
        country="NL",
        currency="EUR",
    )
    details = await company.post(f"/v1/suppliers/{landlord['id']}/bank-details", iban=SUPPLIER_IBAN)
    approval = f"/v1/suppliers/{landlord['id']}/bank-details/{details['id']}/approve"
    with pytest.raises(CallRefused):
        await company.post(approval)
    await company.approver.post("erp", approval, {})
    rent = await company.bill(landlord["id"], company.day(6), "2231", "400", "84")
    more_rent = await company.bill(landlord["id"], company.day(7), "2240", "1000", "210")
    assert [each["status"] for each in (rent, more_rent)] == ["posted", "posted"]

    # Payments both ways: with the discount of 2 %, in part and in dollars, and to the landlord.
    paid = await company.post(
        "/v1/payments",
        account_id=dutch,
        amount="1185.8",
        received_on=company.day(10),
        allocations=[{"invoice_id": home["id"], "amount": "1185.8", "take_discount": True}],
    )
    assert paid["unallocated"] == "0"
    assert (await company.get(f"/v1/invoices/{home['id']}"))["status"] == "paid"
    await company.post(
        "/v1/payments",
        account_id=american,
        amount="800",
        received_on=company.day(12),
        allocations=[{"invoice_id": abroad["id"], "amount": "800"}],
    )
    await company.approver.post(
        "erp",
        "/v1/supplier-payments",
        {
            "supplier_id": landlord["id"],
            "amount": "484",
            "paid_on": company.day(15),
            "allocations": [{"bill_id": rent["id"], "amount": "484"}],
        },
    )

    # Dunning: the old invoice alone is late.
    policy = await company.post(
        "/v1/dunning-policies",
        code=f"usual-{uuid.uuid4().hex[:6]}",
        name="The usual",
        levels=[{"days": 5}, {"days": 30, "fee": "10"}],
    )
    await company.change(
        company.finance,
        "PATCH",
        f"/v1/receivables-policies/{company.id}",
        dunning_policy_id=policy["id"],
    )
    run = await company.post("/v1/dunning-runs", company_id=company.id, dunned_on=company.day(20))
    [letter] = run["letters"]
    assert [line["document_id"] for line in letter["lines"]] == [old["id"]]
    assert (letter["level"], letter["total"]) == (1, "605")

    # Revaluation: 1,200 dollars owed that stand at 1,090.91 euros are worth 1,000.00, and the 800
    # at the bank, which stand at 761.90, are worth 666.67.
    revalued = await company.post(
        "/v1/revaluations", company_id=company.id, valued_on=company.last.isoformat()
    )
    assert (revalued["gain"], revalued["loss"]) == ("0", "186.14")
    assert revalued["reversed_on"] == (company.last + timedelta(days=1)).isoformat()

    await the_statements_say_what_happened(company)
    await a_document_that_comes_late_lands_in_the_next_month(company, dutch, landlord["id"])


async def the_statements_say_what_happened(books: Company) -> None:
    results = await books.figures("profit-and-loss")
    # Sales 1,000.00 and 2,000 USD at 1.10; 20.00 of the 24.20 kept are net.
    assert results["revenue"] == Decimal(1000) + Decimal("1818.18") - 20
    assert results["operating-expenses"] == -1400
    # 800 USD came in at 761.90 instead of 727.27; the rest is the revaluation.
    assert results["financial-result"] == Decimal("34.63") - Decimal("186.14")
    assert results["result"] == Decimal("1246.67")

    balance = await books.figures("balance-sheet")
    assert balance["assets"] == balance["liabilities-and-equity"]
    assert balance["cash"] == Decimal(20000) + Decimal("1185.80") + Decimal("666.67") - 484
    assert balance["receivables"] == 605 + 1000
    assert balance["payables"] == 1210
    assert balance["equity"] == 20000 + 500 + Decimal("1246.67")
    flow = await books.figures("cash-flow")
    assert flow["cash-at-end"] == balance["cash"]

    until = {"company_id": books.id, "as_of": books.last.isoformat()}
    for ageing in ("/v1/ageing", "/v1/payables-ageing"):
        assert (await books.get(ageing, **until))["agrees"]
    printed = await books.finance.call(
        "erp",
        "GET",
        "/v1/statements/balance-sheet/document",
        params={"company_id": books.id, "ends_on": books.last.isoformat(), "format": "pdf"},
    )
    assert printed.content.startswith(b"%PDF-")

    filed = await books.post(
        "/v1/vat-returns",
        company_id=books.id,
        period_from=books.first.isoformat(),
        period_to=books.last.isoformat(),
    )
    # 210.00 less the 4.20 of the discount; the landlord's 294.00.
    assert (filed["output_tax"], filed["input_tax"]) == ("205.8", "294")


async def a_document_that_comes_late_lands_in_the_next_month(
    books: Company, account: str, landlord: str
) -> None:
    balance, results = await books.figures("balance-sheet"), await books.figures("profit-and-loss")
    locks = f"/v1/companies/{books.id}/locks"
    await books.change(books.approver, "PUT", locks, all=books.last.isoformat())

    with pytest.raises(CallRefused) as refused:
        await books.post(
            "/v1/journal-entries",
            company_id=books.id,
            effective_on=books.day(28),
            lines=[
                {"account_id": books.chart["6100"], "currency": "EUR", "debit": "1"},
                {"account_id": books.chart["1000"], "currency": "EUR", "credit": "1"},
            ],
        )
    assert refused.value.code == "period-is-closed"

    next_day = (books.last + timedelta(days=1)).isoformat()
    late = await books.invoice(account, books.day(28), "70")
    assert (late["issued_on"], late["posted_on"]) == (books.day(28), next_day)
    bill = await books.bill(landlord, books.day(27), "2299", "50", "10.5")
    assert (bill["issued_on"], bill["posted_on"]) == (books.day(27), next_day)

    assert await books.figures("balance-sheet") == balance
    assert await books.figures("profit-and-loss") == results

    # What is still owed is paid by a run: the file that is approved is the one that the bank gets.
    bank = await books.approver.post(
        "erp",
        "/v1/company-bank-accounts",
        {"company_id": books.id, "name": "House bank", "iban": "NL91ABNA0417164300"},
    )
    today = datetime.now(UTC).date()
    run = await books.post(
        "/v1/payment-runs",
        bank_account_id=bank["id"],
        next_pay_on=str(today + timedelta(days=40)),
    )
    assert run["amount"] == "1270.5"  # 1,210.00 of the month and 60.50 that came late
    path = f"/v1/payment-runs/{run['id']}"
    file = (await books.finance.call("erp", "GET", f"{path}/file")).content
    assert sha256(file).hexdigest() == run["sha256"]
    await books.step(books.approver, path, "approve", sha256=run["sha256"])
    released = await books.step(books.finance, path, "release")
    assert (released["status"], len(released["payments"])) == ("released", 1)
    for proofs in ("receivables", "payables", "ledger"):
        assert (await books.get(f"/v1/{proofs}-proofs"))["holds"]
