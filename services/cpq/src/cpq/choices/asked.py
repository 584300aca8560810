"""Choices as a request writes them, before a model says what they mean. Pure."""

from dataclasses import dataclass

Said = bool | int | str
"""A value as a request writes it: numbers as whole numbers or decimal strings."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A target's text, or the key of a question, and a value."""

    target: str | None
    question: str | None
    value: Said
