"""The page of benchmarks: each table is rewritten alone."""

from pathlib import Path

import pytest

from operations.bench.command import (
    CONFIGURATOR_FIGURES,
    FIGURES,
    PAGE,
    PRICING_FIGURES,
    QUOTING_FIGURES,
    write_page,
)
from operations.bench.figures import Figure

FOUND = [Figure("work", "conditions", "1 s", "2 s", True), Figure("more", "others", "3 s")]


def test_a_table_is_rewritten_and_all_else_stays(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("\n".join(("before", *FIGURES, "between", *CONFIGURATOR_FIGURES, "after")))
    write_page(FOUND, page, CONFIGURATOR_FIGURES, 1.25)
    once = page.read_text()
    assert once.startswith("\n".join(("before", *FIGURES, "between", CONFIGURATOR_FIGURES[0])))
    assert "| work | conditions | 1 s | 2 s | yes |" in once
    assert "| more | others | 3 s |  |  |" in once
    assert "load average 1.2 before" in once
    assert once.endswith("after")
    write_page(FOUND, page, CONFIGURATOR_FIGURES, 1.25)
    assert page.read_text() == once


def test_a_page_without_the_place_is_an_error(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("nothing here")
    with pytest.raises(RuntimeError, match="has no place"):
        write_page(FOUND, page)
    assert page.read_text() == "nothing here"


@pytest.mark.parametrize("marks", [FIGURES, CONFIGURATOR_FIGURES, PRICING_FIGURES, QUOTING_FIGURES])
def test_the_page_has_a_place_for_each_table(marks: tuple[str, str]) -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert text.count(marks[0]) == text.count(marks[1]) == 1
