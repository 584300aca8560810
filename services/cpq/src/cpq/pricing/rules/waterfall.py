"""The waterfall: the steps that take a line from its list price to what is due for it.

    list, contracted, agreed, block, attribute, bundle, derived, quantity, term, promotion, tier,
    partner, manual, floor, net, due

Unit prices carry ten decimal places, which is what the database keeps, so that a step's output is
exactly the next step's input when a quote is read again and replayed. Nothing else is rounded
here: rounding to the currency happens once per document (docs/architecture/pricing.md).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from cpq.pricing.rules.lines import DocumentToPrice, PricedOn, Request
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
    RuleKind,
    Schedule,
    ScheduleTier,
    Unit,
)
from cpq.pricing.rules.rulebook import PriceRules
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
from servicekit.values import Money, plain
from servicekit.values.decimals import ARITHMETIC


@dataclass(frozen=True, slots=True)
class Reached:
    """The schedule of a line, the number that it is measured by, and the tier that it reaches."""

    rule: Rule
    schedule: Schedule
    number: Decimal
    tier: ScheduleTier


class Waterfall:
    """Takes the lines of one document through the steps. What is derived waits for the others."""

    def __init__(self, document: DocumentToPrice, rules: PriceRules) -> None:
        self.on: PricedOn = document.on
        self.rules = rules
        self.by_key: Mapping[str, Request] = {line.key: line for line in document.lines}
        self._above: dict[str, tuple[str, ...]] = {}

    def begin(self, line: Request) -> Running:
        """List, contracted and agreed price. Raises `ItemHasNoListPrice`."""
        running = Running(line)
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
        rule = self.rules.first(RuleKind.LIST, line, on)
        if rule is not None:
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
        rule = self.rules.first(RuleKind.CONTRACTED, running.request, self.on)
        if rule is None:
            return False
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
        for rule in self.rules.fitting(RuleKind.BLOCK, line, self.on):
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
        for rule in self.rules.fitting(RuleKind.ATTRIBUTE, line, self.on):
            assert isinstance(rule.deed, ForAttributes)
            if self._given(running, rule) and all(
                one.holds(line.attributes) for one in rule.deed.conditions
            ):
                conditions = ", ".join(
                    f"{one.attribute} {one.comparison.value} {one.value}"
                    for one in rule.deed.conditions
                )
                self._change(running, rule, rule.deed.adjustment, StepName.ATTRIBUTE, conditions)

    def bundle(self, running: Running) -> None:
        """The most specific rule for the line inside its bundle."""
        line = running.request
        if line.parent is None:
            return
        above = [self.by_key[key] for key in self.above(line)]
        for rule in self.rules.fitting(RuleKind.BUNDLE, line, self.on):
            deed = rule.deed
            assert isinstance(deed, InBundle)
            if above and self._given(running, rule) and _inside(deed, above):
                reason = f"as part of {deed.bundle_sku}"
                self._change(running, rule, deed.adjustment, StepName.BUNDLE, reason)
                return

    def above(self, line: Request) -> tuple[str, ...]:
        """The keys of the lines that a line is a part of, its parent first."""
        known = self._above.get(line.key)
        if known is None:
            parent = None if line.parent is None else self.by_key.get(line.parent)
            known = () if parent is None else (parent.key, *self.above(parent))
            self._above[line.key] = known
        return known

    def scheduled(
        self, kind: RuleKind, line: Request, measured: Mapping[str, Decimal] | None = None
    ) -> Reached | None:
        """The most specific schedule of which the line reaches a tier.

        `measured` gives the number by the schedule's rule; without it the line is measured alone.
        """
        for rule in self.rules.fitting(kind, line, self.on):
            assert isinstance(rule.deed, Schedule)
            number = line.quantity if kind is RuleKind.QUANTITY else line.term_months
            if measured is not None:
                number = measured.get(rule.key, number or NOTHING)
            if number is None:
                continue
            reached = [tier for tier in rule.deed.tiers if tier.band.holds(number)]
            if reached:
                return Reached(rule, rule.deed, number, reached[-1])
        return None

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
        line = running.request
        reached = self.scheduled(RuleKind.TERM, line)
        if reached is not None and self._given(running, reached.rule):
            lower = plain(reached.tier.band.lower)
            self._scheduled(running, StepName.TERM, reached, f"from {lower} months on")

    def discounts(self, running: Running) -> None:
        """Promotion, tier and partner discount."""
        self._promotion(running)
        self._discount(running, RuleKind.TIER, StepName.TIER)
        self._discount(running, RuleKind.PARTNER, StepName.PARTNER)

    def _promotion(self, running: Running) -> None:
        for rule in self.rules.fitting(RuleKind.PROMOTION, running.request, self.on):
            assert isinstance(rule.deed, Promotion)
            if rule.deed.code in self.on.promotions and self._given(running, rule):
                reason = f"with code {rule.deed.code}"
                self._change(running, rule, rule.deed.adjustment, StepName.PROMOTION, reason)
                return

    def _discount(self, running: Running, kind: RuleKind, step: StepName) -> None:
        tier = running.request.tier
        whom = f"for tier {tier}" if kind is RuleKind.TIER else "for the partner"
        for rule in self.rules.fitting(kind, running.request, self.on):
            if self._given(running, rule):
                assert isinstance(rule.deed, Discount)
                self._change(running, rule, rule.deed.adjustment, step, whom)
                return
        if kind is RuleKind.TIER:
            running.note(step, "none", running.untouchable or f"Tier {tier} has no discount")

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
        if line.discount or line.agreed_unit_price is not None:
            self._floor(running, before)

    def _floor(self, running: Running, before: Decimal) -> None:
        line = running.request
        rule = self.rules.first(RuleKind.FLOOR, line, self.on)
        if rule is None:
            return
        assert isinstance(rule.deed, Floor)
        broken = _below(running, rule.deed, before, self.on.currency, self.cost(line))
        if broken is None:
            running.note(StepName.FLOOR, rule.name, "Not below the floor", rule.version)
        elif line.floor_waived:
            running.note(StepName.FLOOR, rule.name, f"Waived: {broken}", rule.version)
        else:
            raise PriceIsBelowFloor(
                f"{line.sku}: {broken}", field="discount_fraction", rule=rule.name
            )

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
        listed = next((step.output for step in steps if step.step is StepName.LIST), None)
        return PricedLine(
            list_unit_price=listed,
            net_unit_price=price,
            discount_fraction=_fraction_off(running.start, price),
            net_amount=amount,
            steps=tuple(steps),
            margin=_line_margin(line, amount, self.cost(line)),
        )

    def cost(self, line: Request) -> Decimal | None:
        """What a unit costs us: the ERP's figure, else a book's; None: neither knows."""
        if line.unit_cost is not None:
            return line.unit_cost
        rule = self.rules.first(RuleKind.COST, line, self.on)
        return rule.deed.amount if rule is not None and isinstance(rule.deed, Unit) else None

    def _given(self, running: Running, rule: Rule) -> bool:
        """Whether a price that has its discounts in it takes the rule all the same."""
        if running.request.agreed_unit_price is not None:
            return False
        return rule.stacks or not running.untouchable

    def given(self, running: Running, reached: Reached | None) -> Reached | None:
        """The schedule, if the line takes it."""
        return reached if reached is not None and self._given(running, reached.rule) else None

    def _scheduled(self, running: Running, step: StepName, reached: Reached, said: str) -> None:
        tier = reached.tier
        reason = f"{told(tier.adjustment, self.on.currency)} {said}"
        running.change(
            tier.adjustment, step, tier.named or reached.rule.name, reason, reached.rule.version
        )

    def _change(
        self, running: Running, rule: Rule, adjustment: Adjustment, step: StepName, said: str
    ) -> None:
        reason = f"{told(adjustment, self.on.currency)} {said}"
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


def _inside(deed: InBundle, above: Sequence[Request]) -> bool:
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


def _below(
    running: Running, floor: Floor, before: Decimal, currency: str, cost: Decimal | None
) -> str | None:
    """Why the price is below the floor; None: it is not."""
    unit = running.unit
    if floor.least_unit_price is not None and unit < floor.least_unit_price:
        return f"{plain(unit)} is less than {plain(floor.least_unit_price)} {currency} per unit"
    if floor.most_discount is not None and before:
        least = ARITHMETIC.multiply(before, ARITHMETIC.subtract(ONE, floor.most_discount))
        if unit < working(least):
            return f"a manual discount of more than {percent(floor.most_discount)}"
    if floor.least_margin is not None and cost is not None:
        kept = ARITHMETIC.subtract(unit, cost)
        if kept < ARITHMETIC.multiply(unit, floor.least_margin):
            return f"a margin of less than {percent(floor.least_margin)}"
    return None


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
