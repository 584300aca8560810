"""Quotes as contract events."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from contracts import LONGEST_EVENT_BYTES, MoneyV1
from contracts.cpq import (
    ChoiceV1,
    ConfigurationV1,
    ConfiguredPartV1,
    QuoteAcceptedV1,
    QuoteApprovedV1,
    QuoteCancelledV1,
    QuoteCreatedV1,
    QuoteDeclinedV1,
    QuotedLineV1,
    QuoteExpiredV1,
    QuotePricedV1,
    QuoteRevisedV1,
    QuoteSentV1,
    QuoteSubmittedV1,
)
from cpq.quotes.models import Quote, QuoteLine
from servicekit.values.decimals import ARITHMETIC, round_to

_ROOM = LONGEST_EVENT_BYTES - 20_000
"""Bytes that the lines of an acceptance may take; what stands beside them is far below the rest."""
_MORE_THAN_OFFERED = 300
"""Bytes that a line without a configuration is longer in an acceptance than in the offer, at the
most: its id, its list price, and the names of members that an offer leaves out."""


def created(quote: Quote) -> QuoteCreatedV1:
    """A quote was started."""
    return QuoteCreatedV1(**_base(quote))


def priced(quote: Quote) -> QuotePricedV1:
    """The quote was priced anew."""
    return QuotePricedV1(
        **_base(quote),
        net=_money(quote, quote.net),
        tax_estimate=_money(quote, quote.tax_estimate),
        gross_estimate=_money(quote, quote.gross_estimate),
        line_count=quote.line_count,
    )


def sent(quote: Quote, valid_until: date) -> QuoteSentV1:
    """The customer has the offer."""
    return QuoteSentV1(
        **_base(quote),
        net=_money(quote, quote.net),
        gross_estimate=_money(quote, quote.gross_estimate),
        valid_until=valid_until,
    )


def accepted(quote: Quote, lines: Sequence[QuoteLine]) -> QuoteAcceptedV1:
    """The customer accepted exactly what the hash names."""
    assert quote.accepted_at is not None
    assert quote.accepted_on is not None
    return QuoteAcceptedV1(
        **_base(quote),
        selling_company_id=quote.selling_company_id,
        accepted_at=quote.accepted_at,
        accepted_on=quote.accepted_on,
        accepted_by=quote.accepted_by or "",
        comment=quote.acceptance_comment,
        content_hash=quote.content_hash or "",
        requested_on=quote.requested_on,
        customer_reference=quote.customer_reference,
        external_reference=quote.external_reference,
        lines=[_line(line) for line in lines if line.counts],
        net=_money(quote, quote.net),
        tax_estimate=_money(quote, quote.tax_estimate),
        gross_estimate=_money(quote, quote.gross_estimate),
    )


def fits(lines: Sequence[QuoteLine], offered: int) -> bool:
    """Whether an acceptance of these lines fits into one message; their offer has so many bytes."""
    plain = all(line.configuration is None for line in lines)
    if plain and offered + _MORE_THAN_OFFERED * len(lines) < _ROOM:
        return True
    size = sum(len(_line(line).model_dump_json()) for line in lines if line.counts)
    return size < _ROOM


def submitted(quote: Quote) -> QuoteSubmittedV1:
    """Somebody is asked to approve it."""
    return QuoteSubmittedV1(**_base(quote), net=_money(quote, quote.net))


def approved(quote: Quote) -> QuoteApprovedV1:
    """Whoever had to approve it has."""
    return QuoteApprovedV1(
        **_base(quote), net=_money(quote, quote.net), content_hash=quote.content_hash or ""
    )


def declined(quote: Quote) -> QuoteDeclinedV1:
    """The customer said no."""
    return QuoteDeclinedV1(**_base(quote), reason=quote.decline_reason)


def revised(quote: Quote) -> QuoteRevisedV1:
    """The offer before no longer counts."""
    return QuoteRevisedV1(**_base(quote))


def cancelled(quote: Quote) -> QuoteCancelledV1:
    """Nothing comes of it."""
    return QuoteCancelledV1(**_base(quote), reason=quote.cancel_reason)


def expired(quote: Quote, on: date) -> QuoteExpiredV1:
    """Nobody answered in time."""
    return QuoteExpiredV1(**_base(quote), expired_on=on)


def _base(quote: Quote) -> dict[str, Any]:
    return {
        "quote_id": quote.id,
        "quote_number": quote.number,
        "revision": quote.revision,
        "customer_id": quote.customer_id,
        "opportunity_id": quote.opportunity_id,
        "currency": quote.currency,
    }


def _money(quote: Quote, amount: Decimal) -> MoneyV1:
    return MoneyV1(amount=amount, currency=quote.currency)


def _line(line: QuoteLine) -> QuotedLineV1:
    return QuotedLineV1(
        line_id=line.id,
        position=line.position,
        item_id=line.item_id,
        sku=line.sku,
        name=line.name,
        quantity=line.quantity,
        unit=line.unit,
        list_unit_price=line.list_unit_price,
        net_unit_price=_due(line),
        discount_fraction=line.discount_fraction,
        net_amount=line.net_amount,
        tax_category=line.tax_category,
        tax_rate=line.tax_rate,
        configuration=_configuration(line),
        line_key=line.key,
        parent_key=line.parent,
        selling_model=line.selling_model,
        start_on=line.start_on,
        end_on=line.end_on,
    )


def _due(line: QuoteLine) -> Decimal:
    """The price of one unit over the whole term: the order knows no periods."""
    return round_to(ARITHMETIC.multiply(line.net_unit_price, line.term_multiplier), 10)


def _configuration(line: QuoteLine) -> ConfigurationV1 | None:
    kept = line.configuration
    if kept is None:
        return None
    return ConfigurationV1(
        model_key=kept["model"],
        model_version=kept["model_version"],
        version_id=kept["model_id"],
        choices=[_choice(choice["target"], choice["value"]) for choice in kept["choices"]],
        parts=[
            ConfiguredPartV1(
                item_id=part["item_id"], sku=part["sku"], quantity=Decimal(part["quantity"])
            )
            for part in kept["parts"]
            if part["item_id"] != str(line.item_id)
        ],
    )


def _choice(target: str | dict[str, str], value: bool | str) -> ChoiceV1:
    text = str(value).lower() if isinstance(value, bool) else value
    if isinstance(target, str):
        return ChoiceV1(target=target, value=text)
    return ChoiceV1(target=target["question"], kind="answer", value=text)
