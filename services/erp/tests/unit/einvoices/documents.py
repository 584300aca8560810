"""Documents for tests."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from erp.einvoices.rules import (
    Address,
    Bank,
    Booked,
    BookedLine,
    BookedTax,
    Document,
    Identifier,
    Party,
    compose,
)
from erp.taxes.queries import plain_code

SELLER = Party(
    "Tradewind Trading GmbH",
    Address("DE", street="Hafenstraße 1", city="Hamburg", postcode="20457"),
    trading_name="Tradewind",
    registration=Identifier("HRB 4711"),
    vat_id="DE136695976",
    electronic=Identifier("billing@tradewind.example", "EM"),
    telephone="+49 40 5550100",
)
BUYER = Party("Ada Ltd", Address("FR", city="Strasbourg"), vat_id="FR40303265045")
BANK = Bank("DE02120300000000202051", "BYLADEM1001")


def booked_tax(category: str, rate: Decimal, base: Decimal, tax: Decimal) -> BookedTax:
    """The tax of a category as it is at home."""
    return BookedTax(category, rate, base, tax, plain_code(category, rate))


def booked(**changes: Any) -> Booked:
    """One thing of 100 euros at 7 %."""
    line = BookedLine(
        1, "Thing", Decimal(1), "pcs", Decimal(100), Decimal(100), Decimal(100), "reduced", "SKU"
    )
    one = Booked(
        credit=False,
        number="INV-1",
        issued_on=date(2025, 1, 5),
        due_on=date(2025, 2, 4),
        currency="EUR",
        net=Decimal(100),
        gross=Decimal(107),
        lines=(line,),
        taxes=(booked_tax("reduced", Decimal("0.07"), Decimal(100), Decimal(7)),),
    )
    return replace(one, **changes)


def composed(**changes: Any) -> Document:
    """The document of it."""
    return replace(compose(booked(), SELLER, BUYER, bank=BANK, terms="30 days"), **changes)
