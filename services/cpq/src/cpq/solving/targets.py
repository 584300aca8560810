"""Everything of a model that a choice may decide or a state shows, in the order of the model."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from cpq.configuration.expressions import AttributeOf, Quantity, Selected
from cpq.configuration.model import AnswerTo, Attribute, Question, Target
from cpq.solving.encoding import TRUE, Encoding, Few, Many
from cpq.solving.variables import Part


@dataclass(frozen=True, slots=True)
class Slot:
    """A target and its domain.

    Attributes:
        index: its place among all.
        shared: equal for the selection and the quantity of one node, which one choice decides;
            otherwise the slot's own.
        domain: None for a text and for what is calculated, which have no literals of their own.
        owner: the literal without which there is no value.
        part: its node; None for a question.
        attribute: for an attribute.
        question: for a question.
    """

    index: int
    target: Target
    shared: int
    domain: Few | Many | None
    owner: int
    part: Part | None = None
    attribute: Attribute | None = None
    question: Question | None = None

    @property
    def calculated(self) -> bool:
        """Whether the model calculates it, so that nobody chooses."""
        return self.attribute is not None and self.attribute.expression is not None


def slots(encoding: Encoding) -> list[Slot]:
    """The slots of a model, nodes before their children, questions last."""
    return list(_slots(encoding))


def _slots(encoding: Encoding) -> Iterator[Slot]:
    index = 0
    for part in encoding.variables.parts.values():
        shared = index
        selection = Few((False, True), (-part.selected, part.selected))
        yield Slot(index, Selected(part.node.key), shared, selection, TRUE, part)
        index += 1
        if part.quantity is not None:
            yield Slot(index, Quantity(part.node.key), shared, part.quantity, TRUE, part)
            index += 1
        for attribute in part.node.attributes:
            target = AttributeOf(part.node.key, attribute.code)
            domain = part.attributes.get(attribute.code)
            yield Slot(index, target, index, domain, part.selected, part, attribute)
            index += 1
    for question in encoding.model.questions:
        codes = tuple(answer.code for answer in question.answers)
        literals = tuple(encoding.answers[question.key, code] for code in codes)
        answer = AnswerTo(question.key)
        yield Slot(index, answer, index, Few(codes, literals), TRUE, question=question)
        index += 1
