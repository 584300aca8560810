"""What an acceptance does to contracts: it starts one, or amends the one that it was made for.

A quote that amends keeps what it was made from: how many entries the contract had, which of its
lines belong to what the customer has already, and what is given back:

    {made_from, lines: {<line key>: {key, kind, replaces}}, credits: [{key, kind, ...}]}
"""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import TypeAdapter

from cpq.contracts import service as contracts
from cpq.contracts.service import Entry, EntryKind
from cpq.quotes.models import Quote, QuoteLine
from cpq.quotes.rules import Term
from cpq.selling import Proration, TermUnit
from servicekit.uow import UnitOfWork

_ENTRIES = TypeAdapter(list[Entry])
_TERMS = TypeAdapter(Term)


async def settle_contract(uow: UnitOfWork, quote: Quote, lines: Sequence[QuoteLine]) -> None:
    """Start or amend the contract of an accepted quote; one that sells nothing for a time has none.

    Raises `ContractHasChanged`.
    """
    termed = [line for line in lines if line.counts and line.start_on is not None]
    if quote.contract_id is None:
        if termed:
            await contracts.start_contract(
                uow, f"CT-{quote.number.removeprefix('Q-')}", _buyer(quote), quote.id,
                entries_of_lines(termed, {}),
            )  # fmt: skip
        return
    amends = quote.amends or {}
    added = [*credits_of(quote), *entries_of_lines(termed, amends.get("lines", {}))]
    if added:
        await contracts.amend_contract(
            uow,
            quote.contract_id,
            added,
            quote_id=quote.id,
            made_from=amends.get("made_from"),
        )


def credits_of(quote: Quote) -> list[Entry]:
    """What the quote gives back: entries below zero."""
    return _ENTRIES.validate_python((quote.amends or {}).get("credits", []))


def written_credits(entries: Sequence[Entry]) -> list[dict[str, Any]]:
    """What a quote keeps of what it gives back."""
    written: list[dict[str, Any]] = _ENTRIES.dump_python(list(entries), mode="json")
    return written


def entries_of_lines(
    lines: Sequence[QuoteLine], mapped: Mapping[str, Mapping[str, Any]]
) -> list[Entry]:
    """Lines with a term as entries of a contract."""
    found, taken = [], set[str]()
    for line in lines:
        of = mapped.get(line.key, {})
        key = of.get("key") or contracts.new_key(line.key, taken)
        taken.add(key)
        term = _TERMS.validate_python(line.term) if line.term else Term()
        assert line.start_on is not None
        assert line.end_on is not None
        found.append(
            Entry(
                key=key,
                kind=EntryKind(of.get("kind", "new")),
                item_id=line.item_id,
                sku=line.sku,
                name=line.name,
                unit=line.unit,
                quantity=line.quantity,
                unit_price=line.net_unit_price,
                from_on=line.start_on,
                until_on=line.end_on,
                amount=line.net_amount,
                term_unit=TermUnit(term.unit),
                term_count=term.count,
                basis=Proration(term.basis),
                anchor=term.anchor or line.start_on,
                selling_model=line.selling_model,
                replaces=of.get("replaces"),
            )
        )
    return found


def _buyer(quote: Quote) -> contracts.Buyer:
    return contracts.Buyer(
        customer_id=quote.customer_id,
        customer_number=quote.customer_number,
        customer_name=quote.customer_name,
        selling_company_id=quote.selling_company_id,
        currency=quote.currency,
    )
