"""What pricing takes: from cold, after an edit, and how it grows."""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Iterator
from dataclasses import dataclass
from statistics import median
from typing import Final

from cpq.pricing.rules import PriceRules
from cpq.pricing.rules.incremental import PricedDraft
from cpq.pricing_measurements.subjects import Subject, changed, generated
from servicekit.garbage import collect_seldom

TRIES: Final = 5
EDITS: Final = 40
_COLD: Final = {1_000: 150.0, 5_000: 700.0}
"""Milliseconds that pricing so many lines from cold may take."""
_EDITED: Final = 10.0


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the table; `met` is None where there is no target."""

    work: str
    conditions: str
    result: str
    target: str = ""
    met: bool | None = None


def measured() -> Iterator[Row]:
    """Every row of the table, the quotes first and how cost grows after them."""
    collect_seldom()
    for lines in (1_000, 5_000):
        yield from quote(generated(lines), judged=True)
    yield from quote(generated(1_000, whole=True), judged=False)
    for lines in (100, 300, 1_000, 3_000, 5_000):
        yield grown("lines", generated(lines))
    for rules in (100, 1_000, 10_000, 100_000):
        yield grown("rules", generated(1_000, rules))
    for tiers in (2, 5, 20, 200):
        yield grown("tiers of a schedule", generated(1_000, tiers=tiers))


def quote(subject: Subject, *, judged: bool) -> Iterator[Row]:
    """A quote from cold, and after each of many edits of one line."""
    lines = len(subject.document.lines)
    cold, draft = _cold(subject)
    wanted = _COLD.get(lines) if judged else None
    yield Row(
        "price a quote from cold, rules of all kinds",
        subject.told,
        f"p50 {median(cold):.0f} ms, best {min(cold):.0f} ms, peak {_peak(subject):.1f} MB",
        f"under {wanted:.0f} ms" if wanted else "",
        median(cold) < wanted if wanted else None,
    )
    edits, touched = [], []
    for number in range(EDITS):
        line = subject.document.lines[(number * 37) % lines]
        began = time.perf_counter()
        after = draft.edited([changed(line, number)])
        edits.append(1_000 * (time.perf_counter() - began))
        touched.append(len(after.repriced))
    target = judged and lines <= 1_000
    yield Row(
        "price it again after one line changes",
        subject.told,
        f"p50 {median(edits):.1f} ms, worst {max(edits):.1f} ms; {median(touched):.0f} lines "
        "priced anew",
        f"under {_EDITED:.0f} ms" if target else "",
        median(edits) < _EDITED if target else None,
    )


def grown(what: str, subject: Subject) -> Row:
    """A quote of a row of quotes that grow in something."""
    cold, _ = _cold(subject)
    told = f"p50 {median(cold):.0f} ms, peak {_peak(subject):.1f} MB"
    return Row(f"price from cold, by {what}", subject.told, told)


def _cold(subject: Subject) -> tuple[list[float], PricedDraft]:
    """Milliseconds of each try, the index of the rules included; and the last priced draft."""
    taken: list[float] = []
    for _ in range(TRIES):
        began = time.perf_counter()
        draft = PricedDraft(subject.document, _rules(subject))
        taken.append(1_000 * (time.perf_counter() - began))
    return taken, draft


def _peak(subject: Subject) -> float:
    """Megabytes that one pricing takes at most, its rules' index included."""
    tracemalloc.start()
    try:
        PricedDraft(subject.document, _rules(subject))
        return tracemalloc.get_traced_memory()[1] / 1e6
    finally:
        tracemalloc.stop()


def _rules(subject: Subject) -> PriceRules:
    return PriceRules(subject.document.on.day, rules=subject.rules)
