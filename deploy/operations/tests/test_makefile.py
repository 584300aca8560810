"""`make help` is complete, and no target promises a module that is not there."""

import re
import shutil
import subprocess

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
    from importlib.util import find_spec

    modules = set(re.findall(r"\$\(PY\) -m ([a-z.]+)", (ROOT / "Makefile").read_text()))

    assert modules >= {"operations", "contracts", "pytest"}
    assert [module for module in modules if find_spec(f"{module}.__main__") is None] == []
