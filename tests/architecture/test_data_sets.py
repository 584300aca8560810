"""Tests that need real data find it in one way, which skips by name, and never in CI."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TESTS = [
    path
    for where in ("tests", "services/*/tests", "shared/*/tests", "deploy/operations/tests")
    for path in ROOT.glob(f"{where}/**/*.py")
    if path != Path(__file__)
]
USES = """
def test_that_has_its_data(data_set):
    assert data_set("here").is_dir()

def test_that_has_not(data_set):
    assert data_set("nowhere").is_dir()
"""


def test_no_test_looks_for_data_by_itself() -> None:
    assert len(TESTS) > 100
    own_way = re.compile(r"shared/data|[\"']shared[\"'] */ *[\"']data[\"']")
    assert [str(path) for path in TESTS if own_way.search(path.read_text(encoding="utf-8"))] == []


def test_whatever_asks_for_data_is_marked() -> None:
    asking = [path for path in TESTS if "data_set:" in path.read_text(encoding="utf-8")]
    assert asking
    unmarked = [
        str(path)
        for path in asking
        if path.name != "conftest.py" and "pytest.mark.data" not in path.read_text(encoding="utf-8")
    ]
    assert unmarked == []


@pytest.mark.parametrize(
    ("environment", "outcome"),
    [({}, "1 passed, 1 skipped"), ({"CI": "true"}, "1 failed, 1 passed")],
)
def test_missing_data_is_a_skip_with_its_name_and_a_failure_in_ci(
    tmp_path: Path, environment: dict[str, str], outcome: str
) -> None:
    project = tmp_path / "project"
    project.mkdir()
    (tmp_path / "shared" / "data" / "here").mkdir(parents=True)
    shutil.copy(ROOT / "conftest.py", project)
    (project / "test_it.py").write_text(USES, encoding="utf-8")
    inherited = {key: value for key, value in os.environ.items() if key != "CI"}
    ran = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-rs",
            "-p",
            "no:cacheprovider",
            "-p",
            "no:schemathesis",
        ],
        cwd=project,
        env={**inherited, **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert outcome in ran.stdout, ran.stdout + ran.stderr
    assert "the data set ../shared/data/nowhere is not beside the repository" in ran.stdout
