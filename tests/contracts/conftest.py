"""Where the tests of the contracts find data that stands beside the repository."""

from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[2].parent / "shared" / "data"


@pytest.fixture(scope="session")
def events_data() -> Path:
    """The folder with the AsyncAPI and CloudEvents material; skips by name where it is missing."""
    folder = SHARED / "events"
    if not folder.is_dir():
        pytest.skip("../shared/data/events is not beside the repository")
    return folder
