"""The address of the search slice."""

from typing import Annotated, Literal

from fastapi import Query
from pydantic import StringConstraints

from crm.search import queries
from crm.search.rules import NothingIsSearched
from crm.search.schemas import SearchOut
from servicekit.http import Reads, SliceRouter

router = SliceRouter(prefix="/v1/search", tags=["search"])

Words = Annotated[str, StringConstraints(min_length=1, max_length=200)]


@router.get("", permission="crm.search.read", refusals=(NothingIsSearched,))
async def search(
    reads: Reads,
    q: Annotated[Words, Query(description="Words of a name, mail address or phone number.")],
    kind: Annotated[
        Literal["customer", "person"] | None, Query(description="Only this kind.")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=50, description="How many at most.")] = 20,
) -> SearchOut:
    """Customers and people by name, mail or phone; accents and typing errors are forgiven."""
    return SearchOut.of(await queries.search(reads, q, kind=kind, limit=limit))
