"""What is kept for paying a bill early."""

from datetime import date
from decimal import Decimal

from servicekit.errors import InvalidInput
from servicekit.values.money import Money


class SupplierDiscountIsNotDue(InvalidInput):
    """A discount is kept by paying all of a bill, less the discount, in time."""

    code = "supplier-discount-is-not-due"
    title = "A discount is taken by paying the whole rest of a bill by its discount day"
    hint = "GET /v1/bills/{id} tells discount_on and discount_rate; pay at least the rest."


def early_discount(open_now: Money, rate: Decimal | None, until: date | None, on: date) -> Money:
    """What is kept of what is open on a bill by paying it on a day; nothing after `until`.

    Rounded once, half away from zero.
    """
    if rate is None or until is None or on > until:
        return Money.zero(open_now.currency)
    return (open_now * rate).round()


def check_discount(
    open_now: Money,
    paid: Decimal,
    rate: Decimal | None,
    until: date | None,
    on: date,
    *,
    field: str,
) -> Money:
    """The rest of a bill that a payment leaves, which it keeps.

    Raises `SupplierDiscountIsNotDue` where that is nothing, or more than the discount.
    """
    allowed = early_discount(open_now, rate, until, on)
    rest = open_now - Money(paid, open_now.currency)
    if rest.amount <= 0 or rest > allowed:
        raise SupplierDiscountIsNotDue(
            f"{rest} of {open_now} is left, the discount on {on} is {allowed}.", field=field
        )
    return rest
