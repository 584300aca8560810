"""Who may reads who did what to a document, with its seal, of the own tenant alone."""

from typing import Any

from servicekit.audit.sealing import seal_batch
from servicekit.testing.http import Api
from servicekit.testing.postgres import Databases
from servicekit.testing.shelf.service import service

BOOK = {"title": "Dune", "isbn": "1", "price": "12.50"}


async def trail_of(api: Api, **asked: str) -> list[dict[str, Any]]:
    answer = await api.get("/v1/audit-entries", **asked)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def test_a_document_tells_its_history_and_an_entry_its_place_in_the_chain(
    databases: Databases,
) -> None:
    async with databases.of(service) as database, Api.of(database) as api:
        books = [
            (await api.post("/v1/books", BOOK | {"title": title, "isbn": title})).json()["id"]
            for title in ("Dune", "Emma")
        ]
        [entry] = await trail_of(api, subject_id=books[0])
        assert entry["action"] == "shelf.book-created"
        assert (entry["subject_type"], entry["details"]) == ("book", {"isbn": "Dune"})
        assert (entry["position"], entry["hash"]) == (None, None)
        assert [one["subject_id"] for one in await trail_of(api)] == books[::-1]

        async with database.platform.connection() as connection:
            assert await seal_batch(connection, "shelf", limit=1000) == 2
        second, first = await trail_of(api, **{"action[prefix]": "shelf."})
        assert (first["position"], second["position"]) == (1, 2)
        assert len(first["hash"]) == len(second["hash"]) == 64

        assert await trail_of(api.signed_in(tenant="another")) == []
        reader = await api.signed_in(roles=["reader"]).get("/v1/audit-entries")
        assert (reader.status_code, reader.json()["code"]) == (403, "permission-missing")
