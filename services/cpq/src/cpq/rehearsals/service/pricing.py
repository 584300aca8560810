"""A quote priced by the rules of then and by those that are tried, as a rehearsal sums it up."""

from __future__ import annotations

from cpq.pricing.service.documents import PricedDocument
from cpq.pricing.service.rehearsing import KnownRules, Rehearsed, Substitution, rehearse
from cpq.quotes.service.pricings import PastQuote
from cpq.rehearsals.rules import ItemKey, QuoteOutcome, Reason, Sides, Tally, UnpricedQuote
from servicekit.errors import Refusal
from servicekit.values import Money, round_together


def count_in(
    tally: Tally,
    quote: PastQuote,
    record: bytes | None,
    substitution: Substitution,
    known: KnownRules,
) -> None:
    """Price a quote from its record, and count it in or say why it cannot be priced."""
    try:
        found = rehearse(record, substitution, known)
    except Refusal as refusal:
        refuse(tally, quote, refusal)
        return
    items, changed = _items(found)
    reasons = [Reason(one.step, one.rule, one.version, one.difference) for one in found.causes]
    on = found.before.basis.document.on
    before, after = found.before.totals, found.after.totals
    outcome = QuoteOutcome(
        quote_id=quote.id,
        number=quote.number,
        revision=quote.revision,
        status=quote.status,
        customer_id=quote.customer_id,
        customer_number=quote.customer_number,
        customer_name=quote.customer_name,
        priced_on=on.day,
        currency=on.currency,
        net=Sides(before.net.amount, after.net.amount),
        gross=Sides(before.gross.amount, after.gross.amount),
        changed=changed,
        reason=reasons[0] if reasons else None,
    )
    tally.add(outcome, items, reasons)


def refuse(tally: Tally, quote: PastQuote, refusal: Refusal) -> None:
    """Say why a quote cannot be priced."""
    tally.refuse(
        UnpricedQuote(
            quote_id=quote.id,
            number=quote.number,
            revision=quote.revision,
            status=quote.status,
            customer_id=quote.customer_id,
            customer_number=quote.customer_number,
            customer_name=quote.customer_name,
            priced_on=quote.priced_on,
            currency=quote.currency,
            quoted=quote.net,
            code=refusal.code,
            message=refusal.detail,
            field=refusal.field,
        )
    )


def _items(found: Rehearsed) -> tuple[dict[ItemKey, Sides], bool]:
    """What each item costs by both, and whether any line that counts costs something else."""
    items: dict[ItemKey, Sides] = {}
    requests = found.before.basis.document.lines
    rounded = zip(_shown(found.before), _shown(found.after), strict=True)
    changed = False
    lines = zip(requests, found.before.lines, found.after.lines, strict=True)
    for request, was, now in lines:
        if request.counts:
            changed = changed or was.priced.net_amount != now.priced.net_amount
            before, after = next(rounded)
            item = ItemKey(request.item_id, request.sku)
            items[item] = items.get(item, Sides()).plus(Sides(before.amount, after.amount))
    return items, changed


def _shown(priced: PricedDocument) -> list[Money]:
    """The lines that count, rounded so that they sum to the net."""
    currency = priced.basis.document.on.currency
    requests = priced.basis.document.lines
    return round_together(
        [
            Money(line.priced.net_amount, currency)
            for request, line in zip(requests, priced.lines, strict=True)
            if request.counts
        ]
    )
