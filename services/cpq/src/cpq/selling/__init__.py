"""How things are sold over time: terms, proration, co-termination, ramps, and usage.

A pure library: no database, no HTTP, no prices but those it is given. Days are business days;
a stretch of days holds its first day and not the day after its last (`Period`).
"""

from cpq.selling.calendar import TermUnit, anniversaries, months_between, months_later
from cpq.selling.explaining import RatingStep, explained
from cpq.selling.proration import (
    Periods,
    Proration,
    coterminated,
    first_period,
    next_period,
    prorated,
)
from cpq.selling.ramps import (
    MOST_GROWTH,
    GrowsTooMuch,
    RampStep,
    Segment,
    ramped,
    segments,
    uplifts,
)
from cpq.selling.usage import (
    Graduated,
    Package,
    Percentage,
    Proof,
    Standard,
    UsageModelMakesNoSense,
    UsagePrice,
    UsageTier,
    Volume,
    proved,
    rated,
)
from cpq.selling.ways import SellingKind, SellingModel, Way, chosen_way
from cpq.selling.writing import read_usage, written_usage

__all__ = [
    "MOST_GROWTH",
    "Graduated",
    "GrowsTooMuch",
    "Package",
    "Percentage",
    "Periods",
    "Proof",
    "Proration",
    "RampStep",
    "RatingStep",
    "Segment",
    "SellingKind",
    "SellingModel",
    "Standard",
    "TermUnit",
    "UsageModelMakesNoSense",
    "UsagePrice",
    "UsageTier",
    "Volume",
    "Way",
    "anniversaries",
    "chosen_way",
    "coterminated",
    "explained",
    "first_period",
    "months_between",
    "months_later",
    "next_period",
    "prorated",
    "proved",
    "ramped",
    "rated",
    "read_usage",
    "segments",
    "uplifts",
    "written_usage",
]
