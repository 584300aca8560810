"""Fixtures that every test may use."""

pytest_plugins = ["servicekit.testing.fixtures"]
