"""The import contracts hold, and each of them can fail."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = {
    "contracts": "shared/contracts/src/contracts",
    "servicekit": "shared/servicekit/src/servicekit",
    "crm": "services/crm/src/crm",
    "erp": "services/erp/src/erp",
    "cpq": "services/cpq/src/cpq",
    "operations": "deploy/operations/src/operations",
}
LINT = Path(sys.executable).with_name("lint-imports")


def lint(
    directory: Path, cache: Path, contract: str | None = None
) -> subprocess.CompletedProcess[str]:
    only = ["--contract", contract] if contract else []
    return subprocess.run(
        [LINT, "--cache-dir", cache, "--config", ROOT / ".importlinter", *only],
        cwd=directory,
        check=False,
        capture_output=True,
        text=True,
    )


def test_every_import_contract_holds(tmp_path: Path) -> None:
    result = lint(ROOT, tmp_path)
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The six packages side by side; the current directory comes first on the import path."""
    directory = tmp_path_factory.mktemp("copy")
    for name, source in SOURCES.items():
        shutil.copytree(
            ROOT / source, directory / name, ignore=shutil.ignore_patterns("__pycache__", "static")
        )
    return directory


@pytest.mark.parametrize(
    ("contract", "file", "line"),
    [
        ("services", "crm/customers/service/creation.py", "import erp.ledger.service"),
        ("services", "servicekit/clock.py", "import crm.customers"),
        ("services", "contracts/base.py", "import servicekit.clock"),
        ("services", "cpq/quotes/api.py", "import operations.repository"),
        ("contracts", "contracts/registry.py", "import orjson"),
        ("pure", "servicekit/values/money.py", "import pydantic"),
        ("pure", "servicekit/errors.py", "import sqlalchemy"),
        ("pure", "erp/ledger/rules.py", "import sqlalchemy"),
        ("pure", "crm/customers/rules.py", "import servicekit.tables"),
        ("pure", "cpq/pricing/rules/waterfall.py", "import contracts"),
        ("pure", "crm/projections/quote/rules.py", "import servicekit.uow"),
        ("inward", "crm/customers/rules.py", "import crm.customers.models"),
        ("inward", "erp/ledger/models.py", "import erp.ledger.service"),
        ("inward", "cpq/quotes/queries.py", "import cpq.quotes.schemas"),
        ("inward", "crm/projections/quote/models.py", "import crm.projections.quote.handlers"),
        ("inward", "erp/inventory/helpers.py", '"""A name that attracts anything."""'),
        ("crm", "crm/customers/service/creation.py", "import crm.opportunities.service"),
        ("crm", "crm/stray.py", '"""A module that belongs to no slice."""'),
        ("erp", "erp/ledger/service.py", "import erp.receivables.service"),
        ("erp", "erp/stray.py", '"""A module that belongs to no slice."""'),
        ("cpq", "cpq/pricing/service.py", "import cpq.quotes.queries"),
        ("cpq", "cpq/stray.py", '"""A module that belongs to no slice."""'),
        ("kit", "servicekit/uow.py", "import servicekit.http.problems"),
        ("kit", "servicekit/database.py", "import aiokafka"),
    ],
)
def test_a_forbidden_import_is_caught(copy: Path, contract: str, file: str, line: str) -> None:
    """The control: without it, a contract that names nothing would pass for ever."""
    path = copy / file
    if not path.exists() and line.startswith("import"):
        path = path.with_suffix("") / "__init__.py"
    before = path.read_text() if path.exists() else None
    path.write_text(f"{before or ''}\n{line}\n")
    try:
        result = lint(copy, copy / ".cache", contract)
    finally:
        if before is None:
            path.unlink()
        else:
            path.write_text(before)
    assert result.returncode == 1, result.stdout + result.stderr
    assert "BROKEN" in result.stdout
