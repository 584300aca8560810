"""What there is to choose in a version, for whoever draws a form."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from pydantic import with_config
from typing_extensions import TypedDict

from cpq.choices.payloads import EXPLAINED, QuestionTargetOut
from cpq.configuration.expressions import AttributeOf, Quantity, Selected
from cpq.configuration.model import Attribute, Model, Node, Question
from cpq.configurator.rules import Wording
from cpq.configurator.schemas.written import AmountText
from cpq.configurator.service import Form
from servicekit.http import Out
from servicekit.values import plain


@with_config(EXPLAINED)
class OptionFormOut(TypedDict):
    """A value of an enumeration."""

    code: str
    """What a choice gives as its value."""
    name: str
    """What people call it."""
    sku: str | None
    """The item that comes with it."""


@with_config(EXPLAINED)
class AttributeFormOut(TypedDict):
    """A property of a node."""

    target: str
    """What a choice names it by."""
    code: str
    """Its code within the node."""
    name: str
    """What people call it."""
    type: Literal["boolean", "enumeration", "integer", "decimal", "text"]
    """What values it takes."""
    calculated: bool
    """It follows from others and cannot be chosen."""
    options: list[OptionFormOut]
    """The values of an enumeration, in the order to show them."""
    minimum: AmountText | None
    """The least number."""
    maximum: AmountText | None
    """The greatest number."""
    step: AmountText
    """The distance of one number from the next."""
    longest: int
    """Of a text, in characters."""


@with_config(EXPLAINED)
class NodeFormOut(TypedDict):
    """A product, module or feature."""

    key: str
    """Its key in the model."""
    name: str
    """What people call it."""
    parent: str | None
    """The node that it is part of; null: it is the whole."""
    group: str | None
    """The group of the parent that it is in."""
    target: str
    """What a choice names it by."""
    quantity_target: str | None
    """What a choice of how many names it by; null: there is at most one."""
    minimum: int
    """Its least quantity per unit of the parent, when it is there."""
    maximum: int
    """Its greatest quantity per unit of the parent."""
    required: bool
    """It is there whenever its parent is."""
    abstract: bool
    """It only groups others."""
    sku: str | None
    """The item that it is."""
    attributes: list[AttributeFormOut]
    """Its properties, in the order to show them."""


@with_config(EXPLAINED)
class GroupFormOut(TypedDict):
    """Children of a node that are chosen from together."""

    key: str
    """Its key in the model."""
    name: str
    """What people call it."""
    node: str
    """The node whose children they are."""
    minimum: int
    """How many different ones there are at least, while the node is there."""
    maximum: int | None
    """How many different ones at most; null: as many as there are."""


@with_config(EXPLAINED)
class AnswerFormOut(TypedDict):
    """An answer that may be given."""

    code: str
    """What a choice gives as its value."""
    text: str
    """What to show."""


@with_config(EXPLAINED)
class QuestionFormOut(TypedDict):
    """A question about needs; its answer counts as a choice."""

    key: str
    """The question's key."""
    target: QuestionTargetOut
    """What a choice names it by."""
    text: str
    """What to ask."""
    answers: list[AnswerFormOut]
    """What may be answered, in the order to show it."""


@with_config(EXPLAINED)
class FactFormOut(TypedDict):
    """Something that a request may state and nobody chooses."""

    name: str
    """Its name in `facts`."""
    type: Literal["text", "number", "date"]
    """What kind of value it takes."""
    values: list[str]
    """The texts that rules know; another one is none of them."""


class FormOut(Out):
    """Everything that can be chosen in a version. Parts stand before their own parts."""

    model_id: str
    """The version, as the catalogue knows it."""
    model: str
    """The model's key."""
    model_version: int
    """Its number."""
    name: str
    """What people call the model."""
    sku: str | None
    """The item that a configuration of it sells."""
    currency: str | None
    """Of the amounts in the model."""
    nodes: list[NodeFormOut]
    """The whole and its parts, to any depth."""
    groups: list[GroupFormOut]
    """The groups that parts are in."""
    questions: list[QuestionFormOut]
    """What may be asked instead of choosing parts."""
    facts: list[FactFormOut]
    """What a request may state."""

    @classmethod
    def of(cls, form: Form) -> FormOut:
        """Render the model."""
        version, model = form.version, form.loaded.model
        return FormOut.model_construct(
            model_id=str(version.id),
            model=version.key,
            model_version=version.model_version,
            name=version.name,
            sku=version.sku,
            currency=version.currency,
            nodes=_nodes(model, form.loaded.wording),
            groups=_groups(model),
            questions=[_question(one) for one in model.questions],
            facts=[
                {"name": fact.name, "type": fact.type.value, "values": list(fact.values)}
                for fact in model.facts
            ],
        )


def _nodes(model: Model, wording: Wording) -> list[NodeFormOut]:
    places: dict[str, tuple[str, str]] = {}
    for node in model.nodes():
        for group in node.groups:
            places.update((member.key, (node.key, group.key)) for member in group.members)
    return [_node(node, places.get(node.key), wording) for node in model.nodes()]


def _groups(model: Model) -> list[GroupFormOut]:
    return [
        {
            "key": group.key,
            "name": group.name,
            "node": node.key,
            "minimum": group.minimum,
            "maximum": group.maximum,
        }
        for node in model.nodes()
        for group in node.groups
    ]


def _node(node: Node, place: tuple[str, str] | None, wording: Wording) -> NodeFormOut:
    return {
        "key": node.key,
        "name": node.name,
        "parent": place[0] if place else None,
        "group": place[1] if place else None,
        "target": str(wording.text(Selected(node.key))),
        "quantity_target": str(wording.text(Quantity(node.key))) if node.maximum > 1 else None,
        "minimum": node.minimum,
        "maximum": node.maximum,
        "required": node.required,
        "abstract": node.abstract,
        "sku": node.item,
        "attributes": [_attribute(node, one, wording) for one in node.attributes],
    }


def _attribute(node: Node, attribute: Attribute, wording: Wording) -> AttributeFormOut:
    return {
        "target": str(wording.text(AttributeOf(node.key, attribute.code))),
        "code": attribute.code,
        "name": attribute.name,
        "type": attribute.type.value,
        "calculated": attribute.expression is not None,
        "options": [
            {"code": option.code, "name": option.name, "sku": option.item}
            for option in attribute.options
        ],
        "minimum": _number(attribute.minimum),
        "maximum": _number(attribute.maximum),
        "step": plain(attribute.step),
        "longest": attribute.longest,
    }


def _question(question: Question) -> QuestionFormOut:
    return {
        "key": question.key,
        "target": {"question": question.key},
        "text": question.text,
        "answers": [{"code": answer.code, "text": answer.text} for answer in question.answers],
    }


def _number(number: Decimal | None) -> str | None:
    return None if number is None else plain(number)
