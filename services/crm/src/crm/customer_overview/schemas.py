"""What the customer's page looks like on the wire."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Self
from uuid import UUID

from sqlalchemy import Row

from crm.customer_overview.queries import Overview
from crm.customer_overview.rules import freshness
from crm.opportunities.queries import Opportunity
from crm.projections.credit.queries import CreditStatus
from crm.projections.invoice import queries as invoices
from crm.projections.invoice.queries import Invoice, Owed
from crm.projections.order import queries as orders
from crm.projections.order.queries import Order
from crm.projections.payment.queries import Payment
from crm.projections.quote import queries as quotes
from crm.projections.quote.queries import Quote
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
    def of(cls, row: Told | Row[Any], now: datetime, budget_seconds: int, *, settled: bool) -> Self:
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


class PostalAddressOut(Out):
    """A postal address."""

    kind: str
    line1: str
    line2: str | None
    city: str
    region: str | None
    postal_code: str | None
    country: str


class CustomerFaceOut(Out):
    """Who the customer is; `version` belongs to the customer itself and is no ETag of the page."""

    id: UUID
    number: str
    name: str
    tier: str
    owner: str | None
    country: str | None
    tax_id: str | None
    currency: str | None
    email: str | None
    phone: str | None
    active: bool
    external_reference: str | None
    addresses: list[PostalAddressOut]
    version: int


class PersonOut(Out):
    """Somebody to talk to at the customer."""

    id: UUID
    name: str
    job_title: str | None
    email: str | None
    phone: str | None
    language: str | None
    active: bool


class ConsentInForceOut(Out):
    """What somebody allowed or forbade last, and where we know it from."""

    contact_id: UUID | None
    purpose: str
    channel: str
    granted: bool
    source: str
    decided_at: datetime


class OpenOpportunityOut(Out):
    """What we hope to sell."""

    id: UUID
    name: str
    stage: str
    amount: MoneyOut | None
    expected_close_on: date | None
    owner: str | None


class MomentOut(Out):
    """An entry of the timeline; without `source` it is our own."""

    id: UUID
    kind: str
    subject: str
    occurred_at: datetime
    logged_by: str | None
    document_id: UUID | None
    document_number: str | None
    amount: MoneyOut | None
    source: ProvenanceOut | None


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
    customer: CustomerFaceOut
    contacts: list[PersonOut]
    consents: list[ConsentInForceOut]
    opportunities: list[OpenOpportunityOut]
    timeline: list[MomentOut]
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
            customer=CustomerFaceOut.model_validate(overview.customer),
            contacts=[PersonOut.model_validate(contact) for contact in overview.contacts],
            consents=[
                ConsentInForceOut.model_validate(recorded.entry) for recorded in overview.consents
            ],
            opportunities=[_opportunity(row) for row in overview.opportunities],
            timeline=[_moment(row, now) for row in overview.timeline],
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


def _opportunity(row: Opportunity) -> OpenOpportunityOut:
    return OpenOpportunityOut(
        id=row.id,
        name=row.name,
        stage=row.stage,
        amount=_money(row.amount, row.currency),
        expected_close_on=row.expected_close_on,
        owner=row.owner,
    )


def _moment(row: Row[Any], now: datetime) -> MomentOut:
    told = row.source_event_id is not None
    return MomentOut(
        id=row.id,
        kind=row.kind,
        subject=row.subject,
        occurred_at=row.occurred_at,
        logged_by=row.logged_by,
        document_id=row.document_id,
        document_number=row.document_number,
        amount=_money(row.amount, row.currency),
        # What happened has happened: an entry of the past is settled.
        source=ProvenanceOut.of(row, now, 0, settled=True) if told else None,
    )


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
        source=ProvenanceOut.of(row, now, budget, settled=not quotes.is_open(row.status)),
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
        source=ProvenanceOut.of(row, now, budget, settled=not orders.is_open(row.status)),
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
        source=ProvenanceOut.of(row, now, budget, settled=not invoices.is_open(row.status)),
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
