"""What a variable of an instance became."""

from __future__ import annotations

from dataclasses import dataclass, field

from cpq.configuration.expressions import AttributeOf, Compare, Comparison, Constant
from cpq.configuration.model import Attribute, AttributeType, Rule, Table
from cpq.readers.cml.instances import Instance
from cpq.readers.cml.syntax import Syntax, Variable
from cpq.readers.cml.values import Inexpressible, Number, Text, Truth, Worth, quantity
from cpq.readers.fitting import LONGEST_KEY, NOTHING


@dataclass(slots=True)
class Slot:
    """A variable of an instance, and what it became.

    Attributes:
        attribute: in the model; None for a text that is worked out, a quantity, or a failure.
        calculated: what it equals, still to be worked out.
        whole, dated: of a number.
        failure: why it is not in the model, if it is not.
    """

    instance: Instance
    variable: Variable
    target: AttributeOf
    attribute: Attribute | None = None
    calculated: Syntax | None = None
    text: bool = False
    whole: bool = False
    dated: bool = False
    count: bool = False
    failure: str = ""
    rules: list[Rule] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)

    def worth(self) -> Worth:
        """What it is worth in an expression. Raises `Inexpressible`."""
        if self.failure:
            raise Inexpressible(self.variable.name, f"{self.variable.name} is not in the model.")
        if self.count:
            return Number(quantity(self.instance), whole=True)
        assert self.attribute is not None
        match self.attribute.type:
            case AttributeType.BOOLEAN:
                return Truth(self.target)
            case AttributeType.ENUMERATION:
                return Text(
                    tuple(
                        (Compare(Comparison.EQUAL, self.target, Constant(one.code)), said(one.code))
                        for one in self.attribute.options
                    ),
                    of=self.target,
                )
            case AttributeType.TEXT:
                raise Inexpressible(
                    self.variable.name, f"{self.variable.name} is free text, outside all rules."
                )
        return Number(self.target, self.whole, self.dated)


def coded(text: str) -> str:
    """The code of a text. Raises `Inexpressible` for one that is too long."""
    if len(text) > LONGEST_KEY:
        raise Inexpressible("string", f"A value has more than {LONGEST_KEY} characters.")
    return text or NOTHING


def said(code: str) -> str:
    """The text of a code."""
    return "" if code == NOTHING else code
