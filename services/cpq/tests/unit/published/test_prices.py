"""The cheapest and the dearest complete PC, by the engine and by the second method."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from cpq.configuration.answers import Completion, Goal
from cpq.configuration.evaluation import Semantics, canonical
from cpq.configuration.model import Model
from cpq.readers import featureide
from cpq.solving import Engine

from .second_method import clauses_of

pytestmark = pytest.mark.data


@pytest.fixture(scope="module")
def pc(data_set: Callable[[str], Path]) -> Model:
    path = data_set("config-models") / "pc-richmond_Sprey2020.xml"
    return featureide.read(path.read_bytes(), name=path.name).models[0]


def test_prices_of_the_pc_are_read_from_its_file(pc: Model) -> None:
    assert pc.currency == "EUR"
    assert sum(node.price is not None for node in pc.nodes()) == 282


def test_the_second_method_finds_the_cheapest_and_the_dearest_pc(pc: Model) -> None:
    clauses = clauses_of(pc)
    prices = {node.key: node.price for node in pc.nodes() if node.price is not None}
    assert clauses.best(prices, min) == Decimal("841.90")
    assert clauses.best(prices, max) == Decimal("15282.70")


@pytest.mark.parametrize(
    ("goal", "price"), [(Goal.LOWEST_PRICE, "841.90"), (Goal.HIGHEST_PRICE, "15282.70")]
)
def test_the_engine_finds_the_cheapest_and_the_dearest_pc(
    pc: Model, goal: Goal, price: str
) -> None:
    best = Engine(pc).complete([], {}, goal, seconds=60)
    assert best.optimal
    assert best.totals.price == Decimal(price)
    assert checked(pc, best) == Decimal(price)


def checked(model: Model, completion: Completion) -> Decimal | None:
    """The price of a completion by the reference semantics, which say that it is valid."""
    semantics = Semantics(model, {})
    values = canonical(model, completion.values)
    assert semantics.violations(values) == ()
    return semantics.totals(values).price
