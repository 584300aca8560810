"""Many rows in one request: each is kept or refused by itself."""

from typing import Any

from servicekit.testing.http import Api


def book(number: int, **more: Any) -> dict[str, Any]:
    return {"title": f"Book {number}", "isbn": str(number), "price": "1", **more}


async def test_each_row_is_answered_by_itself(api: Api) -> None:
    await api.post("/v1/books", book(1))
    rows = [
        book(0),
        book(1),
        book(2, price=2),
        book(3, title="Book 0"),
        "nonsense",
        book(5),
        book(6, extra=1, pages="x"),
    ]
    answer = await api.post("/v1/books/bulk", {"rows": rows})
    body = answer.json()
    assert answer.status_code == 200, answer.text
    statuses = [result["status"] for result in body["results"]]
    assert statuses == [
        "created",
        "unchanged",
        "refused",
        "refused",
        "refused",
        "created",
        "refused",
    ]
    assert [result["index"] for result in body["results"]] == list(range(7))
    assert (body["created"], body["unchanged"], body["refused"]) == (2, 1, 4)
    problems = [result["problem"] for result in body["results"]]
    assert problems[2]["errors"][0]["field"] == "price"
    assert problems[4]["code"] == "invalid-input"
    assert {error["field"] for error in problems[6]["errors"]} == {"extra", "pages"}
    listed = (await api.get("/v1/books")).json()["items"]
    assert sorted(found["isbn"] for found in listed) == ["0", "1", "5"]


async def test_the_same_rows_again_change_nothing(api: Api) -> None:
    rows = {"rows": [book(number) for number in range(10)]}
    first = (await api.post("/v1/books/bulk", rows)).json()
    again = (await api.post("/v1/books/bulk", rows)).json()
    assert (first["created"], again["unchanged"]) == (10, 10)
    assert [r["id"] for r in first["results"]] == [r["id"] for r in again["results"]]


async def test_rows_are_bounded_in_number(api: Api) -> None:
    for rows in ([], [book(n) for n in range(1_001)], {}):
        answer = await api.post("/v1/books/bulk", {"rows": rows})
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["field"] == "rows"
