from servicekit.testing.http import Api


async def test_a_book_goes_on_the_shelf_and_is_found_there(api: Api) -> None:
    made = await api.post("/v1/books", {"title": "Dune", "isbn": "1", "price": "12.50"})
    assert made.status_code == 201, made.text
    assert made.headers["etag"] == '"1"'
    found = await api.get(made.headers["location"])
    assert found.status_code == 200, found.text
    assert found.json() == made.json()
    listed = await api.get("/v1/books", **{"title[prefix]": "du", "sort": "title"})
    assert listed.json() == {"items": [made.json()], "next_cursor": None}
