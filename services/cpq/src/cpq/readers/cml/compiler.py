"""Expressions of CML worked out at the place of an instance."""

from __future__ import annotations

from decimal import Decimal

from cpq.configuration.expressions import Constant
from cpq.readers.cml.coercions import Scope
from cpq.readers.cml.paths import Paths
from cpq.readers.cml.syntax import Argument, Call, Items, Literal, Operation, Path, Row
from cpq.readers.cml.values import Inexpressible, Many, Null, Truth, Worth, number, text


class Compiler(Paths):
    """Works out expressions against a book of attributes."""

    def worth(self, syntax: Argument, scope: Scope) -> Worth:
        """What an expression is worth. Raises `Inexpressible`, `Unbound`."""
        match syntax:
            case Literal(value=bool() as value):
                return Truth(Constant(value))
            case Literal(value=Decimal() as value):
                return number(value)
            case Literal(value=str() as value):
                return text(value)
            case Literal():
                return Null()
            case Items():
                return self.items(syntax, scope)
            case Path():
                return self.path(syntax, scope)
            case Call():
                return self.call(syntax, scope)
            case Operation():
                return self.operation(syntax, scope)
        assert isinstance(syntax, Row)
        raise Inexpressible("{…}", "A row stands where no table is.")

    def items(self, syntax: Items, scope: Scope) -> Worth:
        if any(one.last is not None for one in syntax.items):
            raise Inexpressible("[…]", "A range stands where values are expected.")
        return Many(tuple(self.worth(one.first, scope) for one in syntax.items))
