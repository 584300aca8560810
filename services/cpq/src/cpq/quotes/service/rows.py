"""Lines of quotes as rows: written from a pricing, read again as what was asked for."""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import TypeAdapter
from pydantic_core import to_json
from sqlalchemy import text

from cpq.choices.asked import Asked
from cpq.configurator.service import Configured
from cpq.pricing import service as pricing
from cpq.projections.queries import Source
from cpq.quotes.models import LINE_COLUMNS, LineRow, Quote, QuoteLine
from cpq.quotes.rules import RampPlace, Term, asked_samples
from cpq.quotes.service.drafts import Draft, term_of
from cpq.quotes.service.wishes import ConfigurationWish, LineWish
from servicekit.uow import UnitOfWork
from servicekit.values import plain


def write_pricing(
    uow: UnitOfWork, quote: Quote, draft: Draft, price: pricing.PricedDocument
) -> list[QuoteLine]:
    """Write a pricing onto the quote and return its lines."""
    document, customer = draft.document, draft.customer
    quote.priced_on = document.day
    quote.customer_number = customer.number
    quote.customer_name = customer.name
    quote.tier = customer.tier
    quote.country = customer.country
    quote.pricing = pricing.recorded(price.basis)
    steps = [line.priced.written_steps() for line in price.lines]
    quote.pricing_hash = pricing.hash_of(price.lines, steps)
    quote.line_count = len(price.lines)
    quote.net = price.totals.net.amount
    quote.tax_estimate = price.totals.tax.amount
    quote.gross_estimate = price.totals.gross.amount
    return [
        LineRow(
            tenant=uow.tenant,
            id=uow.new_id(),
            quote_id=quote.id,
            key=asked.key,
            position=position,
            parent=asked.parent,
            group=asked.group,
            optional=asked.optional,
            selected=asked.selected,
            counts=wanted.counts,
            alternative_of=asked.alternative_of,
            item_id=wanted.item.item_id,
            sku=wanted.item.sku,
            name=wanted.item.name,
            unit=wanted.item.unit,
            category=wanted.item.category,
            stocked=wanted.item.stocked,
            tax_category=wanted.item.tax_category,
            tax_rate=line.tax.rate,
            tax_reason=line.tax.reason,
            quantity=wanted.quantity,
            agreed_unit_price=wanted.agreed_unit_price,
            agreed_reason=wanted.agreed_reason,
            discount=wanted.discount,
            discount_reason=wanted.discount_reason,
            list_unit_price=line.priced.list_unit_price,
            net_unit_price=line.priced.net_unit_price,
            discount_fraction=line.priced.discount_fraction,
            net_amount=line.priced.net_amount,
            selling_model=asked.selling_model,
            attributes={
                name: pricing.written_attribute(value) for name, value in asked.attributes.items()
            },
            term=_written_term(term_of(asked)),
            start_on=term and term.start_on,
            end_on=term and term.end_on,
            term_multiplier=wanted.term_multiplier,
            term_reason=term and term.reason,
            ramp=asked.ramp.key if asked.ramp else None,
            segment=asked.ramp.number if asked.ramp else None,
            uplift=asked.ramp.uplift if asked.ramp else None,
            usage=[one.written() for one in line.priced.usage] or None,
            steps=taken,
            price_source=_stored(line.price_source),
            configuration=kept_configuration(draft.configured.get(position - 1)),
        )
        for position, (asked, term, wanted, line, taken) in enumerate(
            zip(draft.lines, draft.terms, document.lines, price.lines, steps, strict=True), start=1
        )
    ]


def wish_of(line: QuoteLine) -> LineWish:
    """What a line was asked for, to ask for it once more."""
    return LineWish(
        quantity=line.quantity,
        item_id=line.item_id,
        agreed_unit_price=line.agreed_unit_price,
        agreed_reason=line.agreed_reason,
        discount=line.discount,
        discount_reason=line.discount_reason,
        configuration=_remembered(line.configuration),
        key=line.key,
        parent=line.parent,
        group=line.group,
        optional=line.optional,
        selected=line.selected,
        alternative_of=line.alternative_of,
        selling_model=line.selling_model,
        attributes={name: pricing.read_attribute(kept) for name, kept in line.attributes.items()},
        term=_TERMS.validate_python(line.term) if line.term else None,
        ramp=_ramp(line),
        usage_samples=asked_samples(line.usage),
    )


_TERMS = TypeAdapter(Term)


def _ramp(line: QuoteLine) -> RampPlace | None:
    if line.ramp is None:
        return None
    assert line.segment is not None
    assert line.uplift is not None
    return RampPlace(line.ramp, line.segment, line.uplift)


def _written_term(term: Term | None) -> dict[str, Any] | None:
    if term is None:
        return None
    written: dict[str, Any] = _TERMS.dump_python(term, mode="json")
    return written


def kept_configuration(made: Configured | None) -> dict[str, Any] | None:
    """What the line remembers of its configuration."""
    if made is None:
        return None
    return {
        "model": made.model,
        "model_version": made.model_version,
        "model_id": str(made.model_id),
        "content_hash": made.content_hash,
        "choices": list(made.choices),
        "facts": made.facts,
        "values": list(made.values),
        "parts": [
            {
                "item_id": str(part.item_id),
                "sku": part.sku,
                "quantity": str(part.quantity),
                "stocked": part.stocked,
            }
            for part in made.parts
        ],
        "own_cost": plain(made.own_cost),
    }


def _remembered(kept: Mapping[str, Any] | None) -> ConfigurationWish | None:
    """The same configuration once more, of the same version."""
    if kept is None:
        return None
    return ConfigurationWish(
        model=kept["model"],
        model_version=kept["model_version"],
        choices=[
            Asked(target, None, choice["value"])
            if isinstance(target := choice["target"], str)
            else Asked(None, target["question"], choice["value"])
            for choice in kept["choices"]
        ],
        facts=kept["facts"],
    )


def _stored(source: Source | None) -> dict[str, Any] | None:
    if source is None:
        return None
    return {
        "event_id": str(source.event_id),
        "event_type": source.event_type,
        "sequence": source.sequence,
        "as_of": source.as_of.isoformat(),
    }


_NAMES = ", ".join(f'"{name}"' for name in LINE_COLUMNS)
_INSERT_LINES = text(
    f"INSERT INTO quotes_line ({_NAMES}) SELECT {_NAMES} "  # noqa: S608
    "FROM jsonb_populate_recordset(NULL::quotes_line, CAST(:lines AS jsonb))"
)


async def insert_lines(uow: UnitOfWork, lines: Sequence[QuoteLine]) -> None:
    """Insert lines in one statement with one parameter."""
    if lines:
        rows = [{name: getattr(line, name) for name in LINE_COLUMNS} for line in lines]
        await uow.session.execute(_INSERT_LINES, {"lines": to_json(rows).decode()})
