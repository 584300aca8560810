"""Names and the ways from them: variables, relations, types, aggregates."""

from __future__ import annotations

from dataclasses import dataclass

from cpq.configuration.expressions import AttributeOf, Expression
from cpq.readers.cml.coercions import Scope, Unbound
from cpq.readers.cml.functions import AGGREGATES, QUANTITIES, Functions
from cpq.readers.cml.instances import Instance
from cpq.readers.cml.numbers import extreme
from cpq.readers.cml.syntax import Argument, Attribute, Call, Method, OfType, Path
from cpq.readers.cml.values import (
    Held,
    Inexpressible,
    Number,
    Worth,
    as_number,
    quantity,
    selected,
    times,
    total,
)

DEEPEST_CONSTANT = 30


@dataclass(frozen=True, slots=True)
class TypeName:
    """A name that stands for a type: `Heater.outputClass` inside of an aggregate."""

    name: str


Reached = Worth | Instance | TypeName


class Paths(Functions):
    """Works out paths and the aggregates of relations."""

    def path(self, syntax: Path, scope: Scope) -> Worth:
        """What a name and the way from it lead to. Raises `Inexpressible`, `Unbound`."""
        reached = self.start(syntax.head, scope)
        for step in syntax.steps:
            reached = self.step(reached, step, scope)
        if isinstance(reached, Instance | TypeName):
            raise Inexpressible(syntax.head, f"{syntax.head} stands where a value is expected.")
        return reached

    def start(self, head: str, scope: Scope) -> Reached:
        for instance in scope.instances:
            found = self.member(instance, head, scope)
            if found is not None:
                return found
        if head == "this":
            return scope.here
        source = self.hierarchy.source
        if head in source.constants:
            if scope.depth >= DEEPEST_CONSTANT:
                raise Inexpressible(head, f"{head} is defined by itself.")
            inner = Scope(scope.instances, depth=scope.depth + 1)
            return self.worth(source.constants[head], inner)
        if head in source.externals:
            return self.external(head, scope)
        if head.lower() in QUANTITIES:
            return Number(quantity(scope.here), whole=True)
        if head in source.types:
            return TypeName(head)
        raise Inexpressible(head, f"{head} is not declared.")

    def external(self, head: str, scope: Scope) -> Worth:
        """A fact of the request; a constant, where nothing outside can give it."""
        found = self.book.facts.worth(head)
        if found is not None:
            return found
        variable = self.hierarchy.source.externals[head]
        if variable.value is None or scope.depth >= DEEPEST_CONSTANT:
            raise Inexpressible(head, f"{head} has no value.")
        return self.worth(variable.value, Scope(scope.instances, depth=scope.depth + 1))

    def member(self, instance: Instance, name: str, scope: Scope) -> Reached | None:
        """A relation, a variable or a group of an instance, or of what its group is inside of."""
        current: Instance | None = instance
        while current is not None:
            if name in current.ports:
                port = current.ports[name]
                return Held(port, tuple(port.members), tuple(port.assets))
            slot = self.book.slot(current, name)
            if slot is not None:
                return self.variable(slot, scope)
            if name in current.groups:
                return current.groups[name]
            current = current.inside
        return None

    def step(self, reached: Reached, step: Attribute | OfType | Method, scope: Scope) -> Reached:
        match reached, step:
            case Held(), OfType(type=kind, settings=settings):
                given = tuple((name, self.worth(value, scope)) for name, value in settings)
                return self.narrowed(reached, kind, given)
            case Held(), Attribute(name=name):
                return self.of_held(reached, name, scope)
            case Held(), Method(name=name, arguments=arguments):
                return self.aggregate(reached, name, arguments, scope)
            case Instance(), Attribute(name=name):
                found = self.member(reached, name, scope)
                if found is not None:
                    return found
                if name.lower() in QUANTITIES:
                    return Number(quantity(reached), whole=True)
                raise Inexpressible(name, f"{reached.type} has no {name}.")
            case TypeName(name=kind), Attribute(name=name):
                for instance in scope.instances:
                    if self.hierarchy.is_a(instance.type, kind):
                        return self.attribute(instance, name)
                raise Inexpressible(kind, f"No {kind} is looked at here.")
        raise Inexpressible(
            step.type if isinstance(step, OfType) else step.name,
            "It follows something that has no parts.",
        )

    def narrowed(self, held: Held, kind: str, settings: tuple[tuple[str, Worth], ...]) -> Held:
        """`[Type]`."""
        if kind not in self.hierarchy.source.types:
            raise Inexpressible(kind, f"The type {kind} is not declared.")
        found = self.of_type(held, kind, settings)
        if not found.instances and not found.assets:
            raise Inexpressible(kind, f"The relation {held.port.relation.name} cannot hold {kind}.")
        return found

    def of_held(self, held: Held, name: str, scope: Scope) -> Reached:
        """`.name` of a relation: an aggregate of its block, a relation or a variable below."""
        for one in held.port.relation.aggregates:
            if one.name == name:
                match one.value:
                    case Call(name=function, arguments=arguments):
                        return self.aggregate(held, function, arguments, scope)
                raise Inexpressible(name, f"{name} is no aggregate.")
        below = [
            (one.ports[name], one, way)
            for one, way in zip(
                held.instances, held.above or ((),) * len(held.instances), strict=True
            )
            if name in one.ports
        ]
        if below:
            ways = [
                (member, (*way, one) if one.maximum > 1 else way)
                for port, one, way in below
                for member in port.members
            ]
            return Held(
                below[0][0],
                tuple(member for member, _ in ways),
                above=tuple(way for _, way in ways),
            )
        having = tuple(one for one in held.instances if self.book.slot(one, name) is not None)
        if not having:
            if name.lower() in QUANTITIES:
                return Number(self.units(held), whole=True)
            raise Inexpressible(name, f"{held.port.relation.type} has no {name}.")
        return self.attribute(self.chosen(having, name, scope), name)

    def chosen(self, instances: tuple[Instance, ...], name: str, scope: Scope) -> Instance:
        """The instance that a rule is about; outside of rules there must be only one."""
        key = tuple(one.key for one in instances)
        if scope.bound is None:
            if len(instances) == 1:
                return instances[0]
            raise Inexpressible(name, f"Several parts have {name}; it is not said which is meant.")
        if key not in scope.bound:
            raise Unbound(key, instances)
        return scope.bound[key]

    # ---- aggregates

    def aggregate(
        self, held: Held, name: str, arguments: tuple[Argument, ...], scope: Scope
    ) -> Worth:
        """`sum`, `total`, `count`, `min` and `max` over what a relation holds.

        Source: page "Relationship Variable Functions". `count` counts units, as `cardinality` does:
        the page on proxy variables has both return the same value where the condition always holds.
        """
        function = name.lower()
        if function not in AGGREGATES:
            raise Inexpressible(f"{name}()", "No aggregate of the language's documentation.")
        if function in ("join", "avg"):
            raise Inexpressible(f"{name}()", "A model has no such aggregate.")
        if not arguments:
            if function == "count":
                return Number(self.units(held), whole=True)
            raise Inexpressible(f"{name}()", "It says not of what.")
        if held.assets:
            raise Inexpressible(
                f"{name}()", "What the customer has already is known by number only."
            )
        if len(arguments) > 1:
            raise Inexpressible(f"{name}()", "It takes one argument.")
        looked = self.looked_at(held, arguments[0], name, scope)
        if function == "count":
            return Number(
                total(
                    times(
                        self.count_of(one, way), as_number(self.truth_in(arguments[0], one, scope))
                    )
                    for one, way in looked
                ),
                whole=True,
            )
        numbers = [
            (one, way, self.as_number(self.worth(arguments[0], scope.inside(one))))
            for one, way in looked
        ]
        if function in ("min", "max"):
            return extreme(
                [(selected(one), value) for one, _, value in numbers],
                self.book.ranges,
                self.book.auxiliary(scope.here),
                highest=function == "max",
            )
        terms: list[Expression] = []
        for one, way, value in numbers:
            if value.expression == quantity(one):
                terms.append(self.count_of(one, way))
            elif function == "sum":
                each = self.book.settled(value.expression, one)
                terms.append(times(self.count_of(one, way), each))
            elif isinstance(value.expression, AttributeOf):
                terms.append(value.expression)
            else:
                terms.append(times(as_number(selected(one)), value.expression))
        return Number(total(terms), all(value.whole for _, _, value in numbers))

    def count_of(self, instance: Instance, way: tuple[Instance, ...]) -> Expression:
        """The units of one instance."""
        return self.product([quantity(instance), *(quantity(one) for one in way)])

    def truth_in(self, argument: Argument, instance: Instance, scope: Scope) -> Expression:
        found = self.as_truth(self.worth(argument, scope.inside(instance)))
        return self.book.settled(found, instance)

    def looked_at(
        self, held: Held, argument: Argument, name: str, scope: Scope
    ) -> list[tuple[Instance, tuple[Instance, ...]]]:
        """The instances that have what an aggregate looks at."""
        ways = held.above or ((),) * len(held.instances)
        every = list(zip(held.instances, ways, strict=True))
        if isinstance(argument, Path) and not argument.steps:
            wanted = argument.head
            if wanted.lower() in QUANTITIES:
                return every
            every = [pair for pair in every if self.book.slot(pair[0], wanted) is not None]
            if not every:
                raise Inexpressible(
                    f"{name}()", f"Nothing that {held.port.relation.name} holds has {wanted}."
                )
        return every
