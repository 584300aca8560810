"""What the customer's page looks like on the wire."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Self
from uuid import UUID

from crm.customer_overview.queries import Overview
from crm.customer_overview.rules import freshness
from crm.customers.schemas import ConsentOut, ContactOut, CustomerOut
from crm.interactions.schemas import EntryOut
from crm.opportunities.schemas import OpportunityOut
from crm.projections.credit.models import CreditStatus
from crm.projections.invoice import rules as invoice_rules
from crm.projections.invoice.models import Invoice
from crm.projections.invoice.queries import Owed
from crm.projections.order import rules as order_rules
from crm.projections.order.models import Order
from crm.projections.payment.models import Payment
from crm.projections.quote import rules as quote_rules
from crm.projections.quote.models import Quote
from crm.settings import CrmSettings
from crm.tables import Told
from servicekit.http import MoneyOut, Out


class ProvenanceOut(Out):
    """Which event of which service said so, as of when, and whether that is too long ago."""

    event_id: UUID
    event_type: str
    sequence: int
    as_of: datetime
    age_seconds: int
    stale: bool

    @classmethod
    def of(cls, row: Told, now: datetime, budget_seconds: int, *, settled: bool) -> Self:
        """Judge a row by what it says about its source."""
        fresh = freshness(row.as_of, now, timedelta(seconds=budget_seconds), settled=settled)
        return cls(
            event_id=row.source_event_id,
            event_type=row.source_event_type,
            sequence=row.source_sequence,
            as_of=row.as_of,
            age_seconds=fresh.age_seconds,
            stale=fresh.stale,
        )


class QuoteSummaryOut(Out):
    """A quote, as CPQ told it."""

    id: UUID
    number: str
    revision: int
    status: str
    opportunity_id: UUID | None
    net: MoneyOut | None
    gross_estimate: MoneyOut | None
    valid_until: date | None
    accepted_on: date | None
    source: ProvenanceOut


class OrderSummaryOut(Out):
    """A sales order, as the ERP told it; `reasons` says why it is held or was refused."""

    id: UUID
    number: str
    status: str
    company_id: UUID
    quote_id: UUID | None
    net: MoneyOut | None
    gross: MoneyOut | None
    ordered_on: date | None
    promised_on: date | None
    shipped_on: date | None
    reasons: list[Mapping[str, str]]
    source: ProvenanceOut


class InvoiceSummaryOut(Out):
    """An invoice, as the ERP told it."""

    id: UUID
    number: str
    status: str
    company_id: UUID
    order_id: UUID | None
    gross: MoneyOut | None
    paid: MoneyOut | None
    open: MoneyOut | None
    issued_on: date | None
    due_on: date | None
    overdue_since: date | None
    source: ProvenanceOut


class PaymentSummaryOut(Out):
    """A payment, as the ERP told it."""

    id: UUID
    number: str
    company_id: UUID
    amount: MoneyOut
    unallocated: MoneyOut
    received_on: date
    method: str
    reference: str | None
    source: ProvenanceOut


class OwedOut(Out):
    """What is owed in one currency over all invoices; as old as the oldest fact in the sum."""

    open: MoneyOut
    overdue: MoneyOut
    open_invoices: int
    overdue_invoices: int
    as_of: datetime
    age_seconds: int
    stale: bool


class CreditOut(Out):
    """A receivables account, as the ERP told it; no limit means no headroom to speak of."""

    account_id: UUID
    company_id: UUID
    state: str
    credit_limit: MoneyOut | None
    exposure: MoneyOut
    open_items: MoneyOut
    open_orders: MoneyOut
    overdue: MoneyOut
    headroom: MoneyOut | None
    payment_terms_days: int
    source: ProvenanceOut


class OverviewOut(Out):
    """The customer's page. Lists show the ten most pressing of their kind."""

    as_of: datetime
    customer: CustomerOut
    contacts: list[ContactOut]
    consents: list[ConsentOut]
    opportunities: list[OpportunityOut]
    timeline: list[EntryOut]
    quotes: list[QuoteSummaryOut]
    orders: list[OrderSummaryOut]
    invoices: list[InvoiceSummaryOut]
    payments: list[PaymentSummaryOut]
    owed: list[OwedOut]
    credit: list[CreditOut]
    stale: bool
    """Whether any fact on the page is past its budget."""

    @classmethod
    def of(cls, overview: Overview, now: datetime, settings: CrmSettings) -> Self:
        """Render the page."""
        documents, moving = settings.document_staleness_seconds, settings.credit_staleness_seconds
        quotes = [_quote(row, now, documents) for row in overview.quotes]
        orders = [_order(row, now, documents) for row in overview.orders]
        invoices = [_invoice(row, now, documents) for row in overview.invoices]
        payments = [_payment(row, now) for row in overview.payments]
        owed = [_owed(row, now, documents) for row in overview.owed]
        credit = [_credit(row, now, moving) for row in overview.credit]
        sources = [
            *(one.source for one in quotes),
            *(one.source for one in orders),
            *(one.source for one in invoices),
            *(one.source for one in credit),
        ]
        return cls(
            as_of=now,
            customer=CustomerOut.of(overview.customer),
            contacts=[ContactOut.of(contact) for contact in overview.contacts],
            consents=[ConsentOut.of(consent) for consent in overview.consents],
            opportunities=[OpportunityOut.of(row) for row in overview.opportunities],
            timeline=[EntryOut.of(row, now) for row in overview.timeline],
            quotes=quotes,
            orders=orders,
            invoices=invoices,
            payments=payments,
            owed=owed,
            credit=credit,
            stale=any(source.stale for source in sources) or any(one.stale for one in owed),
        )


def _money(amount: Decimal | None, currency: str | None) -> MoneyOut | None:
    if amount is None or currency is None:
        return None
    return MoneyOut(amount=amount, currency=currency)


def _quote(row: Quote, now: datetime, budget: int) -> QuoteSummaryOut:
    return QuoteSummaryOut(
        id=row.quote_id,
        number=row.number,
        revision=row.revision,
        status=row.status,
        opportunity_id=row.opportunity_id,
        net=_money(row.net, row.currency),
        gross_estimate=_money(row.gross_estimate, row.currency),
        valid_until=row.valid_until,
        accepted_on=row.accepted_on,
        source=ProvenanceOut.of(row, now, budget, settled=not quote_rules.is_open(row.status)),
    )


def _order(row: Order, now: datetime, budget: int) -> OrderSummaryOut:
    return OrderSummaryOut(
        id=row.order_id,
        number=row.number,
        status=row.status,
        company_id=row.company_id,
        quote_id=row.quote_id,
        net=_money(row.net, row.currency),
        gross=_money(row.gross, row.currency),
        ordered_on=row.ordered_on,
        promised_on=row.promised_on,
        shipped_on=row.shipped_on,
        reasons=row.reasons,
        source=ProvenanceOut.of(row, now, budget, settled=not order_rules.is_open(row.status)),
    )


def _invoice(row: Invoice, now: datetime, budget: int) -> InvoiceSummaryOut:
    return InvoiceSummaryOut(
        id=row.invoice_id,
        number=row.number,
        status=row.status,
        company_id=row.company_id,
        order_id=row.order_id,
        gross=_money(row.gross, row.currency),
        paid=_money(row.paid, row.currency),
        open=_money(row.open, row.currency),
        issued_on=row.issued_on,
        due_on=row.due_on,
        overdue_since=row.overdue_since,
        source=ProvenanceOut.of(row, now, budget, settled=not invoice_rules.is_open(row.status)),
    )


def _payment(row: Payment, now: datetime) -> PaymentSummaryOut:
    return PaymentSummaryOut(
        id=row.payment_id,
        number=row.number,
        company_id=row.company_id,
        amount=MoneyOut(amount=row.amount, currency=row.currency),
        unallocated=MoneyOut(amount=row.unallocated, currency=row.currency),
        received_on=row.received_on,
        method=row.method,
        reference=row.reference,
        source=ProvenanceOut.of(row, now, 0, settled=True),
    )


def _owed(row: Owed, now: datetime, budget: int) -> OwedOut:
    fresh = freshness(row.as_of, now, timedelta(seconds=budget), settled=False)
    return OwedOut(
        open=MoneyOut(amount=row.open, currency=row.currency),
        overdue=MoneyOut(amount=row.overdue, currency=row.currency),
        open_invoices=row.open_count,
        overdue_invoices=row.overdue_count,
        as_of=row.as_of,
        age_seconds=fresh.age_seconds,
        stale=fresh.stale,
    )


def _credit(row: CreditStatus, now: datetime, budget: int) -> CreditOut:
    def money(amount: Decimal) -> MoneyOut:
        return MoneyOut(amount=amount, currency=row.currency)

    return CreditOut(
        account_id=row.account_id,
        company_id=row.company_id,
        state=row.state,
        credit_limit=_money(row.credit_limit, row.currency),
        exposure=money(row.exposure),
        open_items=money(row.open_items),
        open_orders=money(row.open_orders),
        overdue=money(row.overdue),
        headroom=_money(row.headroom, row.currency),
        payment_terms_days=row.payment_terms_days,
        source=ProvenanceOut.of(row, now, budget, settled=False),
    )
