"""Bounded in time, and safe to share between threads."""

import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from cpq.configuration.expressions import Selected
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
from cpq.solving import ConfigurationTakesTooLong, Engine
from cpq.solving.generation import generate
from cpq.solving.satisfying import Deadline, Lease, Pool


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
