"""The words of statements read into declarations; what cannot be read becomes a finding."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from lark import Token
from lark.exceptions import UnexpectedToken

from cpq.readers.cml.building import (
    TooLong,
    annotated,
    arguments_of,
    name_of,
    outline,
    relation_of,
    settings_of,
    syntax_of,
    variable_of,
)
from cpq.readers.cml.statements import Statement, grammar, statements
from cpq.readers.cml.syntax import (
    Aggregate,
    Annotation,
    Default,
    Relation,
    RuleCall,
    Source,
    Type,
)
from cpq.readers.findings import Findings
from cpq.readers.fitting import digest
from cpq.readers.refusals import FileCannotBeRead, FileIsTooLarge

MOST_TYPES = 5_000


def parse(text: str, name: str, findings: Findings) -> Source:
    """The declarations of a file. Raises `FileCannotBeRead`, `FileIsTooLarge`."""
    reader = _Reader(Source(name), findings)
    for statement in statements(text, name):
        reader.global_(statement)
    if not reader.source.types:
        raise FileCannotBeRead(f"{name} declares no type; a CML file declares at least one.")
    return reader.source


class _Reader:
    def __init__(self, source: Source, findings: Findings) -> None:
        self.source = source
        self.findings = findings

    def global_(self, statement: Statement) -> None:
        for tree, whole in self.trees("global_", statement):
            with self.within_bounds(whole):
                self.declaration(tree, whole)

    def declaration(self, tree: Any, whole: Statement) -> None:
        """A statement at the top of the file."""
        notes, body = annotated(tree)
        match body.data:
            case "type_head":
                self.type_(body, notes, whole)
                return
            case "extern":
                variable = variable_of(body, notes, whole.line, external=True)
                self.once("extern", variable.name, self.source.externals, variable.line)
                self.source.externals[variable.name] = variable
            case "define" | "property_":
                name = name_of(body.children[0])
                kind = "define" if body.data == "define" else "property"
                self.once(kind, name, self.source.constants, whole.line)
                self.source.constants[name] = syntax_of(body.children[1])
        self.no_block(whole)

    def type_(self, body: Any, notes: tuple[Annotation, ...], whole: Statement) -> None:
        name = name_of(body.children[0])
        base = None if body.children[1] is None else name_of(body.children[1])
        self.once("type", name, self.source.types, whole.line)
        if len(self.source.types) >= MOST_TYPES:
            raise FileIsTooLarge(f"{self.source.name} has more than {MOST_TYPES} types.")
        declared = self.source.types[name] = Type(name, base, whole.line, notes)
        names: dict[str, None] = {}
        for statement in whole.block or ():
            for tree, inner in self.trees("member", statement):
                with self.within_bounds(inner):
                    self.member(declared, names, tree, inner)

    def member(self, declared: Type, names: dict[str, None], tree: Any, whole: Statement) -> None:
        """A statement in a type; `names` are those of its variables and relations so far."""
        notes, body = annotated(tree)
        match body.data:
            case "variable":
                variable = variable_of(body, notes, whole.line)
                self.once("name", variable.name, names, whole.line)
                names[variable.name] = None
                declared.variables.append(variable)
            case "extern":
                variable = variable_of(body, notes, whole.line, external=True)
                self.source.externals.setdefault(variable.name, variable)
            case "relation":
                relation = relation_of(body, notes, whole.line)
                self.once("name", relation.name, names, whole.line)
                names[relation.name] = None
                declared.relations.append(self.with_block(relation, whole))
                return
            case "rule":
                kind, name, arguments = body.children
                declared.rules.append(
                    RuleCall(
                        str(kind),
                        "" if name is None else name_of(name),
                        arguments_of(arguments),
                        whole.line,
                        notes,
                        f"{kind}-{digest(outline(body))}" if name is None else name_of(name),
                    )
                )
        self.no_block(whole)

    def with_block(self, relation: Relation, whole: Statement) -> Relation:
        """The relation with what stands in its block."""
        defaults: list[Default] = []
        aggregates: list[Aggregate] = []
        for statement in whole.block or ():
            for tree, inner in self.trees("port", statement):
                with self.within_bounds(inner):
                    self.port(tree, inner, defaults, aggregates)
        return replace(relation, defaults=tuple(defaults), aggregates=tuple(aggregates))

    def port(
        self, tree: Any, whole: Statement, defaults: list[Default], aggregates: list[Aggregate]
    ) -> None:
        notes, body = annotated(tree)
        for note in notes:
            self.findings.lost(
                f"@({note.name})",
                self.source.place(note.line),
                "Annotations in a relation's block are not documented; it was left out.",
            )
        if body.data == "aggregate":
            name, value = body.children
            aggregates.append(Aggregate(name_of(name), syntax_of(value), whole.line))
            return
        name, quantity, settings = body.children
        defaults.append(
            Default(
                name_of(name),
                None if quantity is None else syntax_of(quantity),
                settings_of(settings),
                whole.line,
            )
        )

    def trees(self, start: str, statement: Statement) -> Iterator[tuple[Any, Statement]]:
        """The trees of a statement: one, or more where a semicolon is missing at a line's end."""
        tokens = statement.tokens
        while tokens:
            parser: Any = grammar().parse_interactive(start=start)
            taken = 0
            try:
                for token in tokens:
                    parser.feed_token(token)
                    taken += 1
                tree = parser.feed_eof(tokens[-1])
            except UnexpectedToken as stop:
                ended = 0 < taken < len(tokens) and _starts_line(tokens, taken)
                if not ended or "$END" not in parser.accepts():
                    self.unread(Statement(tokens, statement.block), stop.token)
                    return
                first = Statement(tokens[:taken])
                self.findings.noted(
                    ";",
                    self.source.place(first.line),
                    "A semicolon is missing at the line's end.",
                )
                yield parser.feed_eof(tokens[taken - 1]), first
                tokens = tokens[taken:]
            else:
                yield tree, Statement(tokens, statement.block)
                return

    @contextmanager
    def within_bounds(self, whole: Statement) -> Iterator[None]:
        """Makes a finding of a statement that is longer than anybody means."""
        try:
            yield
        except TooLong as stop:
            self.findings.lost(whole.words, self.source.place(whole.line), str(stop))

    def unread(self, statement: Statement, at: Token) -> None:
        where = "its end" if at.type == "$END" else f"{str(at)!r} in line {at.line}"
        self.findings.lost(
            statement.words,
            self.source.place(statement.line),
            f"This is no statement of the language as it is documented: it stops at {where}.",
        )

    def no_block(self, whole: Statement) -> None:
        if whole.block is not None:
            self.findings.lost(
                "{…}",
                self.source.place(whole.line),
                "Only types and relations have a block; it was left out.",
            )

    def once(self, kind: str, name: str, known: dict[str, Any], line: int) -> None:
        if name in known:
            raise FileCannotBeRead(
                f"{self.source.place(line)}: the {kind} {name} is declared twice."
            )


def _starts_line(tokens: list[Token], index: int) -> bool:
    return (tokens[index].line or 0) > (tokens[index - 1].end_line or 0)
