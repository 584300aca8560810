"""What an invoice's status means to the front office."""

PAID = "paid"


def is_open(status: str) -> bool:
    """Whether something is owed, so that an old fact about the invoice may be out of date."""
    return status != PAID
