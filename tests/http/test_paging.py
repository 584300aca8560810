"""Lists: whatever happens meanwhile, a walk sees every stable row exactly once."""

import random
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import literal

from servicekit.http.cursors import CursorSeal
from servicekit.http.filters import choice, prefixed
from servicekit.http.paging import Listing, Page
from servicekit.http.problems import EdgeProblem
from servicekit.testing.http import Api
from servicekit.testing.shelf.service import Book

SORTS = ["title", "-title", "pages", "-pages", "price", "-price", "published_on", "-created_at"]


async def shelve(api: Api, rows: list[dict[str, Any]]) -> list[str]:
    answer = await api.post("/v1/books/bulk", {"rows": rows})
    assert answer.json()["refused"] == 0, answer.text
    return [result["id"] for result in answer.json()["results"]]


def row(number: int, source: random.Random) -> dict[str, Any]:
    # Few distinct values and many nulls, so that ties and null borders are hit.
    return {
        "title": f"{source.choice('abAB_%')}{number}",
        "isbn": str(number),
        "price": str(Decimal(source.randrange(4)) / 10),
        "pages": source.choice([None, 1, 2, 3]),
        "language": source.choice(["en", "de"]),
        "published_on": source.choice([None, "2020-01-01", "2021-01-01"]),
    }


async def walk(api: Api, **query: Any) -> list[dict[str, Any]]:
    seen: list[dict[str, Any]] = []
    cursor: dict[str, str] = {}
    for _ in range(500):
        page = (await api.get("/v1/books", **query, **cursor)).json()
        seen += page["items"]
        if page["next_cursor"] is None:
            return seen
        assert len(page["items"]) == query["limit"]
        cursor = {"cursor": page["next_cursor"]}
    raise AssertionError("the walk does not end")


@pytest.mark.parametrize("sort", SORTS)
async def test_a_walk_sees_every_row_once_and_in_order(api: Api, sort: str) -> None:
    source = random.Random(sort)
    ids = await shelve(api, [row(number, source) for number in range(60)])
    seen = await walk(api, sort=sort, limit=7)
    assert sorted(book["id"] for book in seen) == sorted(ids)
    if (name := sort.removeprefix("-")) != "created_at":
        values = [book[name] for book in seen if book[name] is not None]
        if name == "price":
            values = [Decimal(value) for value in values]
        assert values == sorted(values, reverse=sort.startswith("-"))
        nulls = [book[name] is None for book in seen]
        assert nulls == sorted(nulls, reverse=sort.startswith("-"))


@pytest.mark.parametrize("seed", range(10))
async def test_cursor_walk_under_concurrent_change(api: Api, seed: int) -> None:
    source = random.Random(seed)
    await _walk_under_change(api, source, source.choice(SORTS), source.randint(1, 9))


async def _walk_under_change(api: Api, source: random.Random, sort: str, limit: int) -> None:
    first = await shelve(api, [row(number, source) for number in range(30)])
    passing = set(source.sample(first, 8))
    stable = set(first) - passing
    seen: list[str] = []
    cursor: dict[str, str] = {}
    number = 1000
    while True:
        page = (await api.get("/v1/books", sort=sort, limit=limit, **cursor)).json()
        seen += [book["id"] for book in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}
        await shelve(api, [row(number, source), row(number + 1, source)])
        number += 2
        if passing:
            await api.delete(f"/v1/books/{passing.pop()}")
    counted = [seen.count(identity) for identity in stable]
    assert counted == [1] * len(stable)
    assert len(seen) == len(set(seen))


async def test_a_cursor_belongs_to_its_list(api: Api) -> None:
    await shelve(api, [row(number, random.Random(1)) for number in range(5)])
    cursor = (await api.get("/v1/books", limit=1, sort="title")).json()["next_cursor"]
    for query in ({"sort": "-title"}, {"sort": "title", "language": "en"}, {}):
        answer = await api.get("/v1/books", cursor=cursor, **query)
        assert answer.json()["code"] == "invalid-cursor"
    stranger = api.signed_in(tenant="stranger")
    answer = await stranger.get("/v1/books", cursor=cursor, sort="title")
    assert answer.json()["code"] == "invalid-cursor"
    assert (await api.get("/v1/books", cursor=cursor, sort="title", limit=2)).status_code == 200


async def test_filters_say_what_they_mean(api: Api) -> None:
    await shelve(api, [row(number, random.Random(2)) for number in range(40)])
    everything = await walk(api, limit=50)

    async def chosen(**query: str) -> list[str]:
        return sorted(book["id"] for book in await walk(api, limit=50, **query))

    def expected(keep: Any) -> list[str]:
        return sorted(book["id"] for book in everything if keep(book))

    assert await chosen(language="de") == expected(lambda b: b["language"] == "de")
    assert await chosen(**{"language[in]": "de,en"}) == expected(lambda b: True)
    assert await chosen(**{"pages[gte]": "2"}) == expected(lambda b: (b["pages"] or 0) >= 2)
    assert await chosen(**{"pages[in]": "1,3"}) == expected(lambda b: b["pages"] in (1, 3))
    assert await chosen(**{"pages[in]": ""}) == []
    assert await chosen(**{"price[lte]": "0.1", "price[gte]": "0.10"}) == expected(
        lambda b: b["price"] == "0.1"
    )
    assert await chosen(**{"title[prefix]": "A"}) == expected(
        lambda b: b["title"].lower().startswith("a")
    )
    for wildcard in ("%", "_", "\\"):
        assert await chosen(**{"title[prefix]": wildcard}) == expected(
            lambda b, w=wildcard: b["title"].startswith(w)
        )
    assert await chosen(published_on="2020-01-01") == expected(
        lambda b: b["published_on"] == "2020-01-01"
    )
    assert await chosen(**{"created_at[gte]": "2100-01-01T00:00:00Z"}) == []
    assert await chosen(title="a' OR 1=1 --") == []


def test_a_page_can_start_in_an_index() -> None:
    # Row comparison, not a chain of ORs: the planner can begin where the cursor points.
    listing = Listing(Book, sorts={"title": Book.title}, default_sort="title")
    page = Page(
        listing=listing,
        limit=10,
        sort=listing._sort("title"),
        conditions=(),
        position=(literal("a"), literal("b")),
        bound_to=b"",
        seal=CursorSeal("key"),
    )
    sql = str(page.apply(listing.select()).compile())
    assert "(shelf_book.title, shelf_book.id) > (" in sql
    assert " OR " not in sql


def test_a_listing_checks_itself() -> None:
    with pytest.raises(ValueError, match="default_sort"):
        Listing(Book, sorts={"title": Book.title}, default_sort="-pages")
    listing = Listing(
        Book,
        sorts={"title": Book.title},
        filters={"title": prefixed(Book.title), "language": choice(Book.language, ["en"])},
        default_sort="title",
    )
    assert listing.parameter_names() == {
        "limit",
        "sort",
        "cursor",
        "title",
        "title[in]",
        "title[prefix]",
        "language",
        "language[in]",
    }


@given(st.lists(st.one_of(st.none(), st.text()), max_size=4), st.binary(max_size=40))
def test_a_seal_opens_only_where_it_was_closed(position: list[str | None], bound: bytes) -> None:
    seal = CursorSeal("key")
    cursor = seal.seal(position, bound)
    assert seal.open(cursor, bound) == position
    assert seal.seal(position, bound) != cursor
    with pytest.raises(EdgeProblem):
        seal.open(cursor, bound + b"x")
    with pytest.raises(EdgeProblem):
        CursorSeal("other").open(cursor, bound)
    flipped = cursor[:-5] + ("A" if cursor[-5] != "A" else "B") + cursor[-4:]
    with pytest.raises(EdgeProblem):
        seal.open(flipped, bound)
