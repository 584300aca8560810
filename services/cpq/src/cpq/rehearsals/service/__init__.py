"""The use case of rehearsals."""

from cpq.rehearsals.service.rehearsing import (
    REHEARSING_REFUSALS,
    Question,
    Rehearsed,
    rehearse,
)

__all__ = ["REHEARSING_REFUSALS", "Question", "Rehearsed", "rehearse"]
