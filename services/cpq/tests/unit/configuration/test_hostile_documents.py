"""Documents that no writer of canonical JSON takes are refused as documents, not as failures."""

from typing import Any

import pytest

from cpq.catalog.service.documents import checked_document
from cpq.configuration.document import Flaw, ModelCannotBeRead


def nested(levels: int) -> dict[str, Any]:
    node: dict[str, Any] = {"key": "n0"}
    for level in range(1, levels):
        node = {"key": f"n{level}", "groups": [{"key": f"g{level}", "members": [node]}]}
    return {"key": "m", "root": node}


def lists(levels: int) -> Any:
    inner: Any = 1
    for _ in range(levels):
        inner = [inner]
    return inner


@pytest.mark.parametrize(
    ("document", "flaw"),
    [
        (nested(100), Flaw.TOO_MANY),
        ({"key": "m", "root": {"key": "r"}, "more": lists(500)}, Flaw.UNKNOWN_MEMBER),
        ({"key": "m", "root": {"key": "r", "price": 10**30}}, Flaw.TOO_MANY),
        ({"key": "m", "root": {"key": "r"}, "name": 10**30}, Flaw.WRONG_TYPE),
        ({"key": "\ud800", "root": {"key": "r"}}, Flaw.NOT_ALLOWED),
    ],
)
async def test_a_document_that_cannot_be_written_is_refused_where_it_is_wrong(
    document: dict[str, Any], flaw: Flaw
) -> None:
    with pytest.raises(ModelCannotBeRead) as refused:
        await checked_document(document)
    assert flaw in {problem.flaw for problem in refused.value.problems}


async def test_the_deepest_document_can_be_kept() -> None:
    document = nested(60)
    document["root"]["attributes"] = [
        {"code": "a", "type": "enumeration", "options": [{"code": "x"}]}
    ]
    assert (await checked_document(document)).model.root.attributes[0].options[0].code == "x"
