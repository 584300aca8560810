"""What an order's status means to the front office."""

FINAL = frozenset({"invoiced", "cancelled", "rejected"})
"""Statuses after which the order does not change any more."""


def is_open(status: str) -> bool:
    """Whether the order may still change, so that an old fact about it may be out of date."""
    return status not in FINAL
