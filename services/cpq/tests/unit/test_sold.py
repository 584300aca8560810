"""In which of its ways an item is sold, and what that makes of a line's term."""

from datetime import date

import pytest

from cpq.quotes.rules import AskedTerm, SellingModelDoesNotFit, Term, sold_by
from cpq.selling import Proration, SellingKind, SellingModel, TermUnit, Way

ONCE = SellingModel("once", SellingKind.ONE_OFF)
YEARLY = SellingModel("yearly", SellingKind.TERMED, TermUnit.YEAR)
THREE = SellingModel("three-years", SellingKind.TERMED, TermUnit.YEAR, 3)
OPEN = SellingModel("open", SellingKind.EVERGREEN, TermUnit.MONTH)
METERED = SellingModel("metered", SellingKind.USAGE)
DAYS, NONE = Proration.PERIOD_DAYS, Proration.NONE
MODELS = {model.key: model for model in (ONCE, YEARLY, THREE, OPEN, METERED)}
WAYS = [Way(ONCE, False, DAYS), Way(YEARLY, True, NONE), Way(OPEN, False, DAYS)]
DAY = date(2026, 1, 1)


@pytest.mark.parametrize(
    ("key", "asked", "ways", "sold_as", "term"),
    [
        # Nobody said how the item is sold: a key is a name, and a term says it all.
        (None, None, [], None, None),
        ("anything", AskedTerm(months=6), [], "anything", Term(months=6)),
        # By default, or in the only way that goes with the term.
        (None, None, WAYS, "yearly", Term(months=12, unit=TermUnit.YEAR, basis=NONE)),
        (None, AskedTerm(months=30), WAYS, "yearly",
         Term(months=30, unit=TermUnit.YEAR, basis=NONE)),
        (None, AskedTerm(evergreen=True), WAYS, "open", Term(evergreen=True)),
        (None, None, WAYS[:1], "once", None),
        # As somebody says.
        ("once", None, WAYS, "once", None),
        ("open", None, WAYS, "open", Term(evergreen=True)),
        ("three-years", None, [], "three-years", Term(months=36, unit=TermUnit.YEAR, count=3)),
        ("yearly", AskedTerm(end_on=DAY, unit=TermUnit.YEAR, count=1, basis=NONE), WAYS, "yearly",
         Term(end_on=DAY, unit=TermUnit.YEAR, basis=NONE)),
        ("metered", AskedTerm(months=3), [], "metered", Term(months=3)),
        # What was worked out before follows the model.
        ("yearly", Term(months=24), WAYS, "yearly",
         Term(months=24, unit=TermUnit.YEAR, basis=NONE)),
        ("open", Term(months=24), WAYS, "open", Term(months=24)),
    ],
)  # fmt: skip
def test_a_line_is_sold_as_its_item_is(
    key: str | None,
    asked: AskedTerm | Term | None,
    ways: list[Way],
    sold_as: str | None,
    term: Term | None,
) -> None:
    assert sold_by(key, asked, ways, MODELS, field="lines.3") == (sold_as, term)


@pytest.mark.parametrize(
    ("key", "asked", "place"),
    [
        ("three-years", None, "selling_model"),
        ("other", None, "selling_model"),
        ("once", AskedTerm(months=12), "term"),
        ("yearly", AskedTerm(evergreen=True), "term"),
        ("open", AskedTerm(months=12), "term"),
        ("yearly", AskedTerm(months=12, unit=TermUnit.MONTH), "term.unit"),
        ("yearly", AskedTerm(months=12, count=2), "term.count"),
        ("yearly", AskedTerm(months=12, basis=DAYS), "term.basis"),
    ],
)
def test_what_contradicts_how_the_item_is_sold_is_refused(
    key: str, asked: AskedTerm | None, place: str
) -> None:
    with pytest.raises(SellingModelDoesNotFit) as refused:
        sold_by(key, asked, WAYS, MODELS, field="lines.3")
    assert refused.value.field == f"lines.3.{place}"


def test_what_is_sold_once_is_sold_in_no_way_that_takes_time() -> None:
    assert sold_by(None, None, WAYS, MODELS, once=True, field="lines.0") == ("once", None)
    assert sold_by(None, None, [], MODELS, once=True, field="lines.0") == (None, None)
    for key, ways in ((None, WAYS[1:]), ("yearly", WAYS)):
        with pytest.raises(SellingModelDoesNotFit):
            sold_by(key, None, ways, MODELS, once=True, field="lines.0")


def test_an_item_is_sold_in_one_of_its_ways_or_not_at_all() -> None:
    for ways, asked in (
        (WAYS[::2], None),
        (WAYS[:1], AskedTerm(months=12)),
        (WAYS[2:], AskedTerm(months=12)),
    ):
        with pytest.raises(SellingModelDoesNotFit):
            sold_by(None, asked, ways, MODELS, field="lines.0")
