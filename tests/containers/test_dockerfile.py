"""The Dockerfile, checked by hadolint and, step by step, without a container."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DOCKERFILE = ROOT / "deploy" / "docker" / "Dockerfile"
HADOLINT = Path(sys.executable).with_name("hadolint")


def instructions(text: str) -> list[tuple[str, str]]:
    joined = re.sub(r"\\\n", " ", re.sub(r"^\s*#.*\n", "", text, flags=re.MULTILINE))
    pairs = [line.split(maxsplit=1) for line in joined.splitlines() if line.strip()]
    return [(name, " ".join(rest.split())) for name, rest in pairs]


def stages() -> list[list[tuple[str, str]]]:
    found: list[list[tuple[str, str]]] = []
    for name, rest in instructions(DOCKERFILE.read_text()):
        if name == "FROM":
            found.append([])
        found[-1].append((name, rest))
    return found


def test_hadolint_finds_nothing() -> None:
    result = subprocess.run(
        [str(HADOLINT), "--no-color", str(DOCKERFILE)], capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stdout + result.stderr


def test_hadolint_would_find_something(tmp_path: Path) -> None:
    careless = tmp_path / "Dockerfile"
    careless.write_text("FROM debian\nRUN cd /tmp && apt-get install curl\n")

    result = subprocess.run(
        [str(HADOLINT), "--no-color", str(careless)], capture_output=True, text=True, check=False
    )

    assert result.returncode != 0


def test_the_image_is_small_and_unprivileged() -> None:
    *_, final = stages()
    told = dict(final)

    assert told["FROM"] == "python:3.13-slim"
    assert told["USER"] == "10001:10001"
    assert "pip" not in " ".join(rest for name, rest in final if name == "RUN")
    assert "HEALTHCHECK" in told


def test_whatever_is_copied_is_not_ignored() -> None:
    kept = {
        line[1:].split("/")[0]
        for line in (ROOT / ".dockerignore").read_text().splitlines()
        if line.startswith("!")
    }
    sources = {
        word.replace("${MEMBER}", "services")
        for name, rest in stages()[0]
        if name == "COPY"
        for word in rest.split()[:-1]
    }

    assert {source.split("/")[0] for source in sources} <= kept


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_build_steps_make_a_service_that_runs(tmp_path: Path) -> None:
    """Runs the very RUN lines of the build stage, with / moved into a scratch directory."""
    build = tmp_path / "build"
    build.mkdir()
    for name, rest in stages()[0]:
        if name == "COPY":
            *sources, target = _for_crm(rest).split()
            for source in sources:
                _copy(ROOT / source, build / target, into=target.endswith("/"))
        elif name == "RUN":
            command = _for_crm(rest).replace("/opt/", f"{tmp_path}/opt/")
            command = command.replace("python -m venv", f"{sys.executable} -m venv")
            result = subprocess.run(
                command, shell=True, cwd=build, capture_output=True, text=True, check=False
            )
            assert result.returncode == 0, f"{command}\n{result.stdout}{result.stderr}"

    python = tmp_path / "opt" / "tradewind" / "bin" / "python"
    shown = subprocess.run(
        [str(python), "-m", "crm", "--help"], capture_output=True, text=True, check=False, cwd="/"
    )

    assert shown.returncode == 0, shown.stderr
    assert "migrate" in shown.stdout


def _for_crm(line: str) -> str:
    return line.replace("${MEMBER}", "services/crm").replace("${REQUIREMENTS}", "crm")


def test_only_cpq_carries_solvers() -> None:
    locked = {
        service: (ROOT / "requirements" / f"{service}.txt").read_text()
        for service in ("crm", "erp", "cpq")
    }

    assert [name for name, text in locked.items() if "\nortools==" in text] == ["cpq"]


def test_a_service_is_locked_to_what_the_whole_is_tested_with() -> None:
    whole = set(_pins("runtime"))

    for service in ("crm", "erp", "cpq"):
        assert set(_pins(service)) <= whole


def _pins(name: str) -> list[str]:
    text = (ROOT / "requirements" / f"{name}.txt").read_text()
    return [line.rstrip(" \\") for line in text.splitlines() if re.match(r"[a-z0-9]", line)]


def _copy(source: Path, target: Path, *, into: bool) -> None:
    if source.is_dir():
        shutil.copytree(
            source,
            target,
            ignore=shutil.ignore_patterns("__pycache__", "tests"),
            dirs_exist_ok=True,
        )
    else:
        target.mkdir(parents=True, exist_ok=True) if into else None
        shutil.copy(source, target)
