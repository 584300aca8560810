"""Assembles the customer's page from the slices below."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from crm.customers import queries as customers
from crm.customers.queries import Contact, Customer, RecordedConsent
from crm.interactions import queries as interactions
from crm.opportunities import queries as opportunities
from crm.opportunities.queries import Opportunity
from crm.projections.credit import queries as credit
from crm.projections.credit.queries import CreditStatus
from crm.projections.invoice import queries as invoices
from crm.projections.invoice.queries import Invoice, Owed
from crm.projections.order import queries as orders
from crm.projections.order.queries import Order
from crm.projections.payment import queries as payments
from crm.projections.payment.queries import Payment
from crm.projections.quote import queries as quotes
from crm.projections.quote.queries import Quote
from servicekit.uow import ReadSession

SHOWN = 10
"""How many documents of a kind, and entries of the timeline, the page shows."""


@dataclass(frozen=True, slots=True)
class Overview:
    """What the page shows, as the slices know it; all of it from one snapshot."""

    customer: Customer
    contacts: Sequence[Contact]
    consents: Sequence[RecordedConsent]
    opportunities: Sequence[Opportunity]
    timeline: Sequence[Row[Any]]
    quotes: Sequence[Quote]
    orders: Sequence[Order]
    invoices: Sequence[Invoice]
    payments: Sequence[Payment]
    owed: Sequence[Owed]
    credit: Sequence[CreditStatus]


async def overview(reads: ReadSession, customer_id: UUID) -> Overview:
    """Everything about a customer, in eleven statements; raises CustomerNotFound.

    One after the other on one connection: they must see the same snapshot.
    """
    session, tenant = reads.session, reads.tenant
    ledger = await customers.consent_ledger(reads, customer_id)
    return Overview(
        customer=await customers.customer(reads, customer_id),
        contacts=await customers.contacts(reads, customer_id),
        consents=[recorded for recorded in ledger if recorded.in_force],
        opportunities=await opportunities.open_opportunities(session, tenant, customer_id, SHOWN),
        timeline=await interactions.recent_entries(session, tenant, customer_id, SHOWN),
        quotes=await quotes.newest_quotes(session, tenant, customer_id, SHOWN),
        orders=await orders.newest_orders(session, tenant, customer_id, SHOWN),
        invoices=await invoices.newest_invoices(session, tenant, customer_id, SHOWN),
        payments=await payments.newest_payments(session, tenant, customer_id, SHOWN),
        owed=await invoices.owed(session, tenant, customer_id),
        credit=await credit.credit_of(session, tenant, customer_id),
    )
