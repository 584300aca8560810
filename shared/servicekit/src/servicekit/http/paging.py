"""Lists: one convention for paging, filters and sorts.

    ?limit=50&sort=-created_at&tier=gold&created_at[gte]=2026-01-01T00:00:00Z&cursor=...

Keyset, never OFFSET: a page costs the same however far down it is, and a row
that existed throughout a walk is seen exactly once, whatever is inserted or
deleted meanwhile.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, NamedTuple, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import ColumnElement, Select, and_, literal, or_, select, tuple_
from sqlalchemy.orm import InstrumentedAttribute
from starlette.requests import Request

from servicekit.http.cursors import CursorSeal
from servicekit.http.filters import Filter, as_filter, column_type, parameter_schema, text_codec
from servicekit.http.problems import INVALID_CURSOR, EdgeProblem, invalid
from servicekit.http.schemas import Out
from servicekit.uow import ReadSession

T = TypeVar("T")
ItemT = TypeVar("ItemT", bound=BaseModel)

DEFAULT_LIMIT = 50
LARGEST_LIMIT = 200

SortColumn = InstrumentedAttribute[Any] | ColumnElement[Any]


@dataclass(frozen=True, slots=True)
class Fetched(Generic[T]):
    """One page of rows, and where the next one starts."""

    rows: Sequence[T]
    next_cursor: str | None


class PageOut(Out, Generic[ItemT]):
    """A page of a list. `next_cursor` is null on the last page."""

    # pydantic looks for the docstrings of `PageOut[...]` where it is written, and finds no class.
    model_config = ConfigDict(
        use_attribute_docstrings=False,
        json_schema_extra={"description": "A page of a list; `next_cursor` is null on the last."},
    )

    items: list[ItemT] = Field(description="The items of this page, in the order asked for.")
    next_cursor: str | None = Field(description="Give it as `cursor` for the next page.")

    @classmethod
    def of(cls, fetched: Fetched[T], render: Callable[[T], ItemT]) -> Self:
        """Render each row of a page."""
        return cls(items=[render(row) for row in fetched.rows], next_cursor=fetched.next_cursor)

    @classmethod
    def model_parametrized_name(cls, params: tuple[Any, ...]) -> str:
        """`CustomerPage` rather than `PageOut_CustomerOut_` in the API document."""
        return f"{params[0].__name__.removesuffix('Out')}Page"


class _Sort(NamedTuple):
    name: str
    column: SortColumn
    descending: bool
    nullable: bool


@dataclass(frozen=True, slots=True)
class Page:
    """What a client asked of a list: filters, sort, limit and where to go on."""

    listing: "Listing"
    limit: int
    sort: _Sort
    conditions: tuple[ColumnElement[bool], ...]
    position: tuple[Any, ...] | None
    bound_to: bytes
    seal: CursorSeal

    def apply(self, statement: Select[Any]) -> Select[Any]:
        """`statement` with the filters, the order, the start and one row beyond the limit."""
        keys = self.listing.keys
        if self.position is not None:
            statement = statement.where(self._after(self.position))
        order = (self.sort.column, *keys)
        ordered = [key.desc() if self.sort.descending else key.asc() for key in order]
        return statement.where(*self.conditions).order_by(*ordered).limit(self.limit + 1)

    async def fetch(self, reads: ReadSession, statement: Select[T]) -> Fetched[T]:
        """This page of `statement`, a select of one entity, in the caller's tenant."""
        rows = (await reads.session.execute(self.apply(statement))).scalars().all()
        return self.close(rows)

    async def fetch_rows(self, reads: ReadSession, statement: Select[Any]) -> Fetched[Any]:
        """This page of `statement`, a select of columns that include the sort and key columns."""
        rows = (await reads.session.execute(self.apply(statement))).all()
        return self.close(rows)

    def close(self, rows: Sequence[T]) -> Fetched[T]:
        """Cut the row beyond the limit off and make the cursor that leads to it."""
        if len(rows) <= self.limit:
            return Fetched(rows, None)
        rows = rows[: self.limit]
        last = rows[-1]
        position: list[str | None] = []
        for column in (self.sort.column, *self.listing.keys):
            value = getattr(last, _attribute(column))
            position.append(None if value is None else text_codec(column).write(value))
        return Fetched(rows, self.seal.seal(position, self.bound_to))

    def _after(self, position: tuple[Any, ...]) -> ColumnElement[bool]:
        # PostgreSQL's own default puts NULL above every value: last when
        # ascending, first when descending. Following it keeps plain indexes usable.
        column, descending = self.sort.column, self.sort.descending
        keys = self.listing.keys
        value, key_values = position[0], position[1:]
        keys_after = (
            tuple_(*keys) < tuple_(*key_values)
            if descending
            else tuple_(*keys) > tuple_(*key_values)
        )
        if not self.sort.nullable:
            whole = tuple_(column, *keys)
            return whole < tuple_(*position) if descending else whole > tuple_(*position)
        if value is None:
            same = and_(column.is_(None), keys_after)
            return or_(same, column.is_not(None)) if descending else same
        tie = and_(column == value, keys_after)
        if descending:
            return or_(column < value, tie)
        return or_(column > value, tie, column.is_(None))


class Listing:
    """How one list may be filtered and sorted; use it as `Annotated[Page, Depends(LISTING)]`.

    `sorts` maps a public name to a column of `model`; `default_sort` is one of
    them, with `-` for descending. `filters` maps a public name to a column
    (equality and `[in]`; for numbers and times also `[gte]` and `[lte]`) or to
    `prefixed(column)` (also `[prefix]`). `keys` breaks ties; `model.id` unless
    given.
    """

    def __init__(
        self,
        model: type[Any],
        *,
        sorts: Mapping[str, SortColumn],
        filters: Mapping[str, SortColumn | Filter] | None = None,
        default_sort: str,
        keys: Sequence[SortColumn] | None = None,
    ) -> None:
        self.model = model
        self.sorts = dict(sorts)
        self.filters = {name: as_filter(spec) for name, spec in (filters or {}).items()}
        self.default_sort = default_sort
        self.keys = tuple(keys) if keys is not None else (model.id,)
        if default_sort.removeprefix("-") not in self.sorts:
            raise ValueError(f"default_sort {default_sort!r} is not among the sorts")

    def select(self) -> Select[Any]:
        """All rows of the model: the statement of a plain list."""
        return select(self.model)

    def __call__(self, request: Request) -> Page:
        """Read the query string; raises EdgeProblem(invalid-input, invalid-cursor)."""
        query = request.query_params
        exchange = request.scope["tradewind"]
        sort = self._sort(query.get("sort"))
        conditions: list[ColumnElement[bool]] = []
        bound = [exchange.principal.tenant, request.scope["path"], sort.name, str(sort.descending)]
        for key in sorted(query.keys()):
            if key in ("limit", "sort", "cursor"):
                continue
            name, operator = _split(key)
            found = self.filters.get(name)
            if found is None:
                continue  # A parameter of the endpoint itself; unknown ones were refused before.
            conditions.append(found.condition(key, operator, query[key]))
            bound.append(f"{key}={query[key]}")
        bound_to = "\0".join(bound).encode("utf-8", "surrogatepass")
        cursor = query.get("cursor")
        seal: CursorSeal = exchange.edge.seal
        position = None if not cursor else self._position(seal.open(cursor, bound_to), sort)
        return Page(
            self, _limit(query.get("limit")), sort, tuple(conditions), position, bound_to, seal
        )

    def parameter_names(self) -> set[str]:
        """Every query parameter this list understands."""
        names = {"limit", "sort", "cursor"}
        for name, found in self.filters.items():
            names |= {name if op == "eq" else f"{name}[{op}]" for op in found.operators}
        return names

    def parameters(self) -> list[dict[str, Any]]:
        """The query parameters for the OpenAPI document."""
        both = [name for sort in self.sorts for name in (sort, f"-{sort}")]
        described: list[dict[str, Any]] = [
            _parameter(
                "limit",
                "How many items a page holds.",
                {
                    "type": "integer",
                    "minimum": 1,
                    "maximum": LARGEST_LIMIT,
                    "default": DEFAULT_LIMIT,
                },
            ),
            _parameter(
                "cursor",
                "`next_cursor` of the page before; valid for the same filters and sort.",
                {"type": "string", "maxLength": 4000},
            ),
            _parameter(
                "sort",
                "The order; `-` in front turns it round.",
                {"type": "string", "enum": both, "default": self.default_sort},
            ),
        ]
        for name, found in self.filters.items():
            for operator in found.operators:
                shown = name if operator == "eq" else f"{name}[{operator}]"
                described.append(
                    _parameter(shown, found.describe(operator), parameter_schema(found, operator))
                )
        return described

    def _sort(self, asked: str | None) -> _Sort:
        asked = self.default_sort if asked is None else asked
        name = asked.removeprefix("-")
        column = self.sorts.get(name)
        if column is None:
            raise invalid("query.sort", f"Sort by one of: {', '.join(self.sorts)}.", "unknown-sort")
        return _Sort(name, column, asked.startswith("-"), _nullable(column))

    def _position(self, parts: list[str | None], sort: _Sort) -> tuple[Any, ...]:
        columns = (sort.column, *self.keys)
        if len(parts) != len(columns):
            raise EdgeProblem(INVALID_CURSOR, "The cursor was made by another version.")
        return tuple(
            None if part is None else _restore(column, part)
            for part, column in zip(parts, columns, strict=True)
        )


def _split(key: str) -> tuple[str, str]:
    name, bracket, rest = key.partition("[")
    return (name, rest[:-1]) if bracket and rest.endswith("]") else (key, "eq")


def _limit(text: str | None) -> int:
    if text is None:
        return DEFAULT_LIMIT
    if not text.isascii() or not text.isdigit() or len(text) > 9 or not 1 <= int(text) <= 200:
        raise invalid(
            "query.limit", f"Use a whole number from 1 to {LARGEST_LIMIT}.", "out-of-range"
        )
    return int(text)


def _restore(column: SortColumn, part: str) -> Any:
    codec = text_codec(column)
    value = (codec.restore or codec.read)(part)
    # Typed like the column: the driver must not guess a zone-less timestamp.
    return literal(value, column.type)


def _nullable(column: SortColumn) -> bool:
    # Expressions do not know; treating them as nullable is always right.
    return bool(getattr(getattr(column, "expression", column), "nullable", True))


def _attribute(column: SortColumn) -> str:
    key = getattr(column, "key", None)
    if not isinstance(key, str):
        raise TypeError("sort by a named column or a labelled expression")
    return key


def _parameter(name: str, description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": name,
        "in": "query",
        "required": False,
        "description": description,
        "schema": schema,
    }


__all__ = ["Fetched", "Listing", "Page", "PageOut", "column_type"]
