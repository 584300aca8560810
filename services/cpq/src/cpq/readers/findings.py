"""What a reader says beside the models that it read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from cpq.configuration.model import Model


class Effect(StrEnum):
    """What a finding does to the model."""

    LOST = "lost"
    """Something that decides what is valid is not in the model."""
    CHANGED = "changed"
    """It is in the model, but means something else in the case that the finding names."""
    NOTED = "noted"
    """It decides nothing about what is valid: looks, speed, another module's business."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A construct of the source that the model does not say as the source does.

    Attributes:
        construct: its name, as the format calls it: `regexpreplace`, `@(sharing)`.
        place: file and line, for example `server.cml:17`.
        because: why, in a sentence, and what the reader did instead.
    """

    construct: str
    place: str
    because: str
    effect: Effect = Effect.LOST


@dataclass(frozen=True, slots=True)
class Reading:
    """The models of a file or directory, in its order, and the findings, in the file's order."""

    models: tuple[Model, ...]
    findings: tuple[Finding, ...] = ()

    def lost(self) -> tuple[Finding, ...]:
        """The findings about what is missing from the models."""
        return tuple(one for one in self.findings if one.effect is Effect.LOST)


class Findings:
    """Collects findings, each once, in the order in which they were made."""

    def __init__(self) -> None:
        self._found: dict[Finding, None] = {}

    def __iter__(self) -> Iterator[Finding]:
        return iter(self._found)

    def add(self, construct: str, place: str, because: str, effect: Effect) -> None:
        """Keeps a finding, unless it is known already."""
        self._found.setdefault(Finding(construct, place, because, effect))

    def lost(self, construct: str, place: str, because: str) -> None:
        """Something that decides what is valid is not in the model."""
        self.add(construct, place, because, Effect.LOST)

    def changed(self, construct: str, place: str, because: str) -> None:
        """Something means another thing than in the source."""
        self.add(construct, place, because, Effect.CHANGED)

    def noted(self, construct: str, place: str, because: str) -> None:
        """Something was left out that decides nothing."""
        self.add(construct, place, because, Effect.NOTED)
