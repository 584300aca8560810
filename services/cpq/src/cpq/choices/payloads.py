"""Choices in requests and answers.

What answers carry are plain dictionaries: there may be thousands, and their forms are declared here
so that the API document says what they are.
"""

from typing import Annotated

from pydantic import ConfigDict, Field, StringConstraints, with_config
from typing_extensions import TypedDict

from cpq.choices.asked import Asked
from servicekit.http import In

MOST_CHOICES = 5_000
MOST_FACTS = 100

ModelKey = Annotated[str, StringConstraints(min_length=1, max_length=200)]
ModelVersion = Annotated[int, Field(ge=1, le=10**9)]
Whole = Annotated[int, Field(ge=-(10**15), le=10**15)]
ValueIn = bool | Whole | Annotated[str, StringConstraints(max_length=10_000)]
TargetIn = Annotated[str, StringConstraints(min_length=1, max_length=1_000)]
Facts = Annotated[dict[str, ValueIn], Field(max_length=MOST_FACTS)]

EXPLAINED = ConfigDict(use_attribute_docstrings=True)
"""For dictionaries whose members are explained below them."""


class QuestionTargetIn(In):
    """The target of a choice that answers a question."""

    question: TargetIn
    """The question's key."""


class ChoiceIn(In):
    """Something that somebody decided."""

    target: TargetIn | QuestionTargetIn
    """`node`, `qty(node)`, `node.attribute`, or `{"question": key}`; names with spaces stand in
    backticks."""
    value: ValueIn
    """true or false for a node or a boolean; a whole number or a decimal string for a number; the
    code of a value or answer as text."""

    def asked(self) -> Asked:
        """The choice for a use case."""
        return asked(self.target, self.value)


Choices = Annotated[list[ChoiceIn], Field(max_length=MOST_CHOICES)]


def asked(target: str | QuestionTargetIn, value: bool | int | str) -> Asked:
    """A target and a value for a use case."""
    if isinstance(target, str):
        return Asked(target, None, value)
    return Asked(None, target.question, value)


@with_config(EXPLAINED)
class QuestionTargetOut(TypedDict):
    """The target of a choice that answers a question."""

    question: str
    """The question's key."""


TargetText = str | QuestionTargetOut
ValueText = bool | str
"""A boolean, a canonical decimal string, or the code of a value."""


@with_config(EXPLAINED)
class ChoiceOut(TypedDict):
    """Something that was decided, or holds."""

    target: TargetText
    """`node`, `qty(node)`, `node.attribute`, or the question that it answers."""
    value: ValueText
    """What was chosen for it, or what it is."""
