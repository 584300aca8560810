"""The waterfall: the steps that take a line from its list price to what is due for it.

    list, contracted, agreed, block, attribute, bundle, derived, quantity, term, ramp, promotion,
    tier, partner, manual, floor, net, due

Unit prices carry ten decimal places, which is what the database keeps, so that a step's output is
exactly the next step's input when a quote is read again and replayed. Nothing else is rounded
here: rounding to the currency happens once per document (docs/architecture/pricing.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from cpq.pricing.rules.floors import before_given_away, below_floor
from cpq.pricing.rules.ladders import Ladders
from cpq.pricing.rules.lines import PricedOn, Request
from cpq.pricing.rules.places import Above, Placed
from cpq.pricing.rules.rule import (
    Adjustment,
    Blocks,
    Change,
    Discount,
    Floor,
    ForAttributes,
    InBundle,
    Promotion,
    Rule,
    Schedule,
    ScheduleTier,
    Unit,
)
from cpq.pricing.rules.running import Running, told
from cpq.pricing.rules.steps import (
    LARGEST,
    NOTHING,
    ONE,
    AgreedPriceNeedsReason,
    DiscountNeedsReason,
    ItemHasNoListPrice,
    PricedLine,
    PriceIsBelowFloor,
    PriceIsTooLarge,
    Step,
    StepName,
    percent,
    working,
)
from cpq.pricing.rules.usage import usage_of
from servicekit.values import Money, plain
from servicekit.values.decimals import ARITHMETIC


class Reached(NamedTuple):
    """The schedule of a line, the number that it is measured by, and the tier that it reaches."""

    rule: Rule
    schedule: Schedule
    number: Decimal
    tier: ScheduleTier


class Waterfall:
    """Takes the lines of one document through the steps. What is derived waits for the others."""

    def __init__(self, on: PricedOn, ladders: Ladders) -> None:
        self.on = on
        self.ladders = ladders
        self._told: dict[int, tuple[Adjustment, str]] = {}
        """Adjustments for people, by their identity: many lines have the same one."""

    def begin(self, placed: Placed) -> Running:
        """List, contracted and agreed price. Raises `ItemHasNoListPrice`."""
        line = placed.line
        running = Running(placed)
        listed = self._listed(running)
        contracted = self._contracted(running)
        agreed = _agreed(running)
        if not (listed or contracted or agreed):
            on = self.on
            raise ItemHasNoListPrice(
                f"{line.sku} has no list price in {on.currency} on {on.day.isoformat()}",
                field="agreed_unit_price",
                sku=line.sku,
                currency=on.currency,
            )
        return running

    def _listed(self, running: Running) -> bool:
        line, on = running.request, self.on
        if running.fits.listed:
            rule = running.fits.listed[0]
            assert isinstance(rule.deed, Unit)
            reason = f"List price valid from {rule.period.start.isoformat()}" + (
                f", {rule.scope.selling_model}" if rule.scope.selling_model else ""
            )
            running.begin(rule.deed.amount, StepName.LIST, rule.name, reason, rule.version)
            return True
        if line.list_unit_price is None:
            return False
        said = f", {line.list_source}" if line.list_source else ""
        reason = f"List price on {on.day.isoformat()}{said}"
        running.begin(line.list_unit_price, StepName.LIST, line.list_rule, reason, "")
        return True

    def _contracted(self, running: Running) -> bool:
        if not running.fits.contracted:
            return False
        rule = running.fits.contracted[0]
        assert isinstance(rule.deed, Unit)
        whose = "the customer" if rule.scope.customer_id else "everybody"
        if rule.scope.customer_id and rule.scope.customer_id != self.on.customers[0]:
            whose = "the company above the customer"
        reason = f"Contracted with {whose} from {rule.period.start.isoformat()}"
        running.begin(rule.deed.amount, StepName.CONTRACTED, rule.name, reason, rule.version)
        running.untouchable = "The price is contracted"
        return True

    def block(self, running: Running) -> None:
        """One price for any quantity of a band; discounts are in it."""
        if running.untouchable:
            return
        line = running.request
        for rule in running.fits.block:
            assert isinstance(rule.deed, Blocks)
            for block in rule.deed.blocks:
                if block.band.holds(line.quantity):
                    reason = f"{plain(block.amount)} {self.on.currency} for {plain(line.quantity)}"
                    running.price_together(
                        block.amount, StepName.BLOCK, rule.name, reason, rule.version
                    )
                    running.start = running.unit
                    running.untouchable = "The price is that of a block"
                    return

    def attribute(self, running: Running) -> None:
        """Every rule whose conditions the line's attributes fulfil, the most specific first."""
        line = running.request
        if not line.attributes:
            return
        for rule in running.fits.attribute:
            assert isinstance(rule.deed, ForAttributes)
            if self.given(running, rule) and all(
                one.holds(line.attributes) for one in rule.deed.conditions
            ):
                conditions = ", ".join(
                    f"{one.attribute} {one.comparison.value} {one.value}"
                    for one in rule.deed.conditions
                )
                self._change(running, rule, rule.deed.adjustment, StepName.ATTRIBUTE, conditions)

    def bundle(self, running: Running) -> None:
        """The most specific rule for the line inside its bundle."""
        above = running.placed.above
        if not above:
            return
        for rule in running.fits.bundle:
            deed = rule.deed
            assert isinstance(deed, InBundle)
            if self.given(running, rule) and _inside(deed, above):
                reason = f"as part of {deed.bundle_sku}"
                self._change(running, rule, deed.adjustment, StepName.BUNDLE, reason)
                return

    def quantity(self, running: Running, reached: Reached | None) -> None:
        """A range schedule; slabs are priced together with the other lines."""
        step = StepName.QUANTITY_BREAK
        if reached is None:
            running.note(step, "none", running.untouchable or "No quantity break is reached")
        else:
            lower = plain(reached.tier.band.lower)
            self._scheduled(running, step, reached, f"from {lower} on")

    def term(self, running: Running) -> None:
        """A range schedule over the months of the term."""
        months = running.request.term_months
        if months is None:
            return
        for rule in running.fits.term:
            assert isinstance(rule.deed, Schedule)
            tier = self.ladders.reached(rule.deed, months)
            if tier is not None:
                if self.given(running, rule):
                    reached = Reached(rule, rule.deed, months, tier)
                    lower = plain(tier.band.lower)
                    self._scheduled(running, StepName.TERM, reached, f"from {lower} months on")
                return

    def ramp(self, running: Running) -> None:
        """What a segment of a ramp costs more than the ramp's own price."""
        uplift = running.request.uplift
        if uplift:
            change = Adjustment(Change.PERCENT, -uplift)
            reason = f"{percent(uplift)} on the price of the ramp"
            running.change(change, StepName.RAMP, "ramp", reason)

    def discounts(self, running: Running) -> None:
        """Promotion, tier and partner discount."""
        self._promotion(running)
        tier = running.request.tier
        if not self._discount(running, running.fits.tier, StepName.TIER, f"for tier {tier}"):
            reason = running.untouchable or f"Tier {tier} has no discount"
            running.note(StepName.TIER, "none", reason)
        self._discount(running, running.fits.partner, StepName.PARTNER, "for the partner")

    def _promotion(self, running: Running) -> None:
        for rule in running.fits.promotion:
            assert isinstance(rule.deed, Promotion)
            if rule.deed.code in self.on.promotions and self.given(running, rule):
                reason = f"with code {rule.deed.code}"
                self._change(running, rule, rule.deed.adjustment, StepName.PROMOTION, reason)
                return

    def _discount(self, running: Running, rules: Sequence[Rule], step: StepName, whom: str) -> bool:
        for rule in rules:
            if self.given(running, rule):
                assert isinstance(rule.deed, Discount)
                self._change(running, rule, rule.deed.adjustment, step, whom)
                return True
        return False

    def manual(self, running: Running) -> None:
        """What somebody gives away, with a reason, and how far that may go."""
        line = running.request
        before = running.unit
        if not line.discount:
            running.note(StepName.MANUAL, "none", "No manual discount")
        elif not line.discount_reason:
            raise DiscountNeedsReason(
                f"{line.sku} has a manual discount but nobody says why", field="discount_reason"
            )
        else:
            running.change(
                Adjustment(Change.PERCENT, line.discount),
                StepName.MANUAL,
                "manual-discount",
                f"{percent(line.discount)}: {line.discount_reason}",
            )
        if line.agreed_unit_price is not None or line.uplift < 0 or line.discount:
            self._floor(running, before_given_away(running, before))

    def _floor(self, running: Running, before: Decimal) -> None:
        line = running.request
        if not running.fits.floor:
            return
        rule = running.fits.floor[0]
        assert isinstance(rule.deed, Floor)
        broken = below_floor(running, rule.deed, before, self.on.currency, cost_of(running))
        if broken is None:
            running.note(StepName.FLOOR, rule.name, "Not below the floor", rule.version)
        elif line.floor_waived:
            running.note(StepName.FLOOR, rule.name, f"Waived: {broken}", rule.version)
        else:
            said = "ramp" if line.agreed_unit_price is None else "agreed_unit_price"
            field = "discount_fraction" if line.discount else said
            raise PriceIsBelowFloor(f"{line.sku}: {broken}", field=field, rule=rule.name)

    def end(self, running: Running) -> PricedLine:
        """Net price, what is due over the term, and the margin. Raises `PriceIsTooLarge`."""
        line, currency = running.request, self.on.currency
        steps, price = running.steps, running.unit
        running.net = running.amount
        said = f"{plain(price)} {currency} per unit, without tax"
        steps.append(Step(StepName.NET, "net", price, price, said))
        amount = running.net
        if line.term_multiplier != ONE:
            amount = working(ARITHMETIC.multiply(amount, line.term_multiplier))
            due = working(ARITHMETIC.multiply(price, line.term_multiplier))
            steps.append(Step(StepName.DUE, "term", price, due, line.term_reason))
        if amount >= LARGEST:
            raise PriceIsTooLarge(
                f"{line.sku}: {plain(line.quantity)} times {plain(price)} is too large",
                field="quantity",
            )
        # It is the first step, where there is one.
        listed = steps[0].output if steps[0].step is StepName.LIST else None
        used = running.fits.usage
        asked = line.usage_samples
        return PricedLine(
            list_unit_price=listed,
            net_unit_price=price,
            discount_fraction=_fraction_off(running.start, price),
            net_amount=amount,
            steps=tuple(steps),
            margin=_line_margin(line, amount, cost_of(running)),
            usage=usage_of(used, asked) if used or asked else (),
        )

    def given(self, running: Running, rule: Rule) -> bool:
        """Whether a price that has its discounts in it takes the rule all the same."""
        if running.request.agreed_unit_price is not None:
            return False
        return rule.stacks or not running.untouchable

    def told(self, adjustment: Adjustment) -> str:
        """The adjustment for people."""
        known = self._told.get(id(adjustment))
        if known is None:
            known = (adjustment, told(adjustment, self.on.currency))
            self._told[id(adjustment)] = known
        return known[1]

    def _scheduled(self, running: Running, step: StepName, reached: Reached, said: str) -> None:
        tier = reached.tier
        reason = f"{self.told(tier.adjustment)} {said}"
        running.change(
            tier.adjustment, step, tier.named or reached.rule.name, reason, reached.rule.version
        )

    def _change(
        self, running: Running, rule: Rule, adjustment: Adjustment, step: StepName, said: str
    ) -> None:
        reason = f"{self.told(adjustment)} {said}"
        running.change(adjustment, step, rule.name, reason, rule.version)


def _agreed(running: Running) -> bool:
    line = running.request
    if line.agreed_unit_price is None:
        return False
    if not line.agreed_reason:
        raise AgreedPriceNeedsReason(
            f"{line.sku} has an agreed price but nobody says why", field="agreed_reason"
        )
    running.begin(line.agreed_unit_price, StepName.AGREED, "agreed-price", line.agreed_reason, "")
    running.untouchable = "The price was agreed"
    return True


def cost_of(running: Running) -> Decimal | None:
    """What a unit costs us: the ERP's figure, else a book's; None: neither knows."""
    if running.request.unit_cost is not None:
        return running.request.unit_cost
    deed = running.fits.cost[0].deed if running.fits.cost else None
    return deed.amount if isinstance(deed, Unit) else None


def _inside(deed: InBundle, above: Sequence[Above]) -> bool:
    """Whether a line with these above it, its parent first, is in the bundle that is meant."""
    parent = above[0]
    return (
        deed.parent_sku in (None, parent.sku)
        and deed.parent_selling_model in (None, parent.selling_model)
        and any(
            one.sku == deed.bundle_sku and deed.bundle_selling_model in (None, one.selling_model)
            for one in above
        )
    )


def _fraction_off(start: Decimal, net: Decimal) -> Decimal:
    if not start:
        return NOTHING
    return working(ARITHMETIC.subtract(ONE, ARITHMETIC.divide(net, start)))


def _line_margin(line: Request, amount: Decimal, cost: Decimal | None) -> Decimal | None:
    if cost is None:
        return None
    units = ARITHMETIC.multiply(line.quantity, line.term_multiplier)
    return working(ARITHMETIC.subtract(amount, ARITHMETIC.multiply(units, cost)))


def margin(net_amount: Money, unit_cost: Money, quantity: Decimal) -> Money:
    """Net amount less standard cost of the goods, not rounded; both in one currency."""
    return net_amount - unit_cost * quantity
