"""The CRM as one object: what serves, works, migrates and is checked."""

from importlib.metadata import version
from pathlib import Path

from fastapi import FastAPI

from crm.caller_lookup.api import routers as caller_lookup
from crm.custom_fields.api import router as custom_fields
from crm.customer_overview.api import router as customer_overview
from crm.customer_value.api import routers as customer_values
from crm.customer_value.jobs import jobs as customer_value_jobs
from crm.customers.api import router as customers
from crm.interactions.api import router as interactions
from crm.interactions.handlers import timeline
from crm.leads.api import router as leads
from crm.opportunities.api import router as opportunities
from crm.opportunities.api import stages_router as opportunity_stages
from crm.opportunities.handlers import reactions
from crm.people.api import router as people
from crm.projections.credit.handlers import projections as credit
from crm.projections.invoice.handlers import projections as invoices
from crm.projections.order.handlers import projections as orders
from crm.projections.payment.handlers import projections as payments
from crm.projections.quote.handlers import projections as quotes
from crm.search.api import router as search
from crm.tables import Base
from servicekit.service import Service, load_glossary, load_roles

service = Service(
    name="crm",
    title="Tradewind CRM",
    version=version("tradewind-crm"),
    description="Who the customers are, what passed between us, and what we hope to sell.",
    base=Base,
    routers=[
        customers,
        customer_overview,
        custom_fields,
        people,
        search,
        interactions,
        opportunities,
        opportunity_stages,
        leads,
        *customer_values,
        *caller_lookup,
    ],
    subscriptions=[quotes, orders, invoices, payments, credit, timeline, reactions],
    jobs=[customer_value_jobs],
    roles=load_roles(Path(__file__).with_name("roles.toml")),
    glossary=load_glossary(Path(__file__).with_name("glossary.toml")),
)


def app() -> FastAPI:
    """The HTTP application, with settings from the environment."""
    from servicekit.http.app import create_app

    return create_app(service)
