"""Reads of selling models."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import and_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from cpq.selling import Proration, SellingKind, SellingModel, TermUnit, Way
from cpq.selling_models.models import SellingModelRow, WayToSell

__all__ = ["SellingModelRow", "SellingWays", "WayToSell", "model_of", "selling_ways"]


@dataclass(frozen=True, slots=True)
class SellingWays:
    """What is known of how some items are sold."""

    models: Mapping[str, SellingModel]
    """By key."""
    ways: Mapping[str, list[Way]]
    """By SKU."""


async def selling_ways(
    session: AsyncSession, *, skus: Collection[str], keys: Collection[str]
) -> SellingWays:
    """How items are sold, and what is known of these models; inactive models are unknown."""
    found = await session.execute(
        select(SellingModelRow, WayToSell.sku, WayToSell.is_default, WayToSell.proration)
        .outerjoin(
            WayToSell,
            and_(WayToSell.selling_model == SellingModelRow.key, WayToSell.sku.in_(skus)),
        )
        .where(SellingModelRow.active)
        .where(or_(SellingModelRow.key.in_(keys), WayToSell.sku.is_not(None)))
        .order_by(SellingModelRow.key)
    )
    models: dict[str, SellingModel] = {}
    ways: dict[str, list[Way]] = {}
    for row, sku, is_default, proration in found:
        model = models.setdefault(row.key, model_of(row))
        if sku is not None:
            ways.setdefault(sku, []).append(Way(model, is_default, Proration(proration)))
    return SellingWays(models, ways)


def model_of(row: SellingModelRow) -> SellingModel:
    """The row as a value."""
    return SellingModel(
        key=row.key,
        kind=SellingKind(row.kind),
        unit=TermUnit(row.unit) if row.unit else None,
        count=row.count,
    )
