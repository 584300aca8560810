"""What orders configurations for a goal, said plainly."""

from collections.abc import Mapping
from decimal import Decimal

from cpq.configuration.answers import Goal
from cpq.configuration.evaluation import Semantics, domain
from cpq.configuration.expressions import AttributeOf, Measure, MeasureOf, Quantity, Value
from cpq.configuration.model import Model, Supply

Values = Mapping[Quantity | AttributeOf, Value]


def number(model: Model, supply: Supply, measure: Measure, values: Values) -> Decimal:
    found = Semantics(model, {}, supply).evaluate(MeasureOf(measure), values)
    assert isinstance(found, Decimal)
    return found


def merit(model: Model, supply: Supply, goal: Goal, values: Values) -> tuple[Decimal | int, ...]:
    """What orders configurations for a goal, best first."""
    totals = Semantics(model, {}, supply).totals(values)
    price = number(model, supply, Measure.PRICE, values)
    cost = number(model, supply, Measure.COST, values)
    days = number(model, supply, Measure.DELIVERY_DAYS, values)
    unknown, wanted = {
        Goal.LOWEST_PRICE: (totals.price is None, price),
        Goal.HIGHEST_PRICE: (totals.price is None, -price),
        Goal.HIGHEST_MARGIN: (totals.price is None or totals.cost is None, cost - price),
        Goal.EARLIEST_DELIVERY: (totals.delivery_days is None, days),
    }[goal]
    keys = {node.key: at for at, node in enumerate(model.nodes())}
    parts = [target.node for target in values if isinstance(target, Quantity)]
    firsts = Decimal(0)
    for target, value in values.items():
        if isinstance(target, Quantity):
            assert isinstance(value, Decimal)
            firsts += value
        else:
            attribute = next(one for one in model.nodes() if one.key == target.node).attribute(
                target.attribute
            )
            assert attribute is not None
            firsts += domain(attribute).index(value)
    return unknown, wanted, len(parts), sum(keys[part] for part in parts), firsts
