"""Large answers are written in the form that is declared, each domain as if it stood alone."""

from decimal import Decimal
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import orjson
from hypothesis import given
from hypothesis import strategies as st

from cpq.configuration.answers import Domain, Origin, Reason, State, Totals, ValueState
from cpq.configuration.expressions import AttributeOf, Quantity, Selected
from cpq.configuration.model import (
    AnswerTo,
    Attribute,
    AttributeType,
    Choice,
    Group,
    Model,
    Node,
    Question,
    Supply,
    Unavailable,
)
from cpq.configurator.rules import Wording
from cpq.configurator.schemas import StateOut
from cpq.configurator.schemas.rendering import state_json
from cpq.configurator.schemas.written import Writer
from cpq.configurator.service import Answered

PART = Node(
    "part one", "Part", maximum=9, attributes=(Attribute("size", "Size", AttributeType.INTEGER),)
)
MODEL = Model(
    "whole",
    "Whole",
    Node("whole", "Whole", groups=(Group("g", "Group", (PART,)),)),
    questions=(Question("why", "Why?", ()),),
)
TARGETS = [
    Selected("whole"),
    Selected("part one"),
    Quantity("part one"),
    AttributeOf("part one", "size"),
    AnswerTo("why"),
]
VALUES = st.booleans() | st.integers(0, 1).map(Decimal) | st.sampled_from(["true", "1", "red"])
REASONS = st.none() | st.just(Reason((Choice(Selected("part one"), True),), ("r",), ("Because.",)))
DOMAINS = st.builds(
    Domain,
    target=st.sampled_from(TARGETS),
    value=st.none() | VALUES,
    origin=st.none() | st.sampled_from(Origin),
    values=st.lists(st.builds(ValueState, VALUES, st.booleans(), REASONS), max_size=3).map(tuple),
    ranges=st.just(()) | st.just(((Decimal(0), Decimal("1.50")),)),
    reason=REASONS,
    visible=st.booleans(),
)


def answered(domains: list[Domain], shown: frozenset[Any] | None = None) -> Answered[State]:
    version = SimpleNamespace(
        id=UUID(int=1), key="whole", model_version=2, name="Whole", sku=None, compiled=False
    )
    about: Any = SimpleNamespace(
        version=version,
        currency="EUR",
        loaded=SimpleNamespace(wording=Wording(MODEL), names={}),
        supply=Supply({}, (Unavailable("X", "Gone"),)),
        shown=shown,
    )
    totals = Totals(Decimal("12.50"), None, 3)
    return Answered(about, State(True, tuple(domains), (), totals))


@given(st.lists(DOMAINS, max_size=12))
def test_each_domain_is_written_as_if_it_stood_alone(domains: list[Domain]) -> None:
    found = orjson.loads(state_json(answered(domains)))
    writer = Writer(Wording(MODEL))
    assert found["domains"] == [
        {"target": writer.target(domain.target), **writer.domain(domain)} for domain in domains
    ]
    StateOut.model_validate(found)


@given(st.lists(DOMAINS, max_size=12), st.frozensets(st.sampled_from(TARGETS)))
def test_only_what_is_to_be_shown_is_written(domains: list[Domain], shown: frozenset[Any]) -> None:
    found = orjson.loads(state_json(answered(domains, shown)))
    assert len(found["domains"]) == sum(domain.target in shown for domain in domains)
