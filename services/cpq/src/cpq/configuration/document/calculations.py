"""Attributes that are calculated from each other: in no circle, and not too deeply."""

from __future__ import annotations

from collections.abc import Mapping

from cpq.configuration.document.problems import Flaw, Problems
from cpq.configuration.expressions import AttributeOf, Expression, parts, walk
from cpq.configuration.language import DEEPEST


def check_calculations(
    calculated: Mapping[AttributeOf, tuple[Expression, str]],
    others: Mapping[str, Expression],
    problems: Problems,
) -> None:
    """Note circles, and expressions that are too deep once calculated attributes stand in them.

    Args:
        calculated: expression and place of each calculated attribute.
        others: all other expressions, by place.
        problems: where to note them.
    """
    depths: dict[AttributeOf, int] = {}
    circles: set[AttributeOf] = set()
    for start in calculated:
        _measure(start, calculated, depths, circles, problems)
    for at, expression in (
        *((at, expression) for expression, at in calculated.values()),
        *others.items(),
    ):
        if _depth(expression, depths) > DEEPEST:
            problems.add(
                at,
                Flaw.EXPRESSION_TOO_LARGE,
                f"with the calculated attributes that it speaks of, more than {DEEPEST} "
                "expressions stand inside each other",
            )


def _measure(
    start: AttributeOf,
    calculated: Mapping[AttributeOf, tuple[Expression, str]],
    depths: dict[AttributeOf, int],
    circles: set[AttributeOf],
    problems: Problems,
) -> None:
    """Fill in the depths of an attribute and of all that it is calculated from, depth first."""
    path: dict[AttributeOf, None] = {}
    waiting: list[tuple[AttributeOf, bool]] = [(start, False)]
    while waiting:
        target, seen = waiting.pop()
        if seen:
            del path[target]
            depths[target] = _depth(calculated[target][0], depths)
            continue
        if target in depths or target in path:
            continue
        path[target] = None
        waiting.append((target, True))
        for needed in dict.fromkeys(_needs(calculated[target][0], calculated)):
            if needed not in path:
                waiting.append((needed, False))
            elif needed not in circles:
                keys = list(path)
                circle = [*keys[keys.index(needed) :], needed]
                circles.update(circle)
                problems.add(
                    calculated[needed][1],
                    Flaw.CYCLIC_CALCULATION,
                    "it depends on itself: "
                    + " > ".join(f"{one.node}.{one.attribute}" for one in circle),
                )


def _needs(
    expression: Expression, calculated: Mapping[AttributeOf, tuple[Expression, str]]
) -> list[AttributeOf]:
    return [
        part for part in walk(expression) if isinstance(part, AttributeOf) and part in calculated
    ]


def _depth(expression: Expression, depths: Mapping[AttributeOf, int]) -> int:
    """How many expressions stand inside each other, those of calculated attributes included."""
    deepest = 0
    waiting = [(expression, 1)]
    while waiting:
        part, depth = waiting.pop()
        inside = depths.get(part, 0) if isinstance(part, AttributeOf) else 0
        deepest = max(deepest, depth + inside)
        waiting.extend((one, depth + 1) for one in parts(part))
    return deepest
