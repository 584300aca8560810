"""What the annotations of the language mean for a model, and what is said of those it ignores.

Source: the pages "Type Annotations", "Variable Annotations", "Relationship Annotations" and
"Constraints".
"""

from __future__ import annotations

from cpq.readers.cml.syntax import Annotation, Relation, Source, Type, Variable
from cpq.readers.findings import Effect, Findings

UNDERSTOOD = {
    "virtual",
    "mininstanceqty",
    "maxinstanceqty",
    "groupby",
    "defaultvalue",
    "displayname",
    "contextpath",
    "tagname",
    "sourcecontextnode",
    "description",
    "title",
}

_SEARCH = "How that engine searches; the answers here depend on no order."
_DOMAINS = "What is possible is always worked out."
_SPEED = "For that engine's speed."
_SHARED = "An instance that several relations share cannot be said; each has its own."

# Each with the values that matter, or none for any; what it does to the model; what is said.
_OTHERS: dict[str, tuple[set[str], Effect, str]] = {
    "sequence": (set(), Effect.NOTED, _SEARCH),
    "strategy": (set(), Effect.NOTED, _SEARCH),
    "abort": (set(), Effect.NOTED, _SEARCH),
    "domainComputation": (set(), Effect.NOTED, _DOMAINS),
    "relatedAttributes": (set(), Effect.NOTED, _DOMAINS),
    "relatedRelationships": (set(), Effect.NOTED, _DOMAINS),
    "compNumberVar": (set(), Effect.NOTED, _SPEED),
    "noneLeafCardVar": (set(), Effect.NOTED, _SPEED),
    "disableCardinalityConstraint": (set(), Effect.NOTED, _SPEED),
    "allowOverride": (set(), Effect.NOTED, "Calculated values are always up to date."),
    "setDefault": (set(), Effect.NOTED, "Defaults and choices are told apart anyway."),
    "peelable": (set(), Effect.NOTED, "Defaults always yield, and no choice is ever changed."),
    "generic": (set(), Effect.NOTED, "A prompt to choose."),
    "source": (set(), Effect.NOTED, "A data source of that program."),
    "allowNewInstance": (set(), Effect.NOTED, "Rules may always require what is not there."),
    "propagateUp": ({"true"}, Effect.CHANGED, "Rules work in both directions here."),
    "configurable": (
        {"false"},
        Effect.CHANGED,
        "Only the engine sets it there; here people may choose it too, within the rules.",
    ),
    "closeRelation": (
        {"true"},
        Effect.CHANGED,
        "Only people add lines there; here rules may require them too.",
    ),
    "readOnly": ({"true"}, Effect.CHANGED, "Nobody changes it there; here it can be chosen."),
    "split": (
        {"true"},
        Effect.CHANGED,
        "Each unit is an instance of its own there; here the units of a type are alike.",
    ),
    "nullAssignable": ({"true"}, Effect.CHANGED, "It always has a value here."),
    "singleton": ({"true"}, Effect.LOST, "That the instances are one and the same cannot be said."),
    "sharing": ({"true"}, Effect.LOST, _SHARED),
    "sharingCount": (set(), Effect.LOST, _SHARED),
    "sourceAttribute": (set(), Effect.LOST, "A domain taken from another variable cannot be said."),
    "productField": (set(), Effect.LOST, "Its value lies in that program's product records."),
    "productGroup": (set(), Effect.LOST, "Give minInstanceQty and maxInstanceQty on a group type."),
}
_BY_LOWER = {name.lower(): (name, *rest) for name, rest in _OTHERS.items()}


def remark(
    findings: Findings,
    source: Source,
    annotation: Annotation,
    whose: str,
    calculated: bool = False,
) -> None:
    """Says what an annotation has lost, if anything."""
    lower = annotation.name.lower()
    place = source.place(annotation.line)
    if lower in UNDERSTOOD:
        if calculated and lower == "defaultvalue":
            findings.noted("@(defaultValue)", place, f"{whose} is calculated; it needs no default.")
        return
    known = _BY_LOWER.get(lower)
    if known is None:
        findings.lost(
            f"@({annotation.name})", place, f"An unknown annotation of {whose}; it was left out."
        )
        return
    name, matter, effect, because = known
    if calculated and lower in ("configurable", "readonly"):
        return
    if matter and annotation.text().lower() not in matter:
        return
    say = {
        Effect.LOST: findings.lost,
        Effect.CHANGED: findings.changed,
        Effect.NOTED: findings.noted,
    }
    say[effect](f"@({name})", place, because)


def default(variable: Variable) -> str | None:
    """What `defaultValue` says, as a text; None when nothing."""
    found = variable.annotation("defaultValue")
    return None if found is None else found.text()


def title(declared: Variable | Relation | Type) -> str:
    """The name for people."""
    found = declared.annotation("displayName")
    return (found.text() if found is not None else "") or declared.name
