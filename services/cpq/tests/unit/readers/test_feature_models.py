"""One feature model in UVL, in FeatureIDE's XML and in SXFM is the same to all readers."""

from __future__ import annotations

from dataclasses import dataclass, field
from xml.sax.saxutils import quoteattr

from hypothesis import given, settings
from hypothesis import strategies as st

from cpq.configuration.testing.drawing import Chooser
from cpq.readers import featureide, uvl

from .uvl_files import selections

KINDS = ("and", "or", "alt")


@dataclass
class Feature:
    name: str
    mandatory: bool
    kind: str
    children: list[Feature] = field(default_factory=list)


@dataclass
class Written:
    """A tree, and clauses of literals such as `A` and `!B`."""

    root: Feature
    clauses: list[list[str]]


@st.composite
def feature_models(draw: st.DrawFn) -> Written:
    choose = Chooser(draw)
    features = [Feature("F0", mandatory=True, kind=choose.pick(KINDS))]
    for number in range(1, choose.number(1, 8)):
        parent = choose.pick(features)
        child = Feature(f"F{number}", choose.one_in(3), choose.pick(KINDS))
        parent.children.append(child)
        features.append(child)
    for feature in features:
        # FeatureIDE reads an or of one feature in its own way.
        if len(feature.children) == 1 and feature.kind == "or":
            feature.kind = "alt"

    def literal() -> str:
        return ("!" if choose.one_in(2) else "") + choose.pick(features).name

    return Written(features[0], choose.some(0, 4, lambda: choose.some(1, 3, literal)))


def as_uvl(written: Written) -> str:
    lines = ["features"]

    def add(feature: Feature, depth: int) -> None:
        lines.append("\t" * depth + feature.name)
        groups = {"or": [("or", feature.children)], "alt": [("alternative", feature.children)]}
        parts = [
            (kind, [one for one in feature.children if one.mandatory is mandatory])
            for kind, mandatory in (("mandatory", True), ("optional", False))
        ]
        for kind, members in groups.get(feature.kind, parts):
            if members:
                lines.append("\t" * (depth + 1) + kind)
                for member in members:
                    add(member, depth + 2)

    add(written.root, 1)
    return "\n".join([*lines, "constraints", *(f"\t{' | '.join(one)}" for one in written.clauses)])


def as_featureide(written: Written) -> str:
    def element(feature: Feature) -> str:
        inner = "".join(element(child) for child in feature.children)
        tag = feature.kind if inner else "feature"
        flag = ' mandatory="true"' if feature.mandatory else ""
        return f"<{tag}{flag} name={quoteattr(feature.name)}>{inner}</{tag}>"

    def variable(literal: str) -> str:
        found = f"<var>{literal.removeprefix('!')}</var>"
        return f"<not>{found}</not>" if literal.startswith("!") else found

    rules = "".join(
        f"<rule><disj>{''.join(variable(literal) for literal in clause)}</disj></rule>"
        for clause in written.clauses
    )
    return (
        f"<featureModel><struct>{element(written.root)}</struct>"
        f"<constraints>{rules}</constraints></featureModel>"
    )


def as_sxfm(written: Written) -> str:
    lines: list[str] = []

    def add(feature: Feature, kind: str, depth: int) -> None:
        lines.append("\t" * depth + f":{kind} The {feature.name} ({feature.name})")
        if feature.kind == "and":
            for child in feature.children:
                add(child, "m" if child.mandatory else "o", depth + 1)
        elif feature.children:
            lines.append("\t" * (depth + 1) + f":g [1,{'1' if feature.kind == 'alt' else '*'}]")
            for child in feature.children:
                add(child, "", depth + 2)

    add(written.root, "r", 0)
    clauses = "\n".join(
        f"c{number}: {' or '.join(clause)}".replace("!", "~")
        for number, clause in enumerate(written.clauses)
    )
    tree = "\n".join(lines)
    return (
        f'<feature_model name="M"><feature_tree>\n{tree}\n</feature_tree>'
        f"<constraints>\n{clauses}\n</constraints></feature_model>"
    )


@settings(deadline=None)
@given(feature_models())
def test_the_same_model_in_three_formats_has_the_same_valid_configurations(
    written: Written,
) -> None:
    from_uvl = uvl.read(as_uvl(written).encode(), name="m.uvl")
    from_xml = featureide.read(as_featureide(written).encode(), name="m.xml")
    from_sxfm = featureide.read(as_sxfm(written).encode(), name="m.xml")
    assert from_uvl.findings == from_xml.findings == from_sxfm.findings == ()
    found = selections(from_uvl.models[0])
    assert selections(from_xml.models[0]) == found
    assert selections(from_sxfm.models[0]) == found
