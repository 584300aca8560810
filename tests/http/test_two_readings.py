"""What could be read in two ways is refused: a name or a header given twice."""

import json
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from servicekit.http.problems import EdgeProblem
from servicekit.http.requests import parse_json
from servicekit.testing.http import Api

from .test_bad_input import GOOD, problem

LONG = "x" * 999


@pytest.mark.parametrize(
    ("raw", "field", "pointer"),
    [
        ('{"title": "a", "title": "b"}', "title", "/title"),
        ('{"title": "a", "title": "a"}', "title", "/title"),
        ('{"title" :1, "t\\u0069tle"\n: 2}', "title", "/title"),
        ('{"title": "a: b", "isbn": "\\":", "isbn": "2"}', "isbn", "/isbn"),
        ('{"shelves": [{}, {"row": 1, "row": 2}]}', "shelves.1.row", "/shelves/1/row"),
        ('{"shelves": [{"row": 1, "row": 2}], "shelves": []}', "shelves", "/shelves"),
        ('{"a~/b": 1, "a~/b": 2}', "a~/b", "/a~0~1b"),
        ('{"": 1, "": 2}', "body", "/"),
        ('{"\\u0000": 1, "\\u0000": 2}', "body", "/"),
        (f'{{"{LONG}": 1, "{LONG}": 2}}', "x" * 80, f"/{'x' * 80}"),
    ],
)
async def test_a_name_given_twice_is_refused(api: Api, raw: str, field: str, pointer: str) -> None:
    found = problem(await api.post("/v1/books", raw.encode()), 422, "invalid-input")
    [error] = found["errors"]
    assert (error["field"], error["code"]) == (field, "repeated")
    assert f" {pointer} is there" in error["message"]


async def test_depth_is_bounded_in_what_a_repeated_name_hides(api: Api) -> None:
    hidden = b'{"title": ' + b"[" * 1_000 + b"]" * 1_000 + b', "title": "Dune", "isbn": "1"}'
    problem(await api.post("/v1/books", hidden), 400, "malformed-json")


async def test_texts_may_look_like_names(api: Api) -> None:
    """The control: colons and quotes in texts are no names, and equal names of two objects fine."""
    shelves = [{"row": 1, "label": "a"}, {"row": 2, "label": "a"}]
    body = {**GOOD, "title": '"title": "title":', "isbn": "x", "shelves": shelves}
    answer = await api.post("/v1/books", body)
    assert answer.status_code == 201, answer.text


names = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc"], exclude_characters="\ufffe\uffff"),
    max_size=3,
)
documents = st.recursive(
    st.none() | st.text('":\\ab {}', max_size=6) | st.integers(-9, 9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
)


@given(documents, st.booleans())
def test_a_document_without_repeated_names_is_read_as_it_is(document: object, lines: bool) -> None:
    raw = json.dumps(document, indent=1 if lines else None, separators=(" , ", " : "))
    assert parse_json(raw.encode()) == document


@given(st.dictionaries(names, documents, min_size=1, max_size=3), st.data())
def test_a_repeated_name_is_found_wherever_it_stands(
    members: dict[str, object], data: st.DataObject
) -> None:
    again = data.draw(st.sampled_from(sorted(members)))
    at = data.draw(st.integers(0, len(members)))
    pairs = [f"{json.dumps(name)}:{json.dumps(value)}" for name, value in members.items()]
    pairs.insert(at, f"{json.dumps(again)}: {json.dumps(data.draw(documents))}")
    raw = '[{"a": {' + ", ".join(pairs) + "}}]"
    with pytest.raises(EdgeProblem) as caught:
        parse_json(raw.encode())
    assert caught.value.errors[0].code == "repeated"


@pytest.mark.parametrize(
    ("name", "second"),
    [
        ("Authorization", "Bearer of.somebody.else"),
        ("Idempotency-Key", "another"),
        ("If-Match", '"7"'),
        ("Content-Type", "application/json"),
        ("Host", "elsewhere.test"),
    ],
)
async def test_a_header_sent_twice_is_refused_by_name(api: Api, name: str, second: str) -> None:
    made = (await api.post("/v1/books", {**GOOD, "title": name, "isbn": name})).json()
    headers = [
        ("Authorization", f"Bearer {api.token}"),
        ("Idempotency-Key", "one"),
        ("If-Match", '"1"'),
        ("Content-Type", "application/json"),
        ("Host", "service.test"),
    ]
    patch = partial(api.client.patch, f"/v1/books/{made['id']}", content=b'{"price": "9"}')
    for sent in ([*headers, (name.lower(), second)], [(name.upper(), second), *headers]):
        found = problem(await patch(headers=sent), 400, "malformed-request")
        [error] = found["errors"]
        assert (error["field"], error["code"]) == (f"header.{name}", "repeated")
    once = await patch(headers=headers)
    assert once.status_code == 200, once.text


async def test_headers_sent_twice_that_decide_nothing_are_let_pass(api: Api) -> None:
    """The control: proxies repeat these lawfully (RFC 9110, section 5.2)."""
    twice = [("Accept", "application/json"), ("Accept", "*/*"), ("Via", "1.1 a"), ("Via", "1.1 b")]
    answer = await api.client.get(
        "/v1/books", headers=[("Authorization", f"Bearer {api.token}"), *twice]
    )
    assert answer.status_code == 200, answer.text
