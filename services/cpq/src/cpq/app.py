"""CPQ as a service: what it answers, what it hears, what the clock starts."""

from pathlib import Path
from typing import TYPE_CHECKING

from cpq import __version__
from cpq.amendments import api as contracts
from cpq.approvals import api as approvals
from cpq.approvals import jobs as approval_jobs
from cpq.catalog import api as catalog
from cpq.catalog import jobs as catalog_jobs
from cpq.configurator import api as configurator
from cpq.documents import api as documents
from cpq.offers import api as offers
from cpq.offers.service import open_link
from cpq.pricing import api as pricing
from cpq.projections import handlers as projections
from cpq.promotions import api as promotions
from cpq.quotes import api as quotes
from cpq.quotes import handlers as orders
from cpq.quotes import jobs as quote_jobs
from cpq.rehearsals import api as rehearsals
from cpq.selling_models import api as selling_models
from cpq.tables import Base
from servicekit.service import Service, load_glossary, load_roles

if TYPE_CHECKING:
    from fastapi import FastAPI

service = Service(
    name="cpq",
    title="Tradewind CPQ",
    version=__version__,
    description=(
        "Prices and quotes. What it knows of customers, credit, items, list prices, costs and "
        "stock it heard from the CRM and the ERP, and each such fact says when."
    ),
    base=Base,
    routers=[
        *quotes.routers,
        rehearsals.router,
        *pricing.routers,
        *selling_models.routers,
        catalog.router,
        configurator.router,
        *documents.routers,
        *offers.routers,
        contracts.router,
        approvals.router,
        promotions.router,
    ],
    subscriptions=[projections.subscriptions, orders.subscriptions],
    jobs=[quote_jobs.jobs, catalog_jobs.jobs, approval_jobs.jobs],
    commands={
        "import": (
            "Read other programs' configuration models and send them to the API.",
            "cpq.importing",
            "IMPORT",
        )
    },
    pages={
        "/configurator": Path(__file__).with_name("configurator") / "page",
        "/offer": Path(__file__).with_name("offers") / "page",
    },
    opens_links=open_link,
    roles=load_roles(Path(__file__).with_name("roles.toml")),
    glossary=load_glossary(Path(__file__).with_name("glossary.toml")),
)


def app() -> "FastAPI":
    """The HTTP application, with settings from the environment."""
    from servicekit.http.app import create_app

    return create_app(service)
