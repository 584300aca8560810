"""Contracts as contract events."""

from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

from contracts import MoneyV1
from contracts.cpq import ContractAmendedV1, ContractEntryV1, ContractStartedV1
from cpq.contracts.models import Contract
from cpq.contracts.rules import Entry, ending


def started(contract: Contract, entries: Sequence[Entry]) -> ContractStartedV1:
    """A customer has bought something for a time."""
    return ContractStartedV1(
        contract_id=contract.id,
        contract_number=contract.number,
        customer_id=contract.customer_id,
        quote_id=contract.quote_id,
        currency=contract.currency,
        start_on=contract.start_on,
        end_on=contract.end_on,
        entries=[_entry(entry) for entry in entries],
    )


def amended(
    contract: Contract, entries: Sequence[Entry], credit: Decimal, quote: UUID | None
) -> ContractAmendedV1:
    """More, less, something else, or longer; what is given back is below zero."""
    return ContractAmendedV1(
        contract_id=contract.id,
        contract_number=contract.number,
        customer_id=contract.customer_id,
        quote_id=quote,
        currency=contract.currency,
        start_on=contract.start_on,
        end_on=contract.end_on,
        entries=[_entry(entry) for entry in entries],
        credit=MoneyV1(amount=credit, currency=contract.currency),
    )


def _entry(entry: Entry) -> ContractEntryV1:
    return ContractEntryV1(
        key=entry.key,
        kind=entry.kind.value,
        item_id=entry.item_id,
        sku=entry.sku,
        quantity=entry.quantity,
        unit_price=entry.unit_price,
        from_on=entry.from_on,
        until_on=ending(entry.until_on),
        amount=entry.amount,
        position=entry.position,
        lot=entry.lot,
    )
