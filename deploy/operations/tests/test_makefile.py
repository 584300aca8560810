"""`make help` is complete, and no target promises a module that is not there."""

import re
import shutil
import subprocess
from importlib.util import find_spec

import pytest

from operations.repository import ROOT

TARGET = re.compile(r"^([a-z][a-z-]*):(?!=)", re.MULTILINE)


@pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")
def test_every_target_is_listed_with_a_sentence() -> None:
    targets = set(TARGET.findall((ROOT / "Makefile").read_text()))
    shown = subprocess.run(
        ["make", "--no-print-directory", "help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    plain = re.sub(r"\x1b\[\d*m", "", shown)
    sentences = dict(re.findall(r"^  ([a-z-]+) +(\S.*)$", plain, re.MULTILINE))

    assert set(sentences) == targets
    assert all(sentence.endswith(".") for sentence in sentences.values())


def test_every_module_that_the_makefile_runs_exists() -> None:
    modules = set(re.findall(r"\$\(PY\) -m ([a-z_.]+)", (ROOT / "Makefile").read_text()))

    assert modules >= {"operations", "contracts", "pytest"}
    assert [module for module in modules if not can_be_run(module)] == []


def can_be_run(module: str) -> bool:
    found = find_spec(module)
    if found is not None and found.submodule_search_locations is not None:
        found = find_spec(f"{module}.__main__")
    return found is not None
