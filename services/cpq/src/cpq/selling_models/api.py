"""Selling models over HTTP: `/v1/selling-models`, and `/v1/ways-to-sell` for items."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends

from cpq.selling_models import service
from cpq.selling_models.models import SellingModelRow, WayToSell
from cpq.selling_models.rules import (
    SellingModelExists,
    SellingModelIsUsed,
    SellingModelNotFound,
    WayToSellExists,
    WayToSellNotFound,
)
from cpq.selling_models.schemas import (
    SellingModelChangeIn,
    SellingModelIn,
    SellingModelOut,
    WayToSellChangeIn,
    WayToSellIn,
    WayToSellOut,
)
from servicekit.http import IfMatch, Listing, Page, PageOut, Reads, SliceRouter, Writes, prefixed

models = SliceRouter(prefix="/v1/selling-models", tags=["pricing"])
ways = SliceRouter(prefix="/v1/ways-to-sell", tags=["pricing"])
routers = [models, ways]

_READ = "cpq.pricing.read"
_WRITE = "cpq.pricing.write"

MODELS = Listing(
    SellingModelRow,
    sorts={"key": SellingModelRow.key, "created_at": SellingModelRow.created_at},
    filters={
        "key": prefixed(SellingModelRow.key),
        "kind": SellingModelRow.kind,
        "active": SellingModelRow.active,
    },
    default_sort="key",
)
WAYS = Listing(
    WayToSell,
    sorts={"sku": WayToSell.sku, "created_at": WayToSell.created_at},
    filters={
        "sku": prefixed(WayToSell.sku),
        "selling_model": WayToSell.selling_model,
        "is_default": WayToSell.is_default,
    },
    default_sort="sku",
)


@models.post("", permission=_WRITE, status_code=201, refusals=(SellingModelExists,))
async def create_selling_model(body: SellingModelIn, uow: Writes) -> SellingModelOut:
    """Say how something is sold: once, for a term, until it is cancelled, or by what was used."""
    return SellingModelOut.of(await service.create_selling_model(uow, **dict(body)))


@models.get("", permission=_READ)
async def list_selling_models(
    page: Annotated[Page, Depends(MODELS)], reads: Reads
) -> PageOut[SellingModelOut]:
    """The selling models."""
    return PageOut.of(await page.fetch(reads, MODELS.select()), SellingModelOut.of)


@models.get("/{selling_model_id}", permission=_READ, refusals=(SellingModelNotFound,))
async def read_selling_model(selling_model_id: UUID, reads: Reads) -> SellingModelOut:
    """One selling model."""
    return SellingModelOut.of(await reads.get(SellingModelRow, selling_model_id))


@models.put("/{selling_model_id}", permission=_WRITE, refusals=(SellingModelNotFound,))
async def change_selling_model(
    selling_model_id: UUID, body: SellingModelChangeIn, expected: IfMatch, uow: Writes
) -> SellingModelOut:
    """Say it otherwise; drafts follow when they are priced again, and what is sold stays."""
    row = await service.change_selling_model(uow, selling_model_id, **dict(body), expected=expected)
    return SellingModelOut.of(row)


@models.delete(
    "/{selling_model_id}", permission=_WRITE, refusals=(SellingModelNotFound, SellingModelIsUsed)
)
async def delete_selling_model(selling_model_id: UUID, expected: IfMatch, uow: Writes) -> None:
    """Throw a model away that no item is sold by."""
    await service.delete_selling_model(uow, selling_model_id, expected=expected)


@ways.post("", permission=_WRITE, status_code=201, refusals=(SellingModelNotFound, WayToSellExists))
async def create_way_to_sell(body: WayToSellIn, uow: Writes) -> WayToSellOut:
    """Say that an item is sold by a model. An item that has any is sold in no other way."""
    return WayToSellOut.of(await service.create_way_to_sell(uow, **dict(body)))


@ways.get("", permission=_READ)
async def list_ways_to_sell(
    page: Annotated[Page, Depends(WAYS)], reads: Reads
) -> PageOut[WayToSellOut]:
    """How items are sold; `sku=…` says how one is."""
    return PageOut.of(await page.fetch(reads, WAYS.select()), WayToSellOut.of)


@ways.get("/{way_id}", permission=_READ, refusals=(WayToSellNotFound,))
async def read_way_to_sell(way_id: UUID, reads: Reads) -> WayToSellOut:
    """One way to sell an item."""
    return WayToSellOut.of(await reads.get(WayToSell, way_id))


@ways.put("/{way_id}", permission=_WRITE, refusals=(WayToSellNotFound, WayToSellExists))
async def change_way_to_sell(
    way_id: UUID, body: WayToSellChangeIn, expected: IfMatch, uow: Writes
) -> WayToSellOut:
    """Say otherwise how an item is sold by its model."""
    return WayToSellOut.of(
        await service.change_way_to_sell(uow, way_id, **dict(body), expected=expected)
    )


@ways.delete("/{way_id}", permission=_WRITE, refusals=(WayToSellNotFound,))
async def delete_way_to_sell(way_id: UUID, expected: IfMatch, uow: Writes) -> None:
    """Sell an item no longer in this way."""
    await service.delete_way_to_sell(uow, way_id, expected=expected)
