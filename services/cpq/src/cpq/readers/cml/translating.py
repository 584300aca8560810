"""Constraints and rules of CML as rules, tables, preferences and messages of a model."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TypeVar

from cpq.configuration.expressions import Expression
from cpq.configuration.model import Message, Preference, Rule, Severity, Table
from cpq.readers.cml import wording
from cpq.readers.cml.actions import Actions, Effects
from cpq.readers.cml.annotations import remark
from cpq.readers.cml.coercions import Scope, Unbound
from cpq.readers.cml.compiler import Compiler
from cpq.readers.cml.instances import Instance
from cpq.readers.cml.sayings import Saying, is_text, sayings
from cpq.readers.cml.syntax import Argument, Call, Literal, Row, RuleCall, Syntax
from cpq.readers.cml.tables import plain_table
from cpq.readers.cml.values import (
    TRUE,
    Inexpressible,
    all_of,
    any_of,
    implied,
    negated,
    selected,
)

MOST_BINDINGS = 1_000
"""Combinations of instances that one rule may be about."""
SEVERITIES = {
    "info": Severity.INFO,
    "warning": Severity.WARNING,
    "error": Severity.ERROR,
}

Made = TypeVar("Made")


@dataclass(slots=True)
class Translated:
    """What the rules of a file became."""

    rules: list[Rule] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    preferences: list[Preference] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)


class Translator:
    """Translates the rules of instances, one after the other."""

    def __init__(self, compiler: Compiler, effects: Effects) -> None:
        self.compiler = compiler
        self.book = compiler.book
        self.hierarchy = compiler.hierarchy
        self.findings = compiler.hierarchy.findings
        self.made = Translated()
        self.actions = Actions(compiler, effects)
        self._counted: Counter[str] = Counter()

    def translate(self, instance: Instance, call: RuleCall, *, defines: bool = False) -> None:
        """Translates a rule where it stands; what cannot be said is a finding.

        One that defines a variable is that variable's expression already.
        """
        self.book.begin(call.stem, call.line)
        for annotation in call.annotations:
            remark(self.findings, self.hierarchy.source, annotation, f"the {call.kind}")
        if defines:
            return
        try:
            self.kind(instance, call, f"{instance.key}:{instance.prefix}{call.stem}")
        except Inexpressible as stop:
            self.findings.lost(
                call.kind if stop.construct == call.kind else f"{call.kind}: {stop.construct}",
                self.place(call),
                stop.because,
            )

    def kind(self, instance: Instance, call: RuleCall, key: str) -> None:
        scope = Scope((instance,), bound={})
        match call.kind:
            case "constraint":
                self.constraint(call, key, scope)
            case "require":
                condition, what, said = self.two(call)
                self.rule(
                    call,
                    key,
                    scope,
                    lambda inner: implied(
                        self.compiler.truth(condition, inner), self.compiler.truth(what, inner)
                    ),
                    said,
                    wording.required(condition, what),
                )
            case "exclude":
                condition, what, said = self.two(call)
                self.rule(
                    call,
                    key,
                    scope,
                    lambda inner: implied(
                        self.compiler.truth(condition, inner),
                        negated(self.compiler.truth(what, inner)),
                    ),
                    said,
                    wording.excluded(condition, wording.words(what)),
                )
            case "message":
                self.message(call, key, scope)
            case "preference":
                condition, said = self.condition(call)
                self.prefer(call, key, scope, condition, said, wording.preferred(condition))
            case "setdefault":
                condition, what, said = self.two(call)
                self.default(call, key, scope, condition, what, said)
            case "rule":
                self.act(call, key, scope)

    # ---- arguments

    def condition(self, call: RuleCall) -> tuple[Syntax, tuple[Argument, ...]]:
        """The condition, and what follows it."""
        if not call.arguments or isinstance(call.arguments[0], Row):
            raise Inexpressible(call.kind, "It has no condition.")
        return call.arguments[0], call.arguments[1:]

    def two(self, call: RuleCall) -> tuple[Syntax, Syntax, tuple[Argument, ...]]:
        """The condition, what is required or excluded, and the words."""
        if len(call.arguments) < 2 or any(isinstance(one, Row) for one in call.arguments[:2]):
            raise Inexpressible(call.kind, "It needs a condition and what it is about.")
        first, second, *said = call.arguments
        assert not isinstance(first, Row)
        assert not isinstance(second, Row)
        return first, second, tuple(said)

    # ---- what rules become

    def constraint(self, call: RuleCall, key: str, scope: Scope) -> None:
        condition, said = self.condition(call)
        if isinstance(condition, Call) and condition.name.lower() == "table":
            self.table(call, key, scope, condition, said)
            return
        words = wording.holds(condition)
        if said and not is_text(said[0]) and not isinstance(said[0], Row):
            # The best practice "Define as a Separate Constraint" writes an implication so.
            consequence, said = said[0], said[1:]
            words = wording.required(condition, consequence)
            self.rule(
                call,
                key,
                scope,
                lambda inner: implied(
                    self.compiler.truth(condition, inner), self.compiler.truth(consequence, inner)
                ),
                said,
                words,
            )
            return
        self.rule(
            call, key, scope, lambda inner: self.compiler.truth(condition, inner), said, words
        )

    def rule(
        self,
        call: RuleCall,
        key: str,
        scope: Scope,
        build: Callable[[Scope], Expression],
        said: tuple[Argument, ...],
        words: str,
    ) -> None:
        """A rule that holds while its instance is selected, with its own words."""
        here = selected(scope.here)

        def whole(inner: Scope) -> list[Saying]:
            condition = build(inner)
            found = sayings(self.compiler, said, inner) or [(TRUE, words)]
            return [(implied(guard, condition), text) for guard, text in found]

        by_text: dict[str, list[Expression]] = {}
        for guard, parts in self.each(scope, whole):
            for condition, text in parts:
                by_text.setdefault(text, []).append(implied(guard, condition))
        for number, (text, conditions) in enumerate(by_text.items()):
            condition = implied(here, all_of(conditions))
            self.check(condition)
            self.made.rules.append(
                Rule(
                    self.unique(key if number == 0 else f"{key}/{number + 1}"),
                    condition,
                    text or words,
                    self.place(call),
                )
            )

    def message(self, call: RuleCall, key: str, scope: Scope) -> None:
        condition, said = self.condition(call)
        if not said:
            raise Inexpressible("message", "It has no words.")
        severity = Severity.INFO
        match said[-1]:
            case Literal(value=str() as last) if last.lower() in SEVERITIES and len(said) > 1:
                severity = SEVERITIES[last.lower()]
                said = said[:-1]
        if severity is Severity.ERROR:
            # Source: page "Message Rule": an error blocks the user until it is mended.
            self.rule(
                call,
                key,
                scope,
                lambda inner: negated(self.compiler.truth(condition, inner)),
                said,
                wording.holds(condition),
            )
            return

        def whole(inner: Scope) -> list[Saying]:
            holds = self.compiler.truth(condition, inner)
            return [
                (all_of((guard, holds)), text)
                for guard, text in sayings(self.compiler, said, inner)
            ]

        by_text: dict[str, list[Expression]] = {}
        for guard, parts in self.each(scope, whole):
            for shown, text in parts:
                by_text.setdefault(text, []).append(all_of((guard, shown)))
        for number, (text, conditions) in enumerate(by_text.items()):
            shown = all_of((selected(scope.here), any_of(conditions)))
            self.check(shown)
            self.made.messages.append(
                Message(
                    self.unique(key if number == 0 else f"{key}/{number + 1}"),
                    shown,
                    text,
                    severity,
                    None if scope.here.node.parent is None else scope.here.node.key,
                    self.place(call),
                )
            )

    def prefer(
        self,
        call: RuleCall,
        key: str,
        scope: Scope,
        condition: Syntax,
        said: tuple[Argument, ...],
        words: str,
        when: Syntax | None = None,
    ) -> None:
        def whole(inner: Scope) -> Expression:
            wanted = self.compiler.truth(condition, inner)
            return wanted if when is None else implied(self.compiler.truth(when, inner), wanted)

        parts = [implied(guard, wanted) for guard, wanted in self.each(scope, whole)]
        wanted = implied(selected(scope.here), all_of(parts))
        self.check(wanted)
        texts = sayings(self.compiler, said, replace(scope, bound=None)) if said else []
        text = texts[0][1] if len(texts) == 1 else (wording.words(said[0]) if said else words)
        self.made.preferences.append(
            Preference(self.unique(key), wanted, message=text or words, source=self.place(call))
        )

    def default(
        self,
        call: RuleCall,
        key: str,
        scope: Scope,
        when: Syntax,
        what: Syntax,
        said: tuple[Argument, ...],
    ) -> None:
        """`setdefault`: a preference under a condition."""
        words = wording.sentence(f"if {wording.words(when)}, then by default {wording.words(what)}")
        self.prefer(call, key, scope, what, said, words, when)

    def act(self, call: RuleCall, key: str, scope: Scope) -> None:
        """`rule(condition, action, …)`."""
        condition, _ = self.condition(call)
        parts = self.each(scope, lambda inner: self.compiler.truth(condition, inner))
        shown = all_of((selected(scope.here), any_of(all_of(pair) for pair in parts)))
        self.check(shown)
        rules, messages = self.actions.act(call, scope, shown, condition)
        for rule in rules:
            self.check(rule.condition)
            self.made.rules.append(replace(rule, key=self.unique(key), source=self.place(call)))
        for message in messages:
            self.made.messages.append(
                replace(message, key=self.unique(key), source=self.place(call))
            )

    def table(
        self, call: RuleCall, key: str, scope: Scope, table: Call, said: tuple[Argument, ...]
    ) -> None:
        """A table of its own; of what is no column of a model, a rule of its rows."""
        words = wording.holds(table)
        texts = sayings(self.compiler, said, scope)
        made = plain_table(self.compiler, table, scope) if len(texts) < 2 else None
        if made is None:
            self.rule(
                call,
                key,
                scope,
                lambda inner: self.compiler.table(table.arguments, inner),
                said,
                words,
            )
            return
        for column in made.columns:
            self.check(column)
        self.made.tables.append(
            replace(
                made,
                key=self.unique(key),
                message=texts[0][1] if texts else words,
                source=self.place(call),
            )
        )

    # ---- for each of the instances that a rule is about

    def each(self, scope: Scope, build: Callable[[Scope], Made]) -> list[tuple[Expression, Made]]:
        """What a rule says of each combination of the instances that it speaks of."""
        found: list[tuple[Expression, Made]] = []
        waiting: list[tuple[Expression, Scope]] = [(TRUE, scope)]
        while waiting:
            guard, inner = waiting.pop()
            try:
                found.append((guard, build(inner)))
            except Unbound as stop:
                for one in reversed(stop.instances):
                    bound = {**(inner.bound or {}), stop.key: one}
                    waiting.append((all_of((guard, selected(one))), replace(inner, bound=bound)))
            if len(found) + len(waiting) > MOST_BINDINGS:
                raise Inexpressible(
                    "relation",
                    f"The rule is about more than {MOST_BINDINGS} combinations of parts.",
                )
        return found

    def check(self, expression: Expression) -> None:
        """Refuses what needs a variable that is not in the model."""
        missing = self.book.failed(expression)
        if missing is not None:
            raise Inexpressible(missing, f"It needs {missing}, which is not in the model.")

    def unique(self, key: str) -> str:
        """The key, or the key with a number where it is taken."""
        self._counted[key] += 1
        return key if self._counted[key] == 1 else f"{key}~{self._counted[key]}"

    def place(self, call: RuleCall) -> str:
        return self.hierarchy.source.place(call.line)
