"""The form of a document: every object, its members and their bounds."""

from __future__ import annotations

from typing import Any, Final

from cpq.configuration.document.shapes import (
    Currency,
    Flag,
    Formula,
    ListOf,
    Member,
    Number,
    Scalar,
    Shape,
    Text,
    Whole,
    Word,
)
from cpq.configuration.model import AttributeType, FactType, Severity

FORMAT: Final = "tradewind/configuration-model/1"

MOST_NODES: Final = 50_000
MOST_OPTIONS: Final = 10_000
MOST_UNITS: Final = 1_000_000
MOST_RULES: Final = 300_000
MOST_ROWS: Final = 100_000

_KEY = Text(200)
_NAME = Text(500)
_WORDS = Text(4000, lines=True, empty=True)
_SOURCE = Text(1000, empty=True)
_UNITS = Whole(0, MOST_UNITS)
_SHOWN = Member(Formula(), "It is shown only while this holds; hidden or not, it counts.")
_MESSAGE = Member(_WORDS, "What a person reads when it does not hold.", "")
_PLACE = Member(_SOURCE, "The place that it was read from, such as `server.cml:17`.", "")
_AMOUNTS = {
    "item": Member(Text(100), "SKU of the ERP's item that counts, one per unit."),
    "price": Member(Number(), "An amount of the model's own per unit, beside the item's price."),
    "cost": Member(Number(), "An amount of the model's own per unit, beside the item's cost."),
}

OPTION: Final = Shape(
    "option",
    "A value of an enumeration.",
    {
        "code": Member(_KEY, "Unique in its attribute; expressions name it.", required=True),
        "name": Member(_NAME, "For people; the code where it is left out."),
        **_AMOUNTS,
    },
)

ATTRIBUTE: Final = Shape(
    "attribute",
    "A property of a node.",
    {
        "code": Member(_KEY, "Unique in its node.", required=True),
        "name": Member(_NAME, "For people; the code where it is left out."),
        "type": Member(Word(tuple(AttributeType)), "What values it has.", required=True),
        "options": Member(
            ListOf(OPTION, MOST_OPTIONS), "The values of an enumeration, as they are shown.", ()
        ),
        "minimum": Member(Number(), "The least value of a number that is chosen."),
        "maximum": Member(Number(), "The greatest value of a number that is chosen."),
        "step": Member(
            Number(positive=True), "The grid of a number that is chosen, from the minimum; 1."
        ),
        "longest": Member(Whole(1, 10_000), "Characters of a text; 200."),
        "default": Member(Scalar(), "Proposed until somebody chooses."),
        "expression": Member(
            Formula(), "Calculates the value of a boolean, integer or decimal; nobody chooses it."
        ),
        "visible_when": _SHOWN,
    },
)

GROUP: Final = Shape(
    "group",
    "Parts of a node, and how many different ones it has while it is selected.",
    {
        "key": Member(_KEY, "Unique among groups, rules and tables.", required=True),
        "name": Member(_NAME, "For people; the key where it is left out."),
        "minimum": Member(_UNITS, "At least so many different members.", 0),
        "maximum": Member(_UNITS, "At most so many different members; all."),
        "least_units": Member(_UNITS, "At least so many units of all members together."),
        "most_units": Member(_UNITS, "At most so many units of all members together."),
    },
)

NODE: Final = Shape(
    "node",
    "A product, module or feature.",
    {
        "key": Member(_KEY, "Unique in the model; expressions name it.", required=True),
        "name": Member(_NAME, "For people; the key where it is left out."),
        "required": Member(Flag(), "Selected whenever its parent is.", False),
        "minimum": Member(
            Whole(1, MOST_UNITS), "The least quantity for one unit of the parent, when selected.", 1
        ),
        "maximum": Member(Whole(1, MOST_UNITS), "The greatest quantity, when selected.", 1),
        "default": Member(_UNITS, "The quantity that is proposed; 0 proposes to leave it out."),
        **_AMOUNTS,
        "abstract": Member(Flag(), "It only groups others.", False),
        "visible_when": _SHOWN,
        "attributes": Member(ListOf(ATTRIBUTE, 1000), "Its properties, as they are shown.", ()),
        "groups": Member(ListOf(GROUP, 10_000), "Its parts.", ()),
    },
    nested_by="members",
)
GROUP.members["members"] = Member(
    ListOf(NODE, MOST_NODES, least=1), "The parts.", (), required=True
)

RULE: Final = Shape(
    "rule",
    "What must hold.",
    {
        "key": Member(_KEY, "Unique among groups, rules and tables.", required=True),
        "condition": Member(Formula(), "Holds in every valid configuration.", required=True),
        "message": _MESSAGE,
        "source": _PLACE,
    },
)

TABLE: Final = Shape(
    "table",
    "Combinations that are allowed, or forbidden.",
    {
        "key": Member(_KEY, "Unique among groups, rules and tables.", required=True),
        "columns": Member(
            ListOf(Formula(), 50, least=1),
            "Chosen attributes `node.attribute`, quantities `qty(node)` or nodes `node`.",
            (),
            required=True,
        ),
        "rows": Member(
            ListOf(ListOf(Scalar(optional=True), 50), MOST_ROWS),
            "One value for each column; null stands for any.",
            (),
            required=True,
        ),
        "allowed": Member(Flag(), "False: the rows are forbidden.", True),
        "message": _MESSAGE,
        "source": _PLACE,
    },
)

PREFERENCE: Final = Shape(
    "preference",
    "What should hold unless a choice or a rule says otherwise.",
    {
        "key": Member(_KEY, "Unique among preferences.", required=True),
        "condition": Member(Formula(), "What is preferred.", required=True),
        "weight": Member(Whole(1, 1_000_000), "Heavier ones go first.", 1),
        "message": Member(_WORDS, "Why it is preferred.", ""),
        "source": _PLACE,
    },
)

MESSAGE: Final = Shape(
    "message",
    "Words to show; they forbid nothing.",
    {
        "key": Member(_KEY, "Unique among messages.", required=True),
        "condition": Member(Formula(), "Shown while this holds.", required=True),
        "text": Member(_WORDS, "The words.", required=True),
        "severity": Member(Word(tuple(Severity)), "How they are shown.", "info"),
        "node": Member(_KEY, "The node that a recommendation recommends."),
        "source": _PLACE,
    },
)

ANSWER: Final = Shape(
    "answer",
    "An answer to a question.",
    {
        "code": Member(_KEY, "Unique in its question.", required=True),
        "text": Member(_WORDS, "The answer as people read it; the code where it is left out."),
        "then": Member(Formula(), "What must hold while the answer stands.", required=True),
    },
)

QUESTION: Final = Shape(
    "question",
    "A question about needs instead of parts.",
    {
        "key": Member(_KEY, "Unique among questions.", required=True),
        "text": Member(_WORDS, "The question as people read it.", required=True),
        "answers": Member(ListOf(ANSWER, 1000, least=1), "The answers.", (), required=True),
        "ask_when": Member(Formula(), "It is asked only while this holds."),
    },
)

FACT: Final = Shape(
    "fact",
    "Something that the request knows and expressions ask as `@name`.",
    {
        "name": Member(_KEY, "Unique among facts.", required=True),
        "type": Member(Word(tuple(FactType)), "What kind of value it has.", required=True),
        "values": Member(ListOf(_KEY, MOST_OPTIONS), "The values of a text.", ()),
        "minimum": Member(
            Scalar(), 'The least number, or the first day as a text such as "2026-01-01".'
        ),
        "maximum": Member(
            Scalar(), 'The greatest number, or the last day as a text such as "2026-12-31".'
        ),
        "step": Member(Number(positive=True), "The grid of a number, from the minimum; 1."),
    },
)

MODEL: Final = Shape(
    "model",
    "A version of what can be configured.",
    {
        "format": Member(Word((FORMAT,)), "The form of this document.", FORMAT),
        "key": Member(_KEY, "The same for all versions.", required=True),
        "name": Member(_NAME, "For people; the key where it is left out."),
        "currency": Member(Currency(), "Of all amounts in the model, as ISO 4217 writes it."),
        "root": Member(NODE, "The whole: always selected, once.", required=True),
        "rules": Member(ListOf(RULE, MOST_RULES), "What must hold.", ()),
        "tables": Member(ListOf(TABLE, 10_000), "Combinations of values.", ()),
        "preferences": Member(ListOf(PREFERENCE, 10_000), "What should hold.", ()),
        "messages": Member(ListOf(MESSAGE, 10_000), "What is shown.", ()),
        "questions": Member(ListOf(QUESTION, 1000), "What is asked.", ()),
        "facts": Member(ListOf(FACT, 100), "What the request knows.", ()),
    },
)

_SHAPES: Final = (
    MODEL, NODE, ATTRIBUTE, OPTION, GROUP, RULE, TABLE, PREFERENCE, MESSAGE, QUESTION, ANSWER, FACT,
)  # fmt: skip


def schema() -> dict[str, Any]:
    """The JSON Schema of documents. What it cannot say, `read` checks: names, types, bounds."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Configuration model",
        **MODEL.schema(),
        "$defs": {shape.name: shape.definition() for shape in _SHAPES},
    }
