"""Saying how values are counted and which tier they give."""

from collections.abc import Sequence
from decimal import Decimal

from crm.customer_value import queries
from crm.customer_value.models import ValuePolicy
from crm.customer_value.rules import Level, check_levels
from servicekit.errors import Stale
from servicekit.uow import UnitOfWork


async def set_policy(
    uow: UnitOfWork,
    expected: int,
    *,
    currency: str,
    levels: Sequence[Level],
    years: int,
    margin: Decimal,
    discount: Decimal,
    pipeline_share: Decimal,
    overrides_hand: bool,
) -> ValuePolicy:
    """Set the tenant's policy; `expected` is its version, 0 for the first one.

    Nothing moves before the next run. Raises LevelsAreOutOfOrder or Stale.
    """
    check_levels(levels)
    row = await queries.policy(uow.session)
    if row is None:
        if expected != 0:
            raise Stale("there is no policy yet", expected=expected, current=0)
        row = ValuePolicy(id=uow.new_id())
        uow.add(row)
    else:
        row = await uow.lock(ValuePolicy, row.id, expected)
    row.currency = currency
    row.levels = [
        {"tier": each.tier, "enter": str(each.enter), "leave": str(each.leave)} for each in levels
    ]
    row.years, row.margin, row.discount = years, margin, discount
    row.pipeline_share, row.overrides_hand = pipeline_share, overrides_hand
    await uow.flush()
    uow.audit("crm.customer_value.set_policy", "value-policy", row.id, {"levels": row.levels})
    return row
