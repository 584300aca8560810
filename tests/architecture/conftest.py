"""The three services, as their apps declare them."""

import importlib

import pytest

from servicekit.service import Service


@pytest.fixture(scope="session")
def services() -> dict[str, Service]:
    """Each service by name; importing it registers all its models."""
    found = {}
    for name in ("crm", "erp", "cpq"):
        module = importlib.import_module(f"{name}.app")
        found[name] = module.service
    return found
