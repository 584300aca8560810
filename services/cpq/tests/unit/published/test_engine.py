"""The engine on the published feature models: its figures are those published, or proved ours."""

from __future__ import annotations

import csv
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from cpq.configuration.answers import Finding
from cpq.configuration.model import Model, Supply
from cpq.readers import featureide, uvl
from cpq.solving import Engine
from cpq.solving.compiled import Compiled, compile_formula
from cpq.solving.encoding import encode

from .second_method import clauses_of, false_optional

pytestmark = pytest.mark.data

PC, SHOP, PRINTER = "pc-richmond_Sprey2020", "e_shop_Lau2006", "printer_Mendonca2009"
FILES = [f"{name}.{suffix}" for name in (SHOP, PC, PRINTER) for suffix in ("uvl", "xml")]


@pytest.fixture(scope="module")
def home(data_set: Callable[[str], Path]) -> Path:
    return data_set("config-models")


@cache
def read(path: Path) -> Model:
    reader = uvl.read if path.suffix == ".uvl" else featureide.read
    return reader(path.read_bytes(), name=path.name).models[0]


@cache
def found(path: Path) -> dict[Finding, set[str]]:
    """What the engine's lint finds, by kind."""
    places: dict[Finding, set[str]] = {finding: set() for finding in Finding}
    for lint in Engine(read(path)).lint(seconds=120):
        places[lint.finding].add(lint.place)
    assert not places[Finding.UNFINISHED]
    return places


def test_the_engine_finds_every_published_figure(home: Path) -> None:
    with (home / "published_statistics.csv").open(encoding="utf-8") as opened:
        rows = list(csv.DictReader(opened))
    assert len(rows) == 3
    for row in rows:
        path = home / f"{row['Name']}_{row['Origin']}.uvl"
        places = found(path)
        assert (
            len(places[Finding.CORE]),
            len(places[Finding.DEAD]),
            len(places[Finding.FALSE_OPTIONAL]),
            len(list(read(path).nodes())) - len(places[Finding.CORE]),
            len(places[Finding.VOID]),
        ) == (
            int(row["Number_CORE"]),
            int(row["Number_Dead"]),
            int(row["NumberOfFalseOptionalFeatures"]),
            int(row["NumberOfOptionalFeatures"]),
            0,
        )


@pytest.mark.parametrize("file", FILES)
def test_the_engine_finds_what_the_second_method_finds(home: Path, file: str) -> None:
    """Feature by feature, also in the files that differ from the published model."""
    model = read(home / file)
    clauses = clauses_of(model)
    places = found(home / file)
    assert places[Finding.CORE] == clauses.core()
    assert places[Finding.DEAD] == clauses.dead()
    assert places[Finding.FALSE_OPTIONAL] == false_optional(model, clauses)


@pytest.mark.parametrize("file", FILES)
def test_the_engine_counts_what_the_second_method_counts(home: Path, file: str) -> None:
    model = read(home / file)
    encoding = encode(model, Supply({}))
    compiled = compile_formula(encoding.core, encoding.clauses())
    assert isinstance(compiled, Compiled)
    engine = Engine(model, artefact=compiled.artefact)
    assert engine.compiled
    assert engine.count([], {}) == clauses_of(model).count()
