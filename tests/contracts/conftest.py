"""Where the tests of the contracts find data that stands beside the repository."""

from collections.abc import Callable
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def events_data(data_set: Callable[[str], Path]) -> Path:
    """The folder with the AsyncAPI and CloudEvents material; skips by name where it is missing."""
    return data_set("events")
