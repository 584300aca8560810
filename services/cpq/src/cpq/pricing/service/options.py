"""What taking or leaving options makes of a price, from the record of what was offered."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from cpq.pricing.rules import PricedDraft
from cpq.pricing.service.records import basis_of
from servicekit.values import Money


def nets_of(record: bytes, choices: Sequence[Mapping[str, bool]]) -> list[Money]:
    """The net of the whole document as each choice leaves it, rounded.

    A choice says by their keys which lines count. The record is read once, and of each choice only
    what it touches is priced anew. Raises what pricing raises, and `ValueError` for what is no
    record.
    """
    basis = basis_of(record)
    document = basis.document
    begun = PricedDraft(document, basis.rules)
    found = []
    for counts in choices:
        lines = [
            line if counts[line.key] is line.counts else replace(line, counts=counts[line.key])
            for line in document.lines
        ]
        prices = begun.following(replace(document, lines=lines)).prices
        exact = [
            Money(prices[line.key].net_amount, document.on.currency)
            for line in lines
            if line.counts
        ]
        found.append(sum(exact, Money.zero(document.on.currency)).round())
    return found
