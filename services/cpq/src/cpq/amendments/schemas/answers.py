"""What clients receive about contracts."""

from datetime import date, datetime
from decimal import Decimal
from typing import Literal, Self
from uuid import UUID

from cpq.amendments import service
from cpq.contracts.queries import Contract, ContractEntry
from cpq.contracts.service import ChangedLine, Holding, ending, together
from cpq.quotes.service import Previewed, Written, credit_of
from servicekit.http import AmountOut, Out, QuantityOut
from servicekit.values import Money


class HeldPriceOut(Out):
    """How much is held at one price."""

    quantity: QuantityOut
    """How much of it."""
    unit_price: AmountOut
    """For one unit and one period; it is locked."""


class HoldingOut(Out):
    """What a customer has of one thing on a day."""

    key: str
    """Names it within its contract, whatever becomes of it."""
    item_id: UUID
    sku: str
    name: str
    unit: str
    """The unit of the quantity."""
    quantity: QuantityOut
    """How much of it."""
    unit_price: AmountOut
    """For one unit and one period, of what was bought last of it: more is sold at this price."""
    prices: list[HeldPriceOut]
    """What it costs, the whole quantity; what was bought last is given back first."""
    term_unit: str
    """What the price is for, together with `term_count`."""
    term_count: int
    """How many of the unit one price is for."""
    until_on: date | None
    """The last day of it, as things stand; null: until it is cancelled."""
    selling_model: str | None
    """How it is sold."""

    @classmethod
    def of(cls, held: Holding) -> Self:
        """Render it."""
        entry = held.latest
        return cls(
            key=held.key,
            item_id=entry.item_id,
            sku=entry.sku,
            name=entry.name,
            unit=entry.unit,
            quantity=held.quantity,
            unit_price=entry.unit_price,
            prices=[
                HeldPriceOut(quantity=layer.quantity, unit_price=layer.lot.unit_price)
                for layer in together(held.layers)
            ],
            term_unit=entry.term_unit.value,
            term_count=entry.term_count,
            until_on=ending(held.until_on),
            selling_model=entry.selling_model,
        )


class EntryOut(Out):
    """Something that was bought or taken away, and the days that it is for."""

    position: int
    """The order in which entries came about, from 1."""
    key: str
    """What it is in the contract."""
    kind: Literal["new", "add", "reduce", "extend", "renew"]
    """What it came of."""
    sku: str
    name: str
    quantity: QuantityOut
    """Below zero takes away."""
    unit_price: AmountOut
    """For one unit and one period."""
    from_on: date
    """The first day."""
    until_on: date | None
    """The last day; null: until it is cancelled."""
    amount: AmountOut
    """What it costs over its days, without tax, not rounded; below zero is given back. Of what runs
    until it is cancelled: in its first period."""
    replaces: str | None
    """The key of what it was swapped for."""
    lot: int | None
    """The position of the entry that it takes from; null: it was bought."""
    quote_id: UUID | None
    """The quote that it came of; null: something was taken away without one."""
    written_at: datetime
    """When, in UTC."""
    written_by: str
    """By whom: the subject of their access token."""


class ContractSummaryOut(Out):
    """A contract in a list."""

    id: UUID
    """The contract."""
    number: str
    quote_id: UUID
    """The quote that began it."""
    customer_id: UUID
    customer_number: str
    customer_name: str
    selling_company_id: UUID | None
    currency: str
    """Of all amounts."""
    start_on: date
    """The first day."""
    end_on: date | None
    """The last day on which anything is held, as things stand; null: until it is cancelled."""
    cancelled_at: datetime | None
    """When it was cancelled before its time, in UTC."""
    version: int
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, contract: Contract) -> Self:
        """Render the row."""
        return cls.model_validate(contract)


class ContractOut(ContractSummaryOut):
    """A contract with what is held on a day, and how that came about."""

    on: date
    """The day that the holdings are of."""
    holdings: list[HoldingOut]
    """What is held on that day."""
    entries: list[EntryOut]
    """Everything that was bought and taken away; nothing is ever changed."""
    amount: AmountOut
    """The sum of all entries, rounded, without tax."""

    @classmethod
    def seen(
        cls,
        contract: Contract,
        rows: list[ContractEntry],
        held: dict[str, Holding],
        day: date,
    ) -> Self:
        """Render the rows."""
        whole = sum((row.amount for row in rows), start=Decimal(0))
        return cls(
            **ContractSummaryOut.of(contract).model_dump(),
            on=day,
            holdings=[HoldingOut.of(each) for each in held.values()],
            entries=[EntryOut.model_validate(row) for row in rows],
            amount=Money(whole, contract.currency).round().amount,
        )


class ChargeOut(Out):
    """What would be charged for a line."""

    key: str
    """The line."""
    sku: str
    name: str
    quantity: QuantityOut
    """How much."""
    unit_price: AmountOut
    """For one unit and one period, after all discounts."""
    start_on: date | None
    """The first day; null: it is sold once."""
    end_on: date | None
    """The last day; null with a first day: it runs until it is cancelled."""
    term: str | None
    """How many times the price is due, such as `8/31 + 10 months`."""
    amount: AmountOut
    """Over its days, without tax, not rounded."""


class GivenBackOut(Out):
    """What would be given back."""

    key: str
    """What it is in the contract."""
    sku: str
    name: str
    quantity: QuantityOut
    """How much is taken away."""
    from_on: date
    """The first day without it."""
    until_on: date | None
    """The last day that it would have had; null: it would have run on."""
    amount: AmountOut
    """Without tax, not rounded."""
    reason: str
    """How it is worked out."""

    @classmethod
    def of(cls, line: ChangedLine) -> Self:
        """Render it."""
        entry = line.entry
        return cls(
            key=entry.key,
            sku=entry.sku,
            name=entry.name,
            quantity=-entry.quantity,
            from_on=entry.from_on,
            until_on=ending(entry.until_on),
            amount=-entry.amount,
            reason=line.reason,
        )


class PreviewOut(Out):
    """What a change of a contract would charge and give back; nothing was written."""

    currency: str
    """Of all amounts."""
    charges: list[ChargeOut]
    """What would be charged."""
    given_back: list[GivenBackOut]
    """What would be given back."""
    charge: AmountOut
    """The sum of the charges, rounded, without tax."""
    credit: AmountOut
    """The sum of what is given back, rounded, without tax."""
    net: AmountOut
    """Charge less credit; below zero the customer is owed it."""

    @classmethod
    def of(cls, preview: service.Preview, currency: str) -> Self:
        """Render it."""
        priced = preview.priced
        charges = [] if priced is None else _charges(priced)
        charge = Money(Decimal(0), currency) if priced is None else priced.price.totals.net
        credit = Money(preview.credit, currency)
        return cls(
            currency=currency,
            charges=charges,
            given_back=[GivenBackOut.of(line) for line in preview.given_back],
            charge=charge.amount,
            credit=credit.amount,
            net=(charge - credit).amount,
        )


def _charges(priced: Previewed) -> list[ChargeOut]:
    return [
        ChargeOut(
            key=line.key or "",
            sku=wanted.item.sku,
            name=wanted.item.name,
            quantity=wanted.quantity,
            unit_price=found.priced.net_unit_price,
            start_on=term.start_on if term else None,
            end_on=term.end_on if term else None,
            term=term.reason if term else None,
            amount=found.priced.net_amount,
        )
        for line, term, wanted, found in zip(
            priced.lines, priced.terms, priced.document.lines, priced.price.lines, strict=True
        )
    ]


class AmendmentQuoteOut(Out):
    """The quote that a change waits for."""

    quote_id: UUID
    quote_number: str
    """The quote's number; it is a draft that is sent and accepted like any other."""
    version: int
    """The quote's version, for If-Match when its lines are edited."""
    currency: str
    """Of the amounts."""
    net: AmountOut
    """What it charges, without tax."""
    credit: AmountOut
    """What it gives back, without tax."""

    @classmethod
    def of(cls, written: Written) -> Self:
        """Render it."""
        quote = written.quote
        return cls(
            quote_id=quote.id,
            quote_number=quote.number,
            version=quote.version,
            currency=quote.currency,
            net=quote.net,
            credit=credit_of(quote),
        )
