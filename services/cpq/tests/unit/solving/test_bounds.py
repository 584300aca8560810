"""Bounded in time, and safe to share between threads."""

import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from functools import reduce

import pytest

from cpq.configuration.expressions import And, AttributeOf, Expression, Not, Selected
from cpq.configuration.language import parse
from cpq.configuration.model import (
    Attribute,
    AttributeType,
    Choice,
    Model,
    Node,
    Option,
    Rule,
)
from cpq.solving import ConfigurationTakesTooLong, Engine, ModelIsTooLarge
from cpq.solving.encoding import gates
from cpq.solving.generation import generate
from cpq.solving.satisfying import Deadline, Lease, Pool

_ROOT: Expression = Selected("root")


def test_a_question_that_takes_too_long_is_refused_and_says_what_took_long() -> None:
    """A pigeon more than holes: no solver that learns clauses shows this quickly."""
    size = 11
    holes = [str(hole) for hole in range(size)]
    pigeons = [
        Attribute(
            f"p{number}",
            f"Pigeon {number}",
            AttributeType.ENUMERATION,
            options=tuple(Option(hole, hole) for hole in holes),
        )
        for number in range(size + 1)
    ]
    rules = tuple(
        Rule(f"apart{one}{other}", parse(f"root.p{one} != root.p{other}"))
        for one in range(size + 1)
        for other in range(one)
    )
    engine = Engine(
        Model("pigeons", "Pigeons", Node("root", "Root", attributes=tuple(pigeons)), rules=rules)
    )
    with pytest.raises(ConfigurationTakesTooLong, match="possible values"):
        engine.state([], {}, seconds=0.3)
    assert engine.count([], {}, seconds=0.3) is None
    assert [one.finding for one in engine.lint(seconds=0.3)] == ["unfinished"]


def grids(number: int) -> tuple[Attribute, ...]:
    """Numbers of a million million million values."""
    return tuple(
        Attribute(f"a{at}", "A", AttributeType.INTEGER, minimum=Decimal(0), maximum=Decimal(2**60))
        for at in range(number)
    )


@pytest.mark.parametrize(
    ("attributes", "condition"),
    [
        (grids(9), parse("*".join(f"root.a{at}" for at in range(9)) + " >= 7")),
        (grids(60), parse("+".join(f"root.a{at}" for at in range(60)) + " >= 123456789123456789")),
        ((), reduce(lambda inner, _: Not(And((inner, Selected("root")))), range(5000), _ROOT)),
    ],
    ids=["product", "sum", "depth"],
)
def test_a_model_that_needs_too_many_clauses_is_refused_by_the_rule(
    attributes: tuple[Attribute, ...], condition: Expression, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gates, "MOST_LITERALS", 100_000)
    rule = Rule("huge", condition)
    model = Model("big", "Big", Node("root", "Root", attributes=attributes), rules=(rule,))
    with pytest.raises(ModelIsTooLarge) as refused:
        Engine(model)
    assert refused.value.field == "huge"


def test_a_domain_of_a_million_million_values_is_no_burden() -> None:
    engine = Engine(
        Model(
            "big",
            "Big",
            Node("root", "Root", attributes=grids(2)),
            rules=(Rule("less", parse("root.a0 + 1000 <= root.a1")),),
        )
    )
    state = engine.state([Choice(AttributeOf("root", "a1"), Decimal(10**15))], {})
    ranges = {domain.target: domain.ranges for domain in state.domains}
    assert ranges[AttributeOf("root", "a0")] == ((Decimal(0), Decimal(10**15 - 1000)),)


def test_threads_share_an_engine() -> None:
    engine = Engine(generate(120, 400))
    chance = random.Random(3)
    nodes = [node.key for node in engine.model.nodes()]
    requests = [
        [Choice(Selected(key), chance.random() < 0.5) for key in chance.sample(nodes, 5)]
        for _ in range(24)
    ]
    alone = [Engine(engine.model).state(choices, {}) for choices in requests]
    with ThreadPoolExecutor(8) as threads:
        together = list(threads.map(lambda choices: engine.state(choices, {}), requests))
    assert together == alone


def test_a_thread_waits_for_a_solver_no_longer_than_its_deadline() -> None:
    pool = Pool(object, most=1)
    taken, done = threading.Event(), threading.Event()

    def hold() -> None:
        with Lease(pool, Deadline(60)) as lease:
            lease()
            taken.set()
            done.wait(60)

    holder = threading.Thread(target=hold)
    holder.start()
    taken.wait(60)
    started = time.monotonic()
    with pytest.raises(ConfigurationTakesTooLong), Lease(pool, Deadline(0.05)) as lease:
        lease()
    assert time.monotonic() - started < 30
    done.set()
    holder.join()
    with Lease(pool, Deadline(60)) as lease:
        assert lease() is lease()
    assert len(pool.made) == 1
