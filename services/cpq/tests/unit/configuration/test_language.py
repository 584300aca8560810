"""The text form of expressions: what is read, what is written, what is refused and where."""

import re
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpq.configuration.expressions import (
    And,
    AttributeOf,
    Compare,
    Comparison,
    Constant,
    CountOf,
    Equivalent,
    Expression,
    FactOf,
    Implies,
    Measure,
    MeasureOf,
    Not,
    Or,
    Product,
    Quantity,
    Selected,
    Sum,
    walk,
)
from cpq.configuration.language import (
    DEEPEST,
    LONGEST,
    ExpressionCannotBeRead,
    ExpressionIsTooLarge,
    Place,
    parse,
    read,
    unparse,
)
from cpq.configuration.testing.expressions import any_expressions

A, B, C = Selected("a"), Selected("b"), Selected("c")
X, Y, Z = Quantity("x"), Quantity("y"), Quantity("z")
PRICE, COST = MeasureOf(Measure.PRICE), MeasureOf(Measure.COST)


def number(text: str) -> Constant:
    return Constant(Decimal(text))


def minus(term: Expression) -> Expression:
    return Product(number("-1"), term)


def same(left: Expression, right: Expression) -> bool:
    """Equal, and with constants of the same type: to Python, True equals 1."""
    types = [
        [type(part.value) for part in walk(side) if isinstance(part, Constant)]
        for side in (left, right)
    ]
    return left == right and types[0] == types[1]


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("a", A),
        ("`a b`", Selected("a b")),
        ("`a``b`", Selected("a`b")),
        ("größe", Selected("größe")),
        ("a.colour", AttributeOf("a", "colour")),
        ("`a`.`in`", AttributeOf("a", "in")),
        ("qty (x)", X),
        ("qty and count", And((Selected("qty"), Selected("count")))),
        ("@tier", FactOf("tier")),
        ("@`price`", FactOf("price")),
        ("@price_list", FactOf("price_list")),
        ("@delivery_days", MeasureOf(Measure.DELIVERY_DAYS)),
        ("true", Constant(True)),
        ('"\\u00e9\\n\\""', Constant('é\n"')),
        ('date("1970-02-01")', number("31")),
        ('date("1969-12-31")', number("-1")),
        ("0.125", number("0.125")),
        ("-3", number("-3")),
        ("- -3", number("3")),
        ("-qty(x)", minus(X)),
        # From loose to tight.
        ("a <=> b <=> c", Equivalent(Equivalent(A, B), C)),
        ("a => b => c", Implies(A, Implies(B, C))),
        ("a => b <=> c", Equivalent(Implies(A, B), C)),
        ("a or b => c", Implies(Or((A, B)), C)),
        ("a or b and c", Or((A, And((B, C))))),
        ("(a or b) and c", And((Or((A, B)), C))),
        ("a || b && !c", Or((A, And((B, Not(C)))))),
        ("a and b and c", And((A, B, C))),
        ("a and (b and c)", And((A, And((B, C))))),
        ("not a and b", And((Not(A), B))),
        ("not qty(x) == 1", Not(Compare(Comparison.EQUAL, X, number("1")))),
        ("qty(x) + qty(y) < 3", Compare(Comparison.LESS, Sum((X, Y)), number("3"))),
        ("qty(x) - qty(y) * qty(z)", Sum((X, minus(Product(Y, Z))))),
        ("qty(x) - 2 + 1", Sum((X, number("-2"), number("1")))),
        ("qty(x) * qty(y) * qty(z)", Product(Product(X, Y), Z)),
        ("-qty(x) * qty(y)", Product(minus(X), Y)),
        ("count(a, b or c)", CountOf((A, Or((B, C))))),
        ("count()", CountOf(())),
        ("sum(qty(x))", Sum((X,))),
        ("all(a)", And((A,))),
        ("any()", Or(())),
        (
            '@tier in ("gold", "silver")',
            Or(
                (
                    Compare(Comparison.EQUAL, FactOf("tier"), Constant("gold")),
                    Compare(Comparison.EQUAL, FactOf("tier"), Constant("silver")),
                )
            ),
        ),
        ("qty(x) in (-1)", Compare(Comparison.EQUAL, X, number("-1"))),
        (
            "qty(x) not in (1, 2)",
            And(
                (
                    Compare(Comparison.DIFFERENT, X, number("1")),
                    Compare(Comparison.DIFFERENT, X, number("2")),
                )
            ),
        ),
        ("a == true", A),
        ("false != a", A),
        ("a.on == false", Not(AttributeOf("a", "on"))),
        ("a != true", Not(A)),
    ],
)
def test_a_text_means(text: str, meant: Expression) -> None:
    assert same(parse(text), meant)


@pytest.mark.parametrize(
    ("text", "comparison"),
    [("@margin >= 0.3", Comparison.AT_LEAST), ("0.3 > @margin", Comparison.LESS)],
)
def test_a_margin_is_compared_without_division(text: str, comparison: Comparison) -> None:
    profit = Sum((PRICE, minus(COST)))
    assert parse(text) == Compare(comparison, profit, Product(number("0.3"), PRICE))


@pytest.mark.parametrize(
    "text",
    ["@margin", "@margin + 1 > 2", "@margin > @price", "@margin == true", "@margin in (0.1, 0.2)"],
)
def test_a_margin_stands_only_beside_a_number(text: str) -> None:
    with pytest.raises(ExpressionCannotBeRead) as refused:
        parse(f"a and\n  {text}")
    assert refused.value.context["line"] == 2
    assert "compared with a number" in refused.value.detail


@given(any_expressions())
def test_what_is_written_is_read_back(expression: Expression) -> None:
    assert same(parse(unparse(expression)), expression)


def test_texts_are_written_as_people_write_them() -> None:
    for text in (
        "a and not b => qty(x) <= 2 * qty(y)",
        '@tier in ("gold", "silver") or a.colour not in ("red", "blue")',
        "qty(x) - 3 - qty(y) >= -1",
        "not (qty(x) == 1)",
        "`a b`.`in` <=> (a or b)",
    ):
        assert unparse(parse(text)) == text.replace("(a or b)", "a or b")


def test_a_date_is_written_as_one_beside_a_fact_that_is_a_date() -> None:
    text = 'date("2026-01-01") <= @day and @day not in (date("2026-05-01"), date("2026-12-25"))'
    assert unparse(parse(text), dates={"day"}) == text
    assert unparse(parse("@day < 0.5"), dates={"day"}) == "@day < 0.5"
    assert unparse(parse("@day < 99999999"), dates={"day"}) == "@day < 99999999"


@pytest.mark.parametrize(
    ("text", "line", "column", "expected"),
    [
        ("", 1, 1, "a name"),
        ("a and", 1, 6, "a name"),
        ("a\n  b", 2, 3, "'and'"),
        ("(a", 1, 3, "')'"),
        ("qty(a", 1, 6, "')'"),
        ("qty()", 1, 5, "a name"),
        ("a..b", 1, 3, "a name"),
        ("a.b.c", 1, 4, "'and'"),
        ("1e5", 1, 2, "the end"),
        ("a in ()", 1, 7, "a number"),
        ("a in (b)", 1, 7, "a number"),
        ("qty(x) < 1 < 2", 1, 12, "'and'"),
        ("a = b", 1, 3, None),
        ('a == "x', 1, 6, None),
        ("`a", 1, 1, None),
        ("a ? b", 1, 3, None),
        ("@", 1, 1, None),
        ("@ tier", 1, 1, None),
        ('"\\x"', 1, 1, None),
        ('a and date("2026-02-30") > 1', 1, 12, None),
    ],
)
def test_what_cannot_be_read_is_refused_where_it_stands(
    text: str, line: int, column: int, expected: str | None
) -> None:
    with pytest.raises(ExpressionCannotBeRead) as refused:
        parse(text)
    context = refused.value.context
    assert (context["line"], context["column"]) == (line, column)
    assert refused.value.detail.startswith(f"line {line}, column {column}: ")
    assert expected is None or expected in context["expected"]


def test_parts_know_where_they_stand() -> None:
    parsed = read("a and\n x.y == 3")
    assert isinstance(parsed.expression, And)
    compared = parsed.expression.operands[1]
    assert parsed.place(parsed.expression) == Place(1, 3)
    assert isinstance(compared, Compare)
    assert [parsed.place(part) for part in (compared, compared.left, compared.right)] == [
        Place(2, 6),
        Place(2, 2),
        Place(2, 9),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "a" * (LONGEST + 1),
        "not " * 20_000 + "a",
        "-" * 5000 + "qty(x) > 0",
        " => ".join(["a"] * 5000),
        " * ".join(["qty(x)"] * 5000),
        "(a and " * 5000 + "a" + ")" * 5000,
        "count(" * 5000 + ")" * 5000,
        "9" * 5000,
    ],
)
def test_too_much_is_refused_and_not_followed(text: str) -> None:
    with pytest.raises(ExpressionIsTooLarge):
        parse(text)


def test_long_lists_and_parentheses_are_not_deep() -> None:
    long = parse(" + ".join(["qty(x)"] * 5000))
    assert isinstance(long, Sum)
    assert len(long.terms) == 5000
    assert parse("(" * 5000 + "a" + ")" * 5000) == A


def test_what_can_be_read_no_more_is_not_written() -> None:
    deep: Expression = A
    for _ in range(DEEPEST - 1):
        deep = Not(deep)
    assert parse(unparse(deep)) == deep
    for too_much in (Not(deep), number("1E+50"), number("Infinity"), number("1E+999999")):
        with pytest.raises(ExpressionIsTooLarge):
            unparse(too_much)


WORDS = re.findall(
    r"\S+|\n",
    r"""a x.y `b` `c qty( count( sum( all( any( date( ( ) , . + - * ! not and or && || => <=> == !=
    < <= > >= = in @tier @margin @price @ "t" " ` 1 2.5 true false \ ? é""",
)


@given(st.lists(st.sampled_from(WORDS), max_size=30).map(" ".join) | st.text(max_size=60))
def test_any_text_is_read_or_refused_by_name(text: str) -> None:
    try:
        expression = parse(text)
    except (ExpressionCannotBeRead, ExpressionIsTooLarge):
        return
    assert same(parse(unparse(expression)), expression)
