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

TRIES: Final = 21
"""Spread over seconds: a shared machine is slow for some of them."""
FEW: Final = 5
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
    cold, busy, draft = _cold(subject, TRIES)
    wanted = _COLD.get(lines) if judged else None
    yield Row(
        "price a quote from cold, rules of all kinds",
        subject.told,
        f"p50 {median(cold):.0f} ms, best {min(cold):.0f}, worst {max(cold):.0f} "
        f"(processor p50 {median(busy):.0f}), peak {_peak(subject):.1f} MB",
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
    cold, busy, _ = _cold(subject, FEW)
    times = f"p50 {median(cold):.0f} ms (processor {median(busy):.0f})"
    told = f"{times}, peak {_peak(subject):.1f} MB"
    return Row(f"price from cold, by {what}", subject.told, told)


def _cold(subject: Subject, tries: int) -> tuple[list[float], list[float], PricedDraft]:
    """Milliseconds of each try by the clock and of the processor; and the last priced draft.

    The index of the rules is included.
    """
    taken: list[float] = []
    worked: list[float] = []
    for _ in range(tries):
        began, busy = time.perf_counter(), time.thread_time()
        draft = PricedDraft(subject.document, _rules(subject))
        ended, done = time.perf_counter(), time.thread_time()
        taken.append(1_000 * (ended - began))
        worked.append(1_000 * (done - busy))
    return taken, worked, draft


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
