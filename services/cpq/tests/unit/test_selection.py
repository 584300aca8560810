"""The extremes that a customer can make of an offer, against trying every selection."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from cpq.quotes.rules import counting, has_choices, least_share, most

WHOLE = Fraction(0)


@dataclass(frozen=True)
class Line:
    key: str
    parent: str | None = None
    group: str | None = None
    optional: bool = False
    selected: bool = True
    alternative_of: str | None = None
    ramp: str | None = None


@st.composite
def offers(draw: st.DrawFn) -> list[Line]:
    """Some lines, options, options within options, ramps, and sets of alternatives."""
    lines: list[Line] = []
    for number in range(draw(st.integers(1, 5))):
        parents = [line.key for line in lines if line.ramp is None and not line.alternative_of]
        parent = draw(st.one_of(st.none(), st.sampled_from(parents))) if parents else None
        optional = draw(st.booleans())
        line = Line(
            f"l{number}", parent, optional=optional, selected=draw(st.booleans()) or not optional
        )
        kind = draw(st.sampled_from(("line", "line", "ramp", "alternatives")))
        if kind == "ramp":
            lines += [
                replace(line, ramp=line.key),
                replace(line, key=f"{line.key}-2", ramp=line.key),
            ]
        elif kind == "alternatives":
            head = replace(line, optional=False, selected=True)
            lines += [
                head,
                replace(head, key=f"{line.key}-a", selected=False, alternative_of=line.key),
            ]
        else:
            lines.append(line)
    return lines


def selections(lines: Sequence[Line]) -> Iterator[set[int]]:
    """The places that count, by every choice that picking allows."""
    heads = {line.alternative_of for line in lines if line.alternative_of}
    ways: list[list[dict[str, bool]]] = []
    for line in lines:
        if line.key in heads:
            of = [line.key, *(other.key for other in lines if other.alternative_of == line.key)]
            ways.append([{key: key == taken for key in of} for taken in of])
        elif line.optional and line.ramp in (None, line.key) and not line.alternative_of:
            of = [other.key for other in lines if line.key in (other.key, other.ramp)]
            ways.append([dict.fromkeys(of, taken) for taken in (True, False)])
    for chosen in product(*ways):
        picked = {key: taken for one in chosen for key, taken in one.items()}
        made = [replace(line, selected=picked.get(line.key, line.selected)) for line in lines]
        counted = counting(made)
        yield {at for at, line in enumerate(made) if line.key in counted}


def total(amounts: Sequence[Decimal], taken: set[int]) -> Fraction:
    return sum((Fraction(amounts[at]) for at in taken), WHOLE)


amounts = st.lists(st.decimals(-50, 100, places=2), min_size=10, max_size=10)


@given(offers(), amounts)
def test_the_most_is_that_of_the_best_selection(lines: list[Line], worth: list[Decimal]) -> None:
    worth = worth[: len(lines)]
    best = max(total(worth, taken) for taken in selections(lines))
    found = most(lines, worth)
    assert total(worth, found) == best
    assert found in list(selections(lines))


@given(offers(), amounts, amounts)
def test_the_least_share_is_that_of_the_worst_selection(
    lines: list[Line], part: list[Decimal], whole: list[Decimal]
) -> None:
    part, whole = part[: len(lines)], [abs(one) for one in whole[: len(lines)]]
    shares = [
        total(part, taken) / total(whole, taken)
        for taken in selections(lines)
        if total(whole, taken) > 0
    ]
    assert least_share(lines, part, whole) == min(shares, default=None)


def test_an_offer_without_choices_has_none() -> None:
    assert not has_choices([Line("a"), Line("b", "a")])
    assert has_choices([Line("a"), Line("b", "a", optional=True)])
