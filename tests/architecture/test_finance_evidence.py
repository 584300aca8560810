"""What finance promises has a test, and no binary fraction comes near an amount."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
EVIDENCE = ROOT / "docs/architecture/finance-evidence.md"

# Where amounts are decided, kept and shown. Seconds and measurements are elsewhere.
MONEY = [
    *ROOT.glob("services/erp/src/erp/*/rules/*.py"),
    *ROOT.glob("services/erp/src/erp/*/rules.py"),
    *ROOT.glob("services/erp/src/erp/*/models/*.py"),
    *ROOT.glob("services/erp/src/erp/*/models.py"),
    *ROOT.glob("services/erp/src/erp/*/schemas/*.py"),
    *ROOT.glob("services/erp/src/erp/*/schemas.py"),
    *ROOT.glob("shared/servicekit/src/servicekit/values/*.py"),
    *ROOT.glob("shared/servicekit/src/servicekit/taxation/*.py"),
]
# Takes whatever a file of somebody else says, and makes it a decimal by way of its text.
READS_OTHERS = {"services/erp/src/erp/taxes/rules/files.py": 1}


def test_every_promise_names_a_test_that_exists() -> None:
    named = re.findall(r"`([\w/]+\.py)::(\w+)`", EVIDENCE.read_text())
    assert len(named) > 20
    missing = [
        f"{path}::{name}"
        for path, name in named
        if not (ROOT / path).exists() or f"def {name}(" not in (ROOT / path).read_text()
    ]
    assert missing == []


def binary_fractions(source: str) -> list[int]:
    """The lines that name `float` or `Float`, write 0.5, or make a decimal of such a number."""
    return [
        node.lineno
        for node in ast.walk(ast.parse(source))
        if (isinstance(node, ast.Name) and node.id in ("float", "Float", "Double", "REAL"))
        or (isinstance(node, ast.Attribute) and node.attr in ("Float", "Double", "REAL"))
        or (isinstance(node, ast.Constant) and isinstance(node.value, float))
    ]


def test_no_binary_fraction_reaches_money() -> None:
    assert len(MONEY) > 60
    for path in MONEY:
        name = str(path.relative_to(ROOT))
        found = binary_fractions(path.read_text())
        assert len(found) == READS_OTHERS.get(name, 0), (name, found)


@pytest.mark.parametrize(
    "source",
    ["x = 0.1", "def f(amount: float): ...", "x = float('1')", "import sqlalchemy as sa; sa.Float"],
)
def test_a_binary_fraction_is_found(source: str) -> None:
    """The control."""
    assert binary_fractions(source) == [1]
