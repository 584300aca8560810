"""Slices enter each other only through `service` and `queries`, and keep to the house's shape."""

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import grimp
import pytest
from sqlalchemy import ForeignKey
from sqlalchemy.orm import DeclarativeBase, Mapped, Mapper, mapped_column, relationship

from contracts import Event
from servicekit.service import Service

ROOT = Path(__file__).parents[2]
SERVICES = ("crm", "erp", "cpq")
FILES = {
    "rules", "models", "service", "queries", "events", "schemas", "api", "handlers", "jobs",
}  # fmt: skip

DOORS = {"service", "queries"}
LONGEST_FILE = 400
NAMES_THAT_ATTRACT_ANYTHING = {"utils", "util", "helpers", "helper", "manager", "constants", "misc"}


@dataclass(frozen=True)
class Slice:
    """A package of a service that holds at least one of the ten files."""

    module: str
    path: Path

    @property
    def card(self) -> str:
        """The docstring of its `__init__.py`."""
        return ast.get_docstring(ast.parse((self.path / "__init__.py").read_text())) or ""

    def sources(self, name: str) -> Iterator[Path]:
        """The files of one of the ten, be it a module or a package."""
        module = self.path / f"{name}.py"
        if module.exists():
            yield module
        yield from sorted((self.path / name).rglob("*.py"))


@cache
def slices() -> tuple[Slice, ...]:
    """Every slice of every service."""
    found = []
    for service in SERVICES:
        package = ROOT / "services" / service / "src" / service
        for path in sorted(package.rglob("__init__.py")):
            parts = path.parent.relative_to(package).parts
            if not parts or parts[-1] in FILES or set(parts[:-1]) & FILES:
                continue
            names = {child.stem for child in path.parent.iterdir()}
            if names & FILES:
                found.append(Slice(".".join((service, *parts)), path.parent))
    return tuple(found)


def python_files() -> Iterator[Path]:
    """All Python files of the six members, without tests."""
    for pattern in ("shared/*/src", "services/*/src", "deploy/*/src"):
        for source in sorted(ROOT.glob(pattern)):
            yield from sorted(source.rglob("*.py"))


def trespasses(edges: Iterable[tuple[str, str]]) -> list[str]:
    """Imports from one slice into another that pass by its doors."""
    known = {item.module for item in slices()}

    def slice_of(module: str) -> str | None:
        parts = module.split(".")
        names = (".".join(parts[:end]) for end in range(len(parts), 0, -1))
        return next((name for name in names if name in known), None)

    found = []
    for importer, imported in edges:
        source, target = slice_of(importer), slice_of(imported)
        if source is None or target is None or source == target:
            continue
        inside = imported.removeprefix(target).split(".")
        if len(inside) < 2 or inside[1] not in DOORS:
            found.append(f"{importer} imports {imported}")
    return sorted(found)


def edges_of(service: str) -> list[tuple[str, str]]:
    graph = grimp.build_graph(service, cache_dir=None)
    return [
        (module, imported)
        for module in graph.modules
        for imported in graph.find_modules_directly_imported_by(module)
    ]


@pytest.mark.parametrize("service", SERVICES)
def test_slices_enter_each_other_only_by_their_doors(service: str) -> None:
    assert trespasses(edges_of(service)) == []


def test_a_trespass_is_caught() -> None:
    first, second = [item.module for item in slices() if item.module.startswith("erp.")][:2]
    assert trespasses([(f"{first}.service", f"{second}.queries.lists")]) == []
    assert trespasses([(f"{first}.service", f"{second}.rules")]) == [
        f"{first}.service imports {second}.rules"
    ]
    assert trespasses([(f"{first}.api", second)]) == [f"{first}.api imports {second}"]
    assert trespasses([("erp.app", f"{second}.models")]) == []


def relationships(mappers: Iterable[Mapper[object]]) -> list[str]:
    return sorted(str(found) for mapper in mappers for found in mapper.relationships)


@pytest.mark.parametrize("service", SERVICES)
def test_no_model_has_a_relationship(service: str, services: dict[str, Service]) -> None:
    mappers = [
        mapper
        for mapper in services[service].base.registry.mappers
        if mapper.class_.__module__.startswith(f"{service}.")
    ]
    assert mappers
    assert relationships(mappers) == []


def test_a_relationship_is_caught() -> None:
    class Base(DeclarativeBase):
        pass

    class Parent(Base):
        __tablename__ = "parent"
        id: Mapped[int] = mapped_column(primary_key=True)

    class Child(Base):
        __tablename__ = "child"
        id: Mapped[int] = mapped_column(primary_key=True)
        parent_id: Mapped[int] = mapped_column(ForeignKey("parent.id"))
        parent: Mapped[Parent] = relationship()

    assert relationships(Base.registry.mappers) == ["Child.parent"]


@pytest.mark.parametrize("item", slices(), ids=lambda item: item.module)
def test_every_slice_has_a_card(item: Slice) -> None:
    for heading in ("Owns", "Invariants", "Hears", "Says"):
        assert heading in item.card, f"{item.module}: its card does not say what it {heading}"


@pytest.mark.parametrize("item", slices(), ids=lambda item: item.module)
def test_a_card_names_every_event_that_the_slice_says_and_hears(item: Slice) -> None:
    said = _events(item, "events")
    heard = _events(item, "handlers")
    missing = sorted(event for event in said | heard if not _is_named(event, item.card))
    assert missing == [], f"{item.module}: its card does not name {', '.join(missing)}"


PUBLISHED = {event.__name__: event for event in Event.published.values()}


def _events(item: Slice, file: str) -> set[str]:
    names = set()
    for path in item.sources(file):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("contracts."):
                names |= {alias.name for alias in node.names}
    return names & PUBLISHED.keys()


def _is_named(event: str, card: str) -> bool:
    return PUBLISHED[event].event_name in card or PUBLISHED[event].topic in card


def test_no_file_is_longer_than_one_can_hold_in_mind() -> None:
    long = {
        str(path.relative_to(ROOT)): lines
        for path in python_files()
        if (lines := len(path.read_text().splitlines())) > LONGEST_FILE
        and "migrations" not in path.parts
    }
    assert long == {}, "make each a package of the same name"


def test_no_module_has_a_name_that_attracts_anything() -> None:
    assert [
        str(path.relative_to(ROOT))
        for path in python_files()
        if path.stem in NAMES_THAT_ATTRACT_ANYTHING
    ] == []


def test_there_are_slices_to_look_at() -> None:
    assert {item.module.split(".")[0] for item in slices()} == set(SERVICES)
    assert FILES >= DOORS
