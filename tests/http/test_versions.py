"""ETag and If-Match: nobody overwrites what they have not seen."""

import asyncio

import pytest

from servicekit.testing.http import Api

BOOK = {"title": "Dune", "isbn": "1", "price": "12.50"}


async def made(api: Api) -> str:
    return str((await api.post("/v1/books", BOOK)).json()["id"])


async def test_a_change_needs_the_version_it_was_made_from(api: Api) -> None:
    book = await made(api)
    answer = await api.patch(f"/v1/books/{book}", {"price": "1"})
    assert (answer.status_code, answer.json()["code"]) == (428, "if-match-missing")
    answer = await api.patch(f"/v1/books/{book}", {"price": "1"}, version=1)
    assert (answer.status_code, answer.headers["etag"]) == (200, '"2"')
    answer = await api.patch(f"/v1/books/{book}", {"price": "2"}, version=1)
    assert (answer.status_code, answer.json()["code"]) == (412, "stale")


@pytest.mark.parametrize("tag", ["*", 'W/"1"', "1", '"x"', '"1", "2"', "", '"' + "9" * 30 + '"'])
async def test_only_one_strong_tag_of_ours_will_do(api: Api, tag: str) -> None:
    book = await made(api)
    answer = await api.send("PATCH", f"/v1/books/{book}", {"price": "1"}, headers={"If-Match": tag})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "header.If-Match"


async def test_two_hundred_racing_edits_have_one_winner_a_version(api: Api) -> None:
    book = await made(api)

    async def edit(number: int) -> tuple[int, str | None]:
        answer = await api.patch(f"/v1/books/{book}", {"price": str(number)}, version=1)
        return answer.status_code, answer.headers.get("etag")

    outcomes = await asyncio.gather(*(edit(number) for number in range(200)))
    assert sorted(outcomes) == [(200, '"2"'), *[(412, None)] * 199]


async def test_a_read_may_be_spared(api: Api) -> None:
    book = await made(api)
    answer = await api.get(f"/v1/books/{book}", headers={"If-None-Match": '"1"'})
    assert (answer.status_code, answer.content) == (304, b"")
    answer = await api.get(f"/v1/books/{book}", headers={"If-None-Match": '"0"'})
    assert answer.status_code == 200


async def test_an_answer_rendered_before_the_flush_is_our_mistake(api: Api) -> None:
    book = await made(api)
    answer = await api.post(f"/v1/oddities/unflushed/{book}")
    assert answer.status_code == 500
    assert (await api.get(f"/v1/books/{book}")).json()["pages"] is None


async def test_removing_answers_nothing(api: Api) -> None:
    book = await made(api)
    answer = await api.delete(f"/v1/books/{book}", key="bye")
    assert (answer.status_code, answer.content) == (204, b"")
    again = await api.delete(f"/v1/books/{book}", key="bye")
    assert (again.status_code, again.headers["idempotency-replayed"]) == (204, "true")
    assert (await api.get(f"/v1/books/{book}")).status_code == 404
