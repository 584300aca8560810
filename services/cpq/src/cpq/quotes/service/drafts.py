"""What somebody asks to be quoted, once its customer, its items and its terms are known."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from uuid import UUID

from cpq.configurator.service import (
    ConfigurationSellsAnotherItem,
    Configured,
    Question,
    configured,
)
from cpq.pricing import service as pricing
from cpq.projections import queries as known
from cpq.projections.queries import Credit, Customer, Item
from cpq.quotes.rules import (
    AskedTerm,
    CustomerIsNotActive,
    CustomerIsNotKnown,
    ItemIsNotForSale,
    ItemIsNotKnown,
    QuoteNeedsCurrency,
    RampIsNoRamp,
    Stands,
    Term,
    Termed,
    check_count,
    check_one_item,
    check_pricing_day,
    check_quantity,
    check_structure,
    check_together,
    counting,
    keys_for,
    planned,
    sold_by,
    termed,
)
from cpq.quotes.service.wishes import LineWish, QuoteWish
from cpq.selling_models.service import SellingWays, selling_ways
from servicekit.errors import Refusal
from servicekit.uow import ReadSession, UnitOfWork


@dataclass(frozen=True, slots=True)
class Draft:
    """A wish whose customer and items are known."""

    wish: QuoteWish
    customer: Customer
    document: pricing.Document
    configured: Mapping[int, Configured]
    """What was configured, by the place of the line from 0."""
    lines: Sequence[LineWish]
    """Each with its key."""
    terms: Sequence[Termed | None]
    origins: Sequence[int]
    """By line, the place of what was asked for: segments of a ramp come of one line."""

    def placed(self, refusal: Refusal) -> Refusal:
        """A refusal of a line of the draft, with the place of what was asked for."""
        return _placed(refusal, self.origins)


async def known_drafts(
    uow: UnitOfWork | ReadSession, wishes: Sequence[QuoteWish]
) -> list[Draft | Refusal]:
    """What is known of each wish, or why it cannot be quoted.

    At most four statements, and some more for each configured line.
    """
    lines = [line for wish in wishes for line in wish.lines]
    customers = {
        customer.customer_id: customer
        for customer in await known.customers(
            uow.session, ids={wish.customer_id for wish in wishes}
        )
    }
    items = await known.items(
        uow.session,
        ids={line.item_id for line in lines if line.item_id},
        skus={line.sku for line in lines if line.sku and not line.item_id},
    )
    accounts = await known.credits_of_all(
        uow.session,
        {wish.customer_id for wish in wishes if not (wish.currency or wish.history)},
    )
    by_id = {item.item_id: item for item in items}
    by_sku = {item.sku: item for item in sorted(items, key=lambda item: item.may_be_quoted)}
    today = uow.now.date()
    sold = await selling_ways(
        uow.session,
        skus={line.sku for line in lines if line.sku} | {item.sku for item in items},
        keys={line.selling_model for line in lines if line.selling_model},
    )
    answers: list[Draft | Refusal] = []
    for wish in wishes:
        origins: Sequence[int] = ()
        try:
            day = wish.priced_on or today
            check_pricing_day(day, today)
            customer = _customer(customers.get(wish.customer_id), wish)
            currency = _currency(wish, customer, accounts.get(wish.customer_id, ()))
            lines, origins = _keyed(replace(wish, lines=_sold_by(wish, sold, by_id)), day)
            terms = [
                termed(term, day, field=f"lines.{position}.term") if term else None
                for position, term in enumerate(map(term_of, lines))
            ]
            made = await _configured(uow, replace(wish, lines=lines), currency, day)
            counted = counting(_standing(lines))
            document = pricing.Document(
                customer=customer,
                currency=currency,
                day=day,
                lines=[
                    _priced(
                        line,
                        *(
                            _sold(position, line, made[position])
                            if position in made
                            else _wanted(position, line, by_id, by_sku, history=wish.history)
                        ),
                        term,
                        counts=line.key in counted,
                        locked=_is_locked(line, wish),
                    )
                    for position, (line, term) in enumerate(zip(lines, terms, strict=True))
                ],
                customers=(customer.customer_id,),
                partner_level=wish.partner_level,
                price_book=wish.price_book,
                promotions=frozenset(wish.promotions),
                selling_company_id=wish.selling_company_id,
            )
            _check_quantities(document)
            check_one_item(
                [
                    (line.ramp, wanted.item.item_id)
                    for line, wanted in zip(lines, document.lines, strict=True)
                ]
            )
            answers.append(Draft(wish, customer, document, made, lines, terms, origins))
        except Refusal as refusal:
            answers.append(_placed(refusal, origins))
    return answers


def _placed(refusal: Refusal, origins: Sequence[int]) -> Refusal:
    head, _, rest = (refusal.field or "").partition(".")
    place, _, member = rest.partition(".")
    if head == "lines" and place.isdecimal() and int(place) < len(origins):
        refusal.field = ".".join(filter(None, (head, str(origins[int(place)]), member)))
    return refusal


def _customer(customer: Customer | None, wish: QuoteWish) -> Customer:
    if customer is None:
        raise CustomerIsNotKnown(f"no customer {wish.customer_id}", field="customer_id")
    if not customer.active and not wish.history:
        raise CustomerIsNotActive(f"customer {customer.number} is not active", field="customer_id")
    return customer


def _currency(wish: QuoteWish, customer: Customer, accounts: Sequence[Credit]) -> str:
    # The ERP rejects an order in another currency than the account's, whatever the CRM says.
    account = known.account_at(accounts, wish.selling_company_id)
    currency = wish.currency or (account.currency if account else customer.currency)
    if currency is None:
        raise QuoteNeedsCurrency(f"customer {customer.number} has none", field="currency")
    return currency


async def _configured(
    uow: UnitOfWork | ReadSession, wish: QuoteWish, currency: str, day: date
) -> dict[int, Configured]:
    """The configured lines of a wish, one engine's answer each."""
    found: dict[int, Configured] = {}
    for position, line in enumerate(wish.lines):
        if line.configuration is None:
            continue
        asked = Question(
            model=line.configuration.model,
            model_version=line.configuration.model_version,
            on=day,
            choices=line.configuration.choices,
            facts=line.configuration.facts,
            currency=currency,
            customer_id=wish.customer_id,
            company_id=wish.selling_company_id,
            requested_on=wish.requested_on,
        )
        try:
            found[position] = await configured(uow, asked)
        except Refusal as refusal:
            place = f"lines.{position}.configuration"
            refusal.field = f"{place}.{refusal.field}" if refusal.field else place
            raise
    return found


def term_of(line: LineWish) -> Term | None:
    """The term of a line whose selling model has said what it did not."""
    assert not isinstance(line.term, AskedTerm)
    return line.term


def _sold_by(wish: QuoteWish, sold: SellingWays, by_id: Mapping[UUID, Item]) -> list[LineWish]:
    """The lines with the selling model and the term that they have by it.

    What a contract has or history sold stays as it was worked out then.
    """
    found = []
    for position, line in enumerate(wish.lines):
        item = by_id.get(line.item_id) if line.item_id else None
        as_it_was = wish.history or (wish.contract_id and isinstance(line.term, Term))
        selling_model, term = sold_by(
            line.selling_model,
            line.term,
            () if as_it_was else sold.ways.get(item.sku if item else line.sku or "", ()),
            {} if as_it_was else sold.models,
            once=line.once,
            field=f"lines.{position}",
        )
        found.append(replace(line, selling_model=selling_model, term=term))
    return found


_Sold = tuple[Item, pricing.ConfiguredPrice | None]


def _standing(lines: Sequence[LineWish]) -> list[Stands]:
    """Where lines stand, once they have their keys."""
    return [
        Stands(
            line.key or "", line.parent, line.group, line.optional, line.selected,
            line.alternative_of,
        )
        for line in lines
    ]  # fmt: skip


def _keyed(wish: QuoteWish, day: date) -> tuple[list[LineWish], list[int]]:
    """The lines with their keys, ramps cut into segments, and where each was asked for."""
    check_count(sum(len(line.segments) or 1 for line in wish.lines))
    keys = keys_for([line.key for line in wish.lines])
    taken = set(keys)
    lines: list[LineWish] = []
    origins: list[int] = []
    for position, (line, key) in enumerate(zip(wish.lines, keys, strict=True)):
        cut = _cut(line, key, day, taken, f"lines.{position}")
        lines += cut
        origins += [position] * len(cut)
    try:
        check_together(lines)
        check_structure(_standing(lines), {group["key"] for group in wish.groups})
    except Refusal as refusal:
        raise _placed(refusal, origins) from None
    return lines, origins


def _cut(line: LineWish, key: str, day: date, taken: set[str], field: str) -> list[LineWish]:
    """The segments of a line's ramp as lines of their own; a line without one is itself."""
    if not line.segments:
        return [replace(line, key=key)]
    if line.alternative_of is not None:
        raise RampIsNoRamp("an alternative has no ramp", field=f"{field}.ramp")
    return [
        replace(
            line,
            key=one.key,
            quantity=one.quantity or line.quantity,
            term=one.term,
            segments=(),
            ramp=one.place,
        )
        for one in planned(key, line.segments, term_of(line), day, taken=taken, field=field)
    ]


def _sold(position: int, line: LineWish, made: Configured) -> _Sold:
    if line.item_id not in (None, made.item.item_id):
        name, where = str(line.item_id), "item_id"
    elif line.sku not in (None, made.item.sku):
        name, where = str(line.sku), "sku"
    else:
        return made.item, made.price
    raise ConfigurationSellsAnotherItem(
        f"{made.model!r} sells {made.item.sku}, not {name}", field=f"lines.{position}.{where}"
    )


def _check_quantities(document: pricing.Document) -> None:
    """Also of history: the ERP rejects what is finer than the item's unit, whenever it was sold."""
    for position, wanted in enumerate(document.lines):
        check_quantity(
            wanted.quantity,
            wanted.item.quantity_places,
            sku=wanted.item.sku,
            unit=wanted.item.unit,
            field=f"lines.{position}.quantity",
        )


def _wanted(
    position: int,
    line: LineWish,
    by_id: Mapping[UUID, Item],
    by_sku: Mapping[str, Item],
    *,
    history: bool,
) -> _Sold:
    if line.item_id is not None:
        item, name, where = by_id.get(line.item_id), str(line.item_id), "item_id"
    else:
        item, name, where = by_sku.get(line.sku or ""), line.sku or "", "sku"
    if item is None:
        raise ItemIsNotKnown(f"no item {name}", field=f"lines.{position}.{where}")
    if not item.may_be_quoted and not history:
        raise ItemIsNotForSale(f"item {item.sku}", field=f"lines.{position}.{where}")
    return item, None


def _is_locked(line: LineWish, wish: QuoteWish) -> bool:
    """Whether a line sells at the price that a contract has locked, or above."""
    locked = wish.amended(line.key).get("unit_price")
    agreed = line.agreed_unit_price
    if locked is None or agreed is None or line.discount:
        return False
    return agreed >= Decimal(locked)


def _priced(
    line: LineWish,
    item: Item,
    price: pricing.ConfiguredPrice | None,
    term: Termed | None,
    *,
    counts: bool,
    locked: bool,
) -> pricing.Wanted:
    assert line.key is not None
    return pricing.Wanted(
        item=item,
        quantity=line.quantity,
        agreed_unit_price=line.agreed_unit_price,
        agreed_reason=line.agreed_reason,
        discount=line.discount,
        discount_reason=line.discount_reason,
        configured=price,
        key=line.key,
        parent=line.parent,
        group=line.group,
        counts=counts,
        selling_model=line.selling_model,
        attributes=line.attributes,
        term_months=term.months if term else None,
        term_multiplier=term.multiplier if term else Decimal(1),
        term_reason=term.reason if term else "",
        ramp=line.ramp.key if line.ramp else None,
        uplift=line.ramp.uplift if line.ramp else Decimal(0),
        usage_samples=line.usage_samples,
        floor_waived=locked,
    )
