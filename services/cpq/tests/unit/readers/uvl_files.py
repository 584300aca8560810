"""UVL files as tests write them."""

from __future__ import annotations

from cpq.configuration.evaluation import enumerate_valid
from cpq.configuration.expressions import Quantity
from cpq.configuration.language import unparse
from cpq.configuration.model import Model, Node
from cpq.readers import Reading, uvl

from .reading import documented


def read(text: str, **files: str) -> Reading:
    """The reading of a file beside others; every model it makes can be kept as a document."""

    def others(path: str) -> bytes | None:
        name = path.removesuffix(".uvl").replace("/", "__")
        return files[name].encode() if name in files else None

    reading = uvl.read(text.encode(), name="test.uvl", others=others)
    documented(reading.models)
    return reading


def model(text: str, **files: str) -> Model:
    """The model of a file of which everything is understood."""
    reading = read(text, **files)
    assert reading.findings == ()
    return reading.models[0]


def nodes(found: Model) -> dict[str, Node]:
    return {node.key: node for node in found.nodes()}


def rules(found: Model) -> list[str]:
    return [unparse(rule.condition) for rule in found.rules]


def selections(found: Model) -> set[frozenset[str]]:
    """The features of each valid configuration."""
    return {
        frozenset(target.node for target in values if isinstance(target, Quantity))
        for values in enumerate_valid(found)
    }


def sets(*written: str) -> set[frozenset[str]]:
    return {frozenset(one.split()) for one in written}


SANDWICH = """
features
    Sandwich
        mandatory
            Bread
        optional
            Sauce
                alternative
                    Ketchup
                    Mustard
            Cheese
constraints
    Ketchup => Cheese
"""
