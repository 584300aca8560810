"""The ERP as a service: its slices, wired together."""

from pathlib import Path

from fastapi import FastAPI

import erp.bill_imports.api
import erp.charts.api
import erp.einvoices.api
import erp.exchange_rates.api
import erp.exchange_rates.service
import erp.inventory.api
import erp.inventory.jobs
import erp.invoice_plans.api
import erp.invoice_plans.jobs
import erp.items.api
import erp.ledger.api
import erp.ledger.jobs
import erp.payables.api
import erp.payment_runs.api
import erp.projections.customer.handlers
import erp.receivables.api
import erp.receivables.handlers
import erp.receivables.jobs
import erp.revaluations.api
import erp.sales_orders.api
import erp.sales_orders.handlers
import erp.sales_orders.jobs
import erp.statements.api
import erp.taxes.api
from erp.inventory.service import open_default_warehouse
from erp.ledger.queries import also_prove
from erp.ledger.service import when_a_company_opens
from erp.receivables.service import prepare_company
from erp.tables import Base
from erp.taxes.queries import tax_proof
from erp.taxes.service import prepare_company as prepare_taxes
from servicekit.http.app import create_app
from servicekit.service import Service, load_glossary, load_roles

# What a new company finds ready, in this order.
when_a_company_opens(erp.exchange_rates.service.prepare_company)
when_a_company_opens(open_default_warehouse)
when_a_company_opens(prepare_taxes)
when_a_company_opens(prepare_company)

# What the ledger proves beside its own.
also_prove(tax_proof)

service = Service(
    name="erp",
    title="Tradewind ERP",
    version="0.1.0",
    description="Orders, stock, receivables and the ledger.",
    base=Base,
    routers=[
        *erp.ledger.api.routers,
        *erp.exchange_rates.api.routers,
        *erp.taxes.api.routers,
        *erp.charts.api.routers,
        *erp.receivables.api.routers,
        *erp.invoice_plans.api.routers,
        *erp.revaluations.api.routers,
        *erp.payables.api.routers,
        *erp.payment_runs.api.routers,
        *erp.bill_imports.api.routers,
        *erp.items.api.routers,
        *erp.inventory.api.routers,
        *erp.sales_orders.api.routers,
        *erp.statements.api.routers,
        *erp.einvoices.api.routers,
    ],
    subscriptions=[
        erp.projections.customer.handlers.subscriptions,
        erp.receivables.handlers.subscriptions,
        erp.sales_orders.handlers.reactions,
    ],
    jobs=[
        erp.ledger.jobs.jobs,
        erp.receivables.jobs.jobs,
        erp.invoice_plans.jobs.jobs,
        erp.inventory.jobs.jobs,
        erp.sales_orders.jobs.jobs,
    ],
    roles=load_roles(Path(__file__).with_name("roles.toml")),
    glossary=load_glossary(Path(__file__).with_name("glossary.toml")),
)


def app() -> FastAPI:
    """The HTTP application, for `python -m erp serve`."""
    return create_app(service)
