"""Hears the CRM and the ERP and remembers what they said."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, TypeVar

from contracts import Event, MoneyV1
from contracts.base import plain_decimal
from contracts.crm import CustomerChangedV1, CustomerCreatedV1, CustomerTierChangedV1
from contracts.crm.customer import CustomerEvent, CustomerStateV1
from contracts.erp import (
    CompanyTaxChangedV1,
    CreditStatusChangedV1,
    ItemChangedV1,
    ItemDiscontinuedV1,
    ItemReleasedV1,
    ListPriceChangedV1,
    StandardCostChangedV1,
    StockPromiseChangedV1,
)
from contracts.erp.item import ItemEvent
from cpq.projections import models
from servicekit.messaging import Received, Subscriptions
from servicekit.remembering import remember_states
from servicekit.uow import UnitOfWork

subscriptions = Subscriptions("cpq.projections", rebuild=models.TABLES)

E = TypeVar("E", bound=Event)


@subscriptions.on_state(CustomerCreatedV1, CustomerChangedV1, CustomerTierChangedV1)
async def remember_customers(received: Sequence[Received[CustomerEvent]], uow: UnitOfWork) -> None:
    """Keep who the customers are."""
    await remember_states(uow, models.KnownCustomer, _rows(received, _customer))


@subscriptions.on_state(ItemReleasedV1, ItemChangedV1, ItemDiscontinuedV1)
async def remember_items(received: Sequence[Received[ItemEvent]], uow: UnitOfWork) -> None:
    """Keep what can be sold."""
    await remember_states(uow, models.KnownItem, _rows(received, _item))


@subscriptions.on_state(ListPriceChangedV1)
async def remember_prices(
    received: Sequence[Received[ListPriceChangedV1]], uow: UnitOfWork
) -> None:
    """Keep the list prices."""
    await remember_states(uow, models.KnownPrices, _rows(received, _prices))


@subscriptions.on_state(StandardCostChangedV1)
async def remember_costs(
    received: Sequence[Received[StandardCostChangedV1]], uow: UnitOfWork
) -> None:
    """Keep the standard costs."""
    await remember_states(uow, models.KnownCosts, _rows(received, _costs))


@subscriptions.on_state(StockPromiseChangedV1)
async def remember_stock(
    received: Sequence[Received[StockPromiseChangedV1]], uow: UnitOfWork
) -> None:
    """Keep what can be promised."""
    await remember_states(uow, models.KnownStock, _rows(received, _stock))


@subscriptions.on_state(CreditStatusChangedV1)
async def remember_credit(
    received: Sequence[Received[CreditStatusChangedV1]], uow: UnitOfWork
) -> None:
    """Keep what customers owe and may still owe."""
    await remember_states(uow, models.KnownCredit, _rows(received, _credit))


@subscriptions.on_state(CompanyTaxChangedV1)
async def remember_taxes(
    received: Sequence[Received[CompanyTaxChangedV1]], uow: UnitOfWork
) -> None:
    """Keep what tax companies charge."""
    await remember_states(uow, models.KnownTax, _rows(received, _tax))


def _rows(
    received: Sequence[Received[E]], describe: Callable[[E], dict[str, Any]]
) -> list[dict[str, Any]]:
    return [
        {
            "source_event_id": each.event_id,
            "source_event_type": each.event_type,
            "source_sequence": each.sequence,
            "as_of": _as_of(each),
            **describe(each.event),
        }
        for each in received
    ]


def _as_of(received: Received[Any]) -> datetime:
    """The instant that the event itself names, else the one at which it was committed."""
    stated = getattr(received.event, "as_of", None)
    return stated if isinstance(stated, datetime) else received.occurred_at


def _customer(event: CustomerEvent) -> dict[str, Any]:
    customer = event.customer
    return {
        "customer_id": event.customer_id,
        "number": customer.number,
        "name": customer.name,
        "tier": customer.tier,
        "currency": customer.currency,
        "country": _country(customer),
        "active": customer.active,
        "external_reference": customer.external_reference,
    }


def _country(customer: CustomerStateV1) -> str | None:
    ranked = sorted(customer.addresses, key=lambda address: address.kind != "billing")
    return ranked[0].country if ranked else None


def _item(event: ItemEvent) -> dict[str, Any]:
    item = event.item
    return {
        "item_id": event.item_id,
        "sku": item.sku,
        "name": item.name,
        "unit": item.unit,
        "quantity_places": item.quantity_places,
        "category": item.category,
        "tax_category": item.tax_category,
        "stocked": item.stocked,
        "sellable": item.sellable,
        "status": item.status,
        "external_reference": item.external_reference,
    }


def _prices(event: ListPriceChangedV1) -> dict[str, Any]:
    return {
        "item_id": event.item_id,
        "prices": [price.model_dump(mode="json") for price in event.prices],
    }


def _costs(event: StandardCostChangedV1) -> dict[str, Any]:
    return {
        "item_id": event.item_id,
        "costs": [cost.model_dump(mode="json") for cost in event.costs],
    }


def _tax(event: CompanyTaxChangedV1) -> dict[str, Any]:
    return {
        "company_id": event.company_id,
        "country": event.country,
        "is_default": event.is_default,
        "rates": [rate.model_dump(mode="json") for rate in event.rates],
    }


def _stock(event: StockPromiseChangedV1) -> dict[str, Any]:
    return {
        "item_id": event.item_id,
        "unit": event.unit,
        "on_hand": plain_decimal(event.on_hand),
        "reserved": plain_decimal(event.reserved),
        "available": plain_decimal(event.available),
        "promises": [promise.model_dump(mode="json") for promise in event.promises],
    }


def _credit(event: CreditStatusChangedV1) -> dict[str, Any]:
    return {
        "account_id": event.account_id,
        "customer_id": event.customer_id,
        "company_id": event.company_id,
        "currency": event.currency,
        "credit_limit": _amount(event.credit_limit),
        "open_items": _amount(event.open_items),
        "open_orders": _amount(event.open_orders),
        "exposure": _amount(event.exposure),
        "overdue": _amount(event.overdue),
        "headroom": _amount(event.headroom),
        "state": event.state,
        "payment_terms_days": event.payment_terms_days,
    }


def _amount(money: MoneyV1 | None) -> str | None:
    return None if money is None else plain_decimal(money.amount)
