"""What a quote's status means to the front office."""

OPEN = frozenset({"draft", "priced", "sent"})
"""Statuses in which the quote may still change; the others are final."""


def is_open(status: str) -> bool:
    """Whether the quote may still change, so that an old fact about it may be out of date."""
    return status in OPEN
