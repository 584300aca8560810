"""Alembic's entry: the kit does the work."""

from servicekit.migrations.environment import run
from servicekit.testing.shelf.service import service

run(service)
