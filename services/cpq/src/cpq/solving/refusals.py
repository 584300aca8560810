"""What an engine refuses: what a model does not have, and what would take too long."""

from __future__ import annotations

from servicekit.errors import InvalidInput, Kind, Refusal


class UnknownTarget(InvalidInput):
    """A choice names a node, attribute or question that the model does not have."""

    code = "unknown-target"
    title = "The model has no such node, attribute or question"
    hint = "Read the model of this version: it lists what can be chosen."


class UnknownValue(InvalidInput):
    """A choice names a value that its target does not have, whatever else is chosen."""

    code = "unknown-value"
    title = "The target has no such value"
    hint = "Choose one of the target's values; the model lists them."


class ValueIsCalculated(InvalidInput):
    """A choice of what the model calculates."""

    code = "value-is-calculated"
    title = "The value is calculated by the model and cannot be chosen"
    hint = "Choose what it is calculated from."


class ChosenTwice(InvalidInput):
    """Two choices give one target different values."""

    code = "chosen-twice"
    title = "A target is chosen twice, with different values"
    hint = "Send one choice for each target: the later one replaces the earlier."


class UnknownFact(InvalidInput):
    """A fact that the model does not ask for."""

    code = "unknown-fact"
    title = "The model asks for no such fact"
    hint = "Give only facts that the model declares."


class FactMakesNoSense(InvalidInput):
    """A fact of the wrong kind, or outside its declared bounds or grid."""

    code = "fact-makes-no-sense"
    title = "The fact's value does not fit its declaration"
    hint = "Give a text, a number or a date (days since 1970-01-01) as the model declares it."


class ModelIsTooLarge(InvalidInput):
    """A model whose arithmetic or tables need more clauses than an engine holds."""

    code = "model-is-too-large"
    title = "The model is too large to be solved"
    hint = "Narrow the domain, coarsen the step or split the rule that the detail names."


class ModelMakesNoSense(InvalidInput):
    """A model that speaks of what it does not have, or compares what cannot be compared."""

    code = "model-makes-no-sense"
    title = "The model speaks of something that it does not have"
    hint = "Validate the model's document: it names each place that is wrong."


class ChoicesClash(Refusal):
    """A completion, a count or a sample was asked for choices that no configuration has."""

    code = "choices-clash"
    kind = Kind.RULE
    title = "No valid configuration has all these choices"
    hint = "Ask for the state of the configuration: it names the conflict and its repairs."


class ConfigurationTakesTooLong(Refusal):
    """The time that the request was given ran out."""

    code = "configuration-takes-too-long"
    kind = Kind.UNAVAILABLE
    title = "The configuration could not be worked out in the time allowed"
    hint = "Try again, choose more before asking, or simplify the rules that the detail names."
