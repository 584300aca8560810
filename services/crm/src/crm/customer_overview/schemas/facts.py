"""The facts that stand on the customer's page."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any, Self
from uuid import UUID

from sqlalchemy import Row

from crm.customer_overview.rules import freshness
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
    """What the address is for: billing, shipping, registered, visiting or other."""
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
    """How we know of the decision."""
    decided_at: datetime


class OpenOpportunityOut(Out):
    """What we hope to sell."""

    id: UUID
    name: str
    stage: str
    amount: MoneyOut | None
    """What we expect to sell for, without tax."""
    expected_close_on: date | None
    owner: str | None


class MomentOut(Out):
    """An entry of the timeline; without `source` it is our own."""

    id: UUID
    kind: str
    """An interaction of ours (call, mail, meeting, note, visit) or the document's kind."""
    subject: str
    occurred_at: datetime
    logged_by: str | None
    document_id: UUID | None
    document_number: str | None
    amount: MoneyOut | None
    """What the document is about; null for our own."""
    source: ProvenanceOut | None


class QuoteSummaryOut(Out):
    """A quote, as CPQ told it."""

    id: UUID
    number: str
    revision: int
    status: str
    """draft, priced, sent, accepted, declined or expired."""
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
    """placed, held, confirmed, rejected, shipping, shipped, invoiced or cancelled."""
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
    """issued, partially-paid, overdue or paid."""
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
    """What arrived."""
    unallocated: MoneyOut
    received_on: date
    method: str
    reference: str | None
    returned_on: date | None
    """The day on which the money came back; null: it did not."""
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
