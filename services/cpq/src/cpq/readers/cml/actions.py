"""`rule(condition, action, …)`: hide, disable, recommend.

Source: the pages "Action Rule", "Hide or Disable Rule" and "Recommendation Rule". A hidden or
disabled option cannot be chosen, so a rule forbids it; a hidden attribute keeps its value and is
not shown. An attribute that is disabled is not shown either, for nobody could choose it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from cpq.configuration.expressions import AttributeOf, Expression
from cpq.configuration.model import Message, Rule, Severity
from cpq.readers.cml import wording
from cpq.readers.cml.coercions import Scope
from cpq.readers.cml.compiler import Compiler
from cpq.readers.cml.instances import Instance, Port
from cpq.readers.cml.sayings import sayings
from cpq.readers.cml.syntax import (
    Argument,
    Attribute,
    Items,
    Literal,
    Path,
    RuleCall,
    Syntax,
)
from cpq.readers.cml.values import (
    Held,
    Inexpressible,
    Text,
    any_of,
    implied,
    negated,
    selected,
)

KNOWN = {"attribute", "value", "relation", "type", "message"}


@dataclass(slots=True)
class Effects:
    """When nodes and attributes are hidden."""

    nodes: dict[str, list[Expression]] = field(default_factory=dict)
    attributes: dict[AttributeOf, list[Expression]] = field(default_factory=dict)

    def conditions(self) -> Iterator[Expression]:
        """All conditions under which anything is hidden."""
        for conditions in (*self.nodes.values(), *self.attributes.values()):
            yield from conditions


class Actions:
    """Works out what an action does."""

    def __init__(self, compiler: Compiler, effects: Effects) -> None:
        self.compiler = compiler
        self.book = compiler.book
        self.hierarchy = compiler.hierarchy
        self.effects = effects

    def act(
        self, call: RuleCall, scope: Scope, shown: Expression, condition: Syntax
    ) -> tuple[list[Rule], list[Message]]:
        """The rules and messages of an action, without key and source."""
        if len(call.arguments) < 2:
            raise Inexpressible("rule", "It names no action.")
        action = self.word(call.arguments[1]).lower()
        given = self.given(call.arguments[2:])
        words = [text for _, text in sayings(self.compiler, given.get("message", ()), scope)]
        said = words[0] if words else ""
        if action == "recommend":
            return [], [self.recommend(given, scope, shown, condition, said)]
        if action not in ("hide", "disable"):
            raise Inexpressible(f'rule "{action}"', f'"{action}" is an action of other programs.')
        if "attribute" in given:
            return self.attribute(action, given, scope, shown, condition, said), []
        return [self.option(action, given, scope, shown, condition, said)], []

    def given(self, arguments: tuple[Argument, ...]) -> dict[str, tuple[Argument, ...]]:
        """What is given by name: a word, then its value."""
        found: dict[str, tuple[Argument, ...]] = {}
        if len(arguments) % 2:
            raise Inexpressible("rule", "Its arguments are not pairs of a word and a value.")
        for key, value in zip(arguments[::2], arguments[1::2], strict=True):
            name = self.word(key).lower()
            if name not in KNOWN:
                raise Inexpressible(
                    f'rule "{name}"', f'"{name}" says nothing about what is acted on.'
                )
            found[name] = (*found.get(name, ()), value)
        return found

    def word(self, argument: Argument) -> str:
        match argument:
            case Literal(value=str() as value):
                return value
            case Path(head=head, steps=steps) if all(isinstance(one, Attribute) for one in steps):
                return ".".join([head, *(one.name for one in steps if isinstance(one, Attribute))])
        raise Inexpressible("rule", "A name is expected.")

    # ---- options

    def option(
        self,
        action: str,
        given: dict[str, tuple[Argument, ...]],
        scope: Scope,
        shown: Expression,
        condition: Syntax,
        said: str,
    ) -> Rule:
        """Parts of a relation that cannot be chosen while the condition holds."""
        instances = self.parts(given, scope)
        for one in instances:
            if action == "hide":
                self.effects.nodes.setdefault(one.key, []).append(shown)
        kinds = given.get("type", ())
        name = " or ".join(self.word(one) for one in kinds) or self.word(given["relation"][0])
        forbidden = negated(any_of(selected(one) for one in instances))
        return Rule("", implied(shown, forbidden), said or wording.excluded(condition, name))

    def parts(self, given: dict[str, tuple[Argument, ...]], scope: Scope) -> list[Instance]:
        """The instances that an action is about."""
        kinds = [self.word(one) for one in given.get("type", ())]
        if "relation" not in given:
            raise Inexpressible("rule", "It names no relation and no attribute.")
        name = self.word(given["relation"][0])
        ports = self.relations(name, scope)
        found: dict[str, Instance] = {}
        for port in ports:
            for one in port.members:
                if not kinds or any(self.hierarchy.is_a(one.type, kind) for kind in kinds):
                    found[one.key] = one
        if not found:
            what = " or ".join(kinds)
            raise Inexpressible(
                what or name,
                f"The relation {name} cannot hold {what}." if what else f"{name} holds nothing.",
            )
        return list(found.values())

    def relations(self, name: str, scope: Scope) -> list[Port]:
        """The relation of a name; where a type is named, the relations that hold it."""
        head, *rest = name.split(".")
        try:
            path = Path(head, tuple(Attribute(one) for one in rest), self.book.line)
            reached = self.compiler.path(path, scope)
            if isinstance(reached, Held):
                return [reached.port]
        except Inexpressible:
            ports = [one for one in self.compiler.ports(scope.here) if one.relation.type == name]
            if ports:
                return ports
        raise Inexpressible(name, f"There is no relation {name} here.")

    # ---- attributes

    def attribute(
        self,
        action: str,
        given: dict[str, tuple[Argument, ...]],
        scope: Scope,
        shown: Expression,
        condition: Syntax,
        said: str,
    ) -> list[Rule]:
        """An attribute that is not shown, or values of it that cannot be chosen."""
        name = self.word(given["attribute"][0])
        head, *rest = name.split(".")
        target_path = Path(head, tuple(Attribute(one) for one in rest), self.book.line)
        worth = self.compiler.path(target_path, scope)
        if "value" in given:
            values: list[Syntax] = []
            for one in given["value"]:
                if isinstance(one, Items):
                    values.extend(item.first for item in one.items)
                elif isinstance(one, Literal | Path):
                    values.append(one)
            forbidden = any_of(
                self.compiler.equal(worth, self.compiler.worth(value, scope)) for value in values
            )
            named = " or ".join(wording.words(one) for one in values)
            return [
                Rule(
                    "",
                    implied(shown, negated(forbidden)),
                    said or wording.excluded(condition, f"{name} {named}"),
                )
            ]
        target = worth.of if isinstance(worth, Text) else getattr(worth, "expression", None)
        if not isinstance(target, AttributeOf):
            raise Inexpressible(name, f"{name} is no attribute of the model.")
        self.effects.attributes.setdefault(target, []).append(shown)
        if action == "disable":
            self.hierarchy.findings.changed(
                'rule "disable"',
                self.hierarchy.source.place(self.book.line),
                f"{name} is hidden while nobody may change it.",
            )
        return []

    # ---- recommendations

    def recommend(
        self,
        given: dict[str, tuple[Argument, ...]],
        scope: Scope,
        shown: Expression,
        condition: Syntax,
        said: str,
    ) -> Message:
        """A recommendation of a type or of a relation."""
        if "type" in given:
            name = self.word(given["type"][0])
            found = self.instance(name, given, scope)
        elif "relation" in given:
            name = self.word(given["relation"][0])
            members = self.relations(name, scope)[0].members
            found = members[0].key if len(members) == 1 else None
        else:
            raise Inexpressible('rule "recommend"', "It names nothing to recommend.")
        if found is None:
            self.hierarchy.findings.changed(
                'rule "recommend"',
                self.hierarchy.source.place(self.book.line),
                f"{name} is no single part of this model; only its words are shown.",
            )
        words = said or wording.sentence(f"{name} is recommended")
        return Message("", shown, words, Severity.RECOMMENDATION, found)

    def instance(
        self, name: str, given: dict[str, tuple[Argument, ...]], scope: Scope
    ) -> str | None:
        """The node of a type that is nearest below the rule; None where there is none."""
        if name not in self.hierarchy.source.types:
            raise Inexpressible(name, f"The type {name} is not declared.")
        below = [one for one in scope.here.walk() if one.inside is None and one is not scope.here]
        if "relation" in given:
            names = {self.word(one) for one in given["relation"]}
            below = [
                one
                for port in self.compiler.ports(scope.here)
                if port.relation.name in names
                for one in port.members
            ]
        depth = {one.key: one.key.count("/") for one in below}
        fitting = [one for one in below if self.hierarchy.is_a(one.type, name)]
        return min(fitting, key=lambda one: depth[one.key]).key if fitting else None
