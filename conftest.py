"""Fixtures that every test may use."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings

pytest_plugins = ["servicekit.testing.fixtures"]

DATA = Path(__file__).resolve().parent.parent / "shared" / "data"


@pytest.fixture(scope="session")
def data_set() -> Callable[[str], Path]:
    """The folder of a real data set, which stands beside the repository and is never part of it.

    Where it is missing the test is skipped by that name; continuous integration has it, so there
    its absence is a failure.
    """

    def folder(name: str) -> Path:
        path = DATA / name
        if not path.is_dir():
            missing = f"the data set ../shared/data/{name} is not beside the repository"
            if os.environ.get("CI"):
                pytest.fail(missing)
            pytest.skip(missing)
        return path

    return folder


# How long an example takes depends on what else the machine does; no test asserts a time.
settings.register_profile("tradewind", deadline=None)
settings.load_profile("tradewind")
