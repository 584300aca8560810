"""What an acceptance does to contracts: it starts one, or amends the one that it was made for.

A quote that amends keeps what it was made from: how many entries the contract had, which of its
lines belong to what the customer has already, what is given back, and what that comes to:

    {made_from, credits: [{key, kind, ...}], credit,
     lines: {<line key>: {key, kind, replaces, unit_price, item_id, start_on, end_on, multiplier}}}

At its locked `unit_price` or above, a line is sold whatever floor there is by now.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from pydantic import TypeAdapter

from cpq.contracts import service as contracts
from cpq.contracts.queries import entries_of
from cpq.contracts.service import AmendmentLineIsFixed, Entry, EntryKind
from cpq.quotes.models import Quote, QuoteLine
from cpq.quotes.rules import Term
from cpq.quotes.service.drafts import Draft, term_of
from cpq.quotes.service.wishes import LineWish
from cpq.selling import Proration, TermUnit
from servicekit.uow import ReadSession, UnitOfWork
from servicekit.values import plain

_ENTRIES = TypeAdapter(list[Entry])
_TERMS = TypeAdapter(Term)


def kept_amendment(draft: Draft) -> dict[str, Any] | None:
    """What a new quote keeps of the amendment that it is for: items and days of its lines, too."""
    if draft.wish.amends is None:
        return None
    mapped = draft.wish.amends["lines"]
    fixed = _fixed(draft)
    return {
        **draft.wish.amends,
        "lines": {key: {**of, **fixed[key]} for key, of in mapped.items()},
    }


def check_amendment(quote: Quote, draft: Draft) -> None:
    """Raise `AmendmentLineIsFixed` where other lines would not be what the contract is amended by.

    What a line says of something in the contract stays: which item, and for which days. Its price
    and quantity may change, and it may be left out, unless something was given back for it.
    """
    known = _fixed(draft)
    for key, of in ((quote.amends or {}).get("lines") or {}).items():
        found = known.get(key)
        if of["replaces"] is not None and (found is None or not _stays(draft, key)):
            raise AmendmentLineIsFixed(
                f"line {key!r} takes the place of {of['replaces']!r}, which is given back",
                field="lines",
            )
        changed = next((name for name in found or () if of.get(name) != (found or {})[name]), None)
        if changed is not None:
            place = [line.key for line in draft.lines].index(key)
            raise AmendmentLineIsFixed(
                f"{changed} of line {key!r} is {of.get(changed)}", field=f"lines.{place}.{changed}"
            )


def _fixed(draft: Draft) -> dict[str, dict[str, str]]:
    """What may not change of the lines that have a term, by key."""
    return {
        line.key or "": {
            "item_id": str(wanted.item.item_id),
            "start_on": term.start_on.isoformat(),
            "end_on": term.end_on.isoformat() if term.end_on else "",
            "multiplier": plain(term.multiplier),
            "price_is_for": _length(line),
        }
        if term
        else {"item_id": str(wanted.item.item_id)}
        for line, wanted, term in zip(draft.lines, draft.document.lines, draft.terms, strict=True)
    }


def _length(line: LineWish) -> str:
    """How long one price of a line is for."""
    term = term_of(line) or Term()
    return f"{term.count} {term.unit.value}"


def _stays(draft: Draft, key: str) -> bool:
    """Whether a line is there whatever the customer picks."""
    by_key = {line.key: line for line in draft.lines}
    at: str | None = key
    while at is not None:
        line = by_key[at]
        if line.optional or line.alternative_of is not None or not line.selected:
            return False
        if any(other.alternative_of == at for other in draft.lines):
            return False
        at = line.parent
    return True


async def settle_contract(uow: UnitOfWork, quote: Quote, lines: Sequence[QuoteLine]) -> None:
    """Start or amend the contract of an accepted quote; one that sells nothing for a time has none.

    Raises `ContractHasChanged`.
    """
    termed = [line for line in lines if line.counts and line.start_on is not None]
    if quote.contract_id is None:
        if termed:
            await contracts.start_contract(
                uow, f"CT-{quote.number.removeprefix('Q-')}", _buyer(quote), quote.id,
                entries_of_lines(termed, {}, set()),
            )  # fmt: skip
        return
    amends = quote.amends or {}
    known = await contracts.entries_unchanged(uow, quote.contract_id, amends.get("made_from"))
    added = [
        *credits_of(quote),
        *entries_of_lines(termed, amends.get("lines", {}), {entry.key for entry in known}),
    ]
    if added:
        await contracts.amend_contract(
            uow,
            quote.contract_id,
            added,
            quote_id=quote.id,
            credit=credit_of(quote),
        )


async def is_outdated(reads: ReadSession | UnitOfWork, quote: Quote) -> bool:
    """Whether the contract was changed since the quote was made to amend it."""
    made_from = (quote.amends or {}).get("made_from")
    if quote.contract_id is None or made_from is None:
        return False
    return len(await entries_of(reads.session, quote.contract_id)) != int(made_from)


def credits_of(quote: Quote) -> list[Entry]:
    """What the quote gives back: entries below zero."""
    return _ENTRIES.validate_python((quote.amends or {}).get("credits", []))


def credit_of(quote: Quote) -> Decimal:
    """What the quote gives back together, in whole minor units, without tax."""
    return Decimal((quote.amends or {}).get("credit", 0))


def written_credits(entries: Sequence[Entry]) -> list[dict[str, Any]]:
    """What a quote keeps of what it gives back."""
    written: list[dict[str, Any]] = _ENTRIES.dump_python(list(entries), mode="json")
    return written


def entries_of_lines(
    lines: Sequence[QuoteLine], mapped: Mapping[str, Mapping[str, Any]], taken: set[str]
) -> list[Entry]:
    """Lines with a term as entries of a contract; the segments of a ramp are one thing.

    `taken` are the keys that the contract has: what is new gets another.
    """
    found: list[Entry] = []
    taken = taken | {of["key"] for of in mapped.values()}
    ramps: dict[str, str] = {}
    for line in lines:
        of = mapped.get(line.key, {})
        key = of.get("key") or (ramps.get(line.ramp) if line.ramp else None)
        if key is None:
            key = contracts.new_key(line.ramp or line.key, taken)
            taken.add(key)
        if line.ramp:
            ramps[line.ramp] = key
        term = _TERMS.validate_python(line.term) if line.term else Term()
        assert line.start_on is not None
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
                until_on=line.end_on or contracts.FOREVER,
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
