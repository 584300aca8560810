"""A file put together with those that it imports: one tree, every feature by its full name."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path as Folder
from pathlib import PurePosixPath
from typing import Final

from cpq.readers.feature_models import DEEPEST_FEATURES, LONGEST_NAME, MOST_FEATURES
from cpq.readers.files import LARGEST_FILE, text_of
from cpq.readers.findings import Findings
from cpq.readers.refusals import (
    BundleIsCyclic,
    FileCannotBeRead,
    FileIsTooLarge,
    NothingToConfigure,
)
from cpq.readers.uvl.outline import outline
from cpq.readers.uvl.syntax import Constraint, Feature, File, Group, Import, Path

MOST_FILES: Final = 500

Others = Callable[[str], bytes | None]
"""The bytes of another file by its path beside the first one, or None."""

_UNSAFE: Final = re.compile(r'[/\\:*?"<>|\x00-\x1f]|^\.*$')


def nothing_beside(path: str) -> bytes | None:
    """No other file is there."""
    return None


def beside(file: Folder) -> Others:
    """The files in a file's folder and below it."""
    home = file.resolve().parent

    def others(path: str) -> bytes | None:
        found = (home / path).resolve()
        if not found.is_relative_to(home) or not found.is_file():
            return None
        with found.open("rb") as opened:
            return opened.read(LARGEST_FILE + 1)

    return others


@dataclass(slots=True)
class Placed:
    """A feature with its full name and its place in the whole tree."""

    path: Path
    feature: Feature
    file: File
    scope: Path
    parent: Placed | None
    groups: list[tuple[Group, list[Placed]]] = field(default_factory=list)

    @property
    def key(self) -> str:
        """The full name: names have no dots in them."""
        return ".".join(self.path)

    def below(self) -> Iterator[Placed]:
        """It and all features below it."""
        waiting = [self]
        while waiting:
            found = waiting.pop()
            yield found
            for _, members in reversed(found.groups):
                waiting.extend(reversed(members))


@dataclass(frozen=True, slots=True)
class Scoped:
    """A constraint, and how names in it begin."""

    constraint: Constraint
    file: File
    scope: Path


@dataclass(slots=True)
class Composed:
    """All files together."""

    first: File
    root: Placed
    features: dict[Path, Placed]
    constraints: list[Scoped]


def compose(content: bytes, name: str, others: Others, findings: Findings) -> Composed:
    """The whole that a file describes with what it imports.

    Raises `FileCannotBeRead`, `FileIsTooLarge`, `BundleIsCyclic` for imports in a circle, and
    `NothingToConfigure` for a file without features.
    """
    return _Composer(others, findings).compose(content, name)


class _Composer:
    def __init__(self, others: Others, findings: Findings) -> None:
        self._others = others
        self._findings = findings
        self._files: dict[str, File] = {}
        self._features: dict[Path, Placed] = {}
        self._constraints: list[Scoped] = []

    def compose(self, content: bytes, name: str) -> Composed:
        first = outline(text_of(content, name), name, self._findings)
        if first.root is None:
            raise NothingToConfigure(f"{name} has no section of features.")
        self._files[name] = first
        root = self._place_file(first, (), None, (name,), 1)
        return Composed(first, root, self._features, self._constraints)

    def _place_file(
        self, file: File, scope: Path, parent: Placed | None, chain: tuple[str, ...], depth: int
    ) -> Placed:
        """An instance of a file; all its names begin with the scope."""
        imports: dict[Path, Import] = {}
        for one in file.imports:
            if one.alias in imports:
                raise FileCannotBeRead(
                    f"{file.name}:{one.line}: two imports are called {'.'.join(one.alias)}."
                )
            imports[one.alias] = one
        unused = dict(imports)
        assert file.root is not None
        placed = self._place(file.root, file, scope, parent, (imports, unused, chain), depth)
        for one in unused.values():
            self._findings.noted(
                f"imports {'.'.join(one.file)}"[:100],
                f"{file.name}:{one.line}",
                "No feature of the tree stands for the imported file, so it is not part of it.",
            )
        self._constraints.extend(Scoped(one, file, scope) for one in file.constraints)
        return placed

    def _place(
        self,
        feature: Feature,
        file: File,
        scope: Path,
        parent: Placed | None,
        around: tuple[dict[Path, Import], dict[Path, Import], tuple[str, ...]],
        depth: int,
    ) -> Placed:
        if depth > DEEPEST_FEATURES:
            raise FileIsTooLarge(
                f"{file.name}:{feature.line}: more than {DEEPEST_FEATURES} features stand inside "
                "each other."
            )
        if len(feature.path) > 1:
            placed = self._imported(feature, file, scope, parent, around, depth)
        else:
            placed = self._registered(Placed((*scope, *feature.path), feature, file, scope, parent))
        for group in feature.groups:
            members = [
                self._place(one, file, scope, placed, around, depth + 1) for one in group.features
            ]
            placed.groups.append((group, members))
        self._constraints.extend(Scoped(one, file, scope) for one in feature.constraints)
        return placed

    def _registered(self, placed: Placed) -> Placed:
        place = f"{placed.file.name}:{placed.feature.line}"
        first = self._features.setdefault(placed.path, placed)
        if first is not placed:
            raise FileCannotBeRead(
                f"{place}: the feature {placed.key!r} stands in line {first.feature.line} already."
            )
        if len(self._features) > MOST_FEATURES:
            raise FileIsTooLarge(f"{place}: with its imports, more than {MOST_FEATURES} features.")
        if len(placed.key) > LONGEST_NAME:
            raise FileIsTooLarge(f"{place}: a full name has more than {LONGEST_NAME} characters.")
        return placed

    def _imported(
        self,
        feature: Feature,
        file: File,
        scope: Path,
        parent: Placed | None,
        around: tuple[dict[Path, Import], dict[Path, Import], tuple[str, ...]],
        depth: int,
    ) -> Placed:
        """The tree of another file in the place of a feature that names its root."""
        imports, unused, chain = around
        place = f"{file.name}:{feature.line}"
        alias, name = feature.path[:-1], feature.path[-1]
        if alias not in imports:
            raise FileCannotBeRead(f"{place}: nothing is imported as {'.'.join(alias)!r}.")
        other = self._load(imports[alias], file)
        unused.pop(alias, None)
        if other.name in chain:
            circle = (*chain[chain.index(other.name) :], other.name)
            raise BundleIsCyclic(f"{place}: files import each other: {' > '.join(circle)}")
        if other.root is None or other.root.path[-1] != name:
            raise FileCannotBeRead(f"{place}: {name!r} is not the root of {other.name}.")
        placed = self._place_file(other, (*scope, *alias), parent, (*chain, other.name), depth)
        root = placed.feature
        merged = Feature(
            root.path, root.line, root.kind, feature.low, feature.high,
            {**root.attributes, **feature.attributes}, root.constraints, root.groups,
        )  # fmt: skip
        if (feature.low, feature.high) == (1, 1):
            merged.low, merged.high = root.low, root.high
        placed.feature = merged
        return placed

    def _load(self, one: Import, file: File) -> File:
        place = f"{file.name}:{one.line}"
        if any(_UNSAFE.search(part) for part in one.file):
            raise FileCannotBeRead(f"{place}: {'.'.join(one.file)!r} is no name of a file.")
        folder = PurePosixPath(file.name).parent
        path = str(folder.joinpath(*one.file)) + ".uvl"
        known = self._files.get(path)
        if known is not None:
            return known
        content = self._others(path)
        if content is None:
            raise FileCannotBeRead(f"{place}: the imported file {path} is not there.")
        if len(self._files) >= MOST_FILES:
            raise FileIsTooLarge(f"{place}: more than {MOST_FILES} files are imported.")
        self._files[path] = outline(text_of(content, path), path, self._findings)
        return self._files[path]
