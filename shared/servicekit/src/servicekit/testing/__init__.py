"""What tests of every service share: databases, clocks, principals."""

from servicekit.testing.principals import principal

__all__ = ["principal"]
