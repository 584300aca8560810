"""The benchmark of the engine: every figure is there, and what was walked through can be asked."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from cpq.configuration.document import read
from cpq.configurator_measurements import __main__ as command
from cpq.configurator_measurements.measuring import Walked, measured
from cpq.configurator_measurements.subjects import NAMES, DataIsMissing, Subject, generated, subject
from cpq.solving import Engine


def small() -> Subject:
    found = generated(60, 240)
    return Subject(found.model, found.told, 10_000, walks=2, steps=4, searched=2)


def test_every_figure_of_a_model_is_measured() -> None:
    kept: list[Walked] = []
    rows = list(measured(small(), 60, kept.append))
    works = [row.work for row in rows]
    assert len(works) == 11
    assert all(row.result and row.conditions.startswith("generated, 60 features") for row in rows)
    assert all(row.met is not False for row in rows), [row for row in rows if row.met is False]
    assert [len(walk) for walk in kept[0].walks] == [4, 4]
    assert len(kept[0].steps) == 10


def test_a_model_that_does_not_compile_is_measured_by_search() -> None:
    rows = list(measured(small(), 0, lambda _: None))
    assert "not compiled: out-of-time" in rows[0].result
    assert any("not compiled, searched" in row.conditions for row in rows)


def test_what_was_walked_through_is_written_as_the_api_takes_it(tmp_path: Path) -> None:
    kept: list[Walked] = []
    list(measured(small(), 60, kept.append))
    content = json.loads(json.dumps(command.asked(small(), kept[0])))
    model = read(content["document"])
    assert model == small().model
    assert Engine(model).state(kept[0].walks[0], {}).consistent
    choice = content["walks"][0][0]
    assert choice["target"] == kept[0].walks[0][0].target.node  # type: ignore[union-attr]
    assert isinstance(choice["value"], bool)


@pytest.mark.parametrize("name", NAMES)
def test_a_subject_needs_no_more_than_its_data(name: str, tmp_path: Path) -> None:
    if name.startswith("generated"):
        assert subject(name, tmp_path).model.rules
    else:
        with pytest.raises(DataIsMissing):
            subject(name, tmp_path)


def test_missing_data_is_an_exit_status_of_its_own(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "cpq.configurator_measurements", "pc-richmond"]
    done = subprocess.run([*command, "--data", str(tmp_path)], capture_output=True, check=False)
    assert done.returncode == 2
    assert b"config-models is missing" in done.stderr
