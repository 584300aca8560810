"""Functions: proxies for other instances, tables, rounding, extremes, texts."""

from __future__ import annotations

from abc import abstractmethod

from cpq.configuration.expressions import Expression
from cpq.readers.cml import texts
from cpq.readers.cml.coercions import Scope
from cpq.readers.cml.instances import Asset, Instance, Port
from cpq.readers.cml.numbers import extreme, remainder, rounded_up
from cpq.readers.cml.operators import Operators
from cpq.readers.cml.syntax import Argument, Call, Literal, Operation, Path, Row, Syntax
from cpq.readers.cml.values import (
    TRUE,
    Held,
    Inexpressible,
    Number,
    Truth,
    Worth,
    all_of,
    any_of,
    constant,
    quantity,
)

AGGREGATES = {"sum", "total", "count", "min", "max", "join", "avg"}
QUANTITIES = {"quantity", "lineitemquantity", "itemendquantity"}
"""What a line's quantity is called, where nobody declares a variable of that name."""
MOST_CELLS = 50_000


class Functions(Operators):
    """Works out calls."""

    @abstractmethod
    def path(self, syntax: Path, scope: Scope) -> Worth:
        """What a name and the way from it lead to."""

    def call(self, syntax: Call, scope: Scope) -> Worth:
        arguments = syntax.arguments
        match syntax.name.lower():
            case "parent":
                return self.ancestor(arguments, scope)
            case "root":
                top = scope.here.node
                while top.parent is not None:
                    top = top.parent
                return self.named_of(top, arguments, "root()")
            case "cardinality":
                return self.cardinality(arguments, scope)
            case "ceil":
                return self.ceil(arguments, scope)
            case "min" | "max" as name if len(arguments) > 1:
                numbers = [(TRUE, self.as_number(self.worth(one, scope))) for one in arguments]
                return extreme(
                    numbers,
                    self.book.ranges,
                    self.book.auxiliary(scope.here),
                    highest=name == "max",
                )
            case "xor":
                return self.exclusive(
                    [Truth(self.as_truth(self.worth(one, scope))) for one in arguments]
                )
            case "mod" if len(arguments) == 2:
                left, right = (self.as_number(self.worth(one, scope)) for one in arguments)
                return remainder(left, right, self.book.ranges, self.book.auxiliary(scope.here))
            case "table":
                return Truth(self.table(arguments, scope))
            case name if name in AGGREGATES:
                raise Inexpressible(f"{name}()", "An aggregate stands outside of a relation.")
        return texts.apply(syntax.name.lower(), [self.worth(one, scope) for one in arguments])

    def table(self, arguments: tuple[Argument, ...], scope: Scope) -> Expression:
        """A table inside of a larger expression, row by row."""
        columns = [one for one in arguments if not isinstance(one, Row)]
        rows = [one for one in arguments if isinstance(one, Row)]
        self.fits(columns, rows)
        worths = [self.worth(one, scope) for one in columns]
        return any_of(
            all_of(
                self.equal(column, self.worth(value, scope))
                for column, value in zip(worths, row.values, strict=True)
            )
            for row in rows
        )

    def fits(self, columns: list[Syntax], rows: list[Row]) -> None:
        """Refuses what is no table of constants."""
        if any(isinstance(one, Call) and one.name.lower() == "salesforcetable" for one in columns):
            raise Inexpressible(
                "SalesforceTable()", "Its rows lie in that program's records, not in the file."
            )
        if not columns or not rows:
            raise Inexpressible("table()", "It has no columns or no rows.")
        if any(len(one.values) != len(columns) for one in rows):
            raise Inexpressible("table()", "A row has more or fewer values than there are columns.")
        if len(rows) * len(columns) > MOST_CELLS:
            raise Inexpressible("table()", f"It has more than {MOST_CELLS} cells.")

    def ceil(self, arguments: tuple[Argument, ...], scope: Scope) -> Worth:
        if len(arguments) != 1:
            raise Inexpressible("ceil()", "It takes one argument.")
        inner = arguments[0]
        right: Number | None = None
        if isinstance(inner, Operation) and inner.operators == ("*", "/"):
            inner, divisor = inner.operands
            right = self.number(divisor, scope)
        left = self.as_number(self.worth(inner, scope))
        return rounded_up(left, right, self.book.ranges, self.book.auxiliary(scope.here))

    def ancestor(self, arguments: tuple[Argument, ...], scope: Scope) -> Worth:
        """`parent(name)` and `parent(name, levels further up)`."""
        levels = 0
        if len(arguments) == 2:
            found = constant(self.as_number(self.worth(arguments[1], scope)).expression)
            levels = int(found) if found is not None and 0 <= found < 100 else 0
        above = scope.here.node.parent
        for _ in range(levels):
            above = None if above is None else above.parent
        if above is None:
            raise Inexpressible("parent()", f"{scope.here.type} has no such parent here.")
        return self.named_of(above, arguments[:1], "parent()")

    def named_of(self, instance: Instance, arguments: tuple[Argument, ...], what: str) -> Worth:
        match arguments:
            case (Path(head=name, steps=()),) | (Literal(value=str() as name),):
                if name.lower() in QUANTITIES and name not in instance.variables:
                    return Number(quantity(instance), whole=True)
                return self.attribute(instance, name)
            case (Path() as path,):
                return self.path(path, Scope((instance,)))
        raise Inexpressible(what, "It takes the name of a variable.")

    def cardinality(self, arguments: tuple[Argument, ...], scope: Scope) -> Worth:
        """`cardinality(Type)` and `cardinality(Type, relation)`."""
        names = []
        for one in arguments:
            match one:
                case Path(head=name, steps=()):
                    names.append(name)
                case _:
                    names.append(self.literal(self.worth(one, scope)))
        if not 1 <= len(names) <= 2:
            raise Inexpressible("cardinality()", "It takes a type and a relation.")
        kind, *only = names
        instances: list[Instance] = []
        assets: list[Asset] = []
        for port in self.ports(scope.here):
            if not only or port.relation.name == only[0]:
                held = self.of_type(Held(port, tuple(port.members), tuple(port.assets)), kind, ())
                instances.extend(held.instances)
                assets.extend(held.assets)
                last = port
        if not instances and not assets:
            raise Inexpressible("cardinality()", f"No relation here holds {kind}.")
        return Number(self.units(Held(last, tuple(instances), tuple(assets))), whole=True)

    def ports(self, instance: Instance) -> list[Port]:
        """The relations of an instance and of its groups."""
        found: list[Port] = []
        waiting = [instance]
        while waiting:
            one = waiting.pop()
            found.extend(one.ports.values())
            waiting.extend(one.groups.values())
        return found

    def of_type(self, held: Held, kind: str, settings: tuple[tuple[str, Worth], ...]) -> Held:
        """Only what is of a type."""
        above = held.above or ((),) * len(held.instances)
        kept = [
            (one, way)
            for one, way in zip(held.instances, above, strict=True)
            if self.hierarchy.is_a(one.type, kind)
        ]
        return Held(
            held.port,
            tuple(one for one, _ in kept),
            tuple(one for one in held.assets if self.hierarchy.is_a(one.type, kind)),
            tuple(way for _, way in kept),
            settings,
        )
