"""Which differences are too small to be asked for."""

from decimal import Decimal

import pytest

from erp.receivables.rules import is_tolerated
from servicekit.values.money import Money


def euros(amount: str) -> Money:
    return Money(Decimal(amount), "EUR")


@pytest.mark.parametrize(
    ("difference", "whole", "most", "share", "tolerated"),
    [
        ("0.50", "100", "0.50", None, True),
        ("0.51", "100", "0.50", None, False),
        ("0.50", "100", None, None, False),
        ("0", "100", "0.50", None, False),
        ("0.50", "1", "0.50", None, True),
        ("0.50", "1", "0.50", "0.1", False),
        ("0.10", "1", "0.50", "0.1", True),
        ("0.11", "1", "0.50", "0.1", False),
    ],
)
def test_a_difference_is_tolerated_within_both_limits(
    difference: str, whole: str, most: str | None, share: str | None, tolerated: bool
) -> None:
    found = is_tolerated(
        euros(difference),
        euros(whole),
        most=None if most is None else Decimal(most),
        share=None if share is None else Decimal(share),
    )
    assert found is tolerated
