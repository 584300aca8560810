"""The customer's page, put together from its facts."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Self

from sqlalchemy import Row

from crm.customer_overview.queries import Overview
from crm.customer_overview.rules import freshness
from crm.customer_overview.schemas.facts import (
    ConsentInForceOut,
    CreditOut,
    CustomerFaceOut,
    InvoiceSummaryOut,
    MomentOut,
    OpenOpportunityOut,
    OrderSummaryOut,
    OwedOut,
    PaymentSummaryOut,
    PersonOut,
    ProvenanceOut,
    QuoteSummaryOut,
)
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
from servicekit.http import MoneyOut, Out


class OverviewOut(Out):
    """The customer's page. Lists show the ten most pressing of their kind."""

    as_of: datetime
    """When this page was put together, in UTC."""
    customer: CustomerFaceOut
    """Who the customer is."""
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
        returned_on=row.returned_on,
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
