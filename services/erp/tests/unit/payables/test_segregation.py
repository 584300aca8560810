"""Who enters does not approve: no role of the files that ship may do both."""

import tomllib
from pathlib import Path

import pytest

import erp
from servicekit.uow import allows

ROLES = tomllib.loads((Path(erp.__file__).parent / "roles.toml").read_text())["roles"]
# Whoever may do everything is held to the four eyes by the database all the same.
EVERYTHING = {"admin", "importer"}


@pytest.mark.parametrize("slice_name", ["payables", "payment_runs"])
@pytest.mark.parametrize("role", sorted(ROLES.keys() - EVERYTHING))
def test_no_role_enters_and_approves(role: str, slice_name: str) -> None:
    granted = frozenset(ROLES[role])
    both = [allows(granted, f"erp.{slice_name}.{what}") for what in ("write", "approve")]
    assert not all(both)


@pytest.mark.parametrize("what", ["write", "approve"])
@pytest.mark.parametrize("slice_name", ["payables", "payment_runs"])
def test_somebody_may(slice_name: str, what: str) -> None:
    named = sorted(ROLES.keys() - EVERYTHING)
    assert any(allows(frozenset(ROLES[role]), f"erp.{slice_name}.{what}") for role in named)
