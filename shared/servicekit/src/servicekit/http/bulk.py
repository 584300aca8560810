"""Bulk commands: many rows in one request, each kept or refused by itself.

    class ItemsIn(BulkIn[ItemIn]): ...

    @router.post("/bulk", permission="erp.items.write", max_body_bytes=BULK_BODY_BYTES)
    async def create_items(body: ItemsIn, uow: Writes) -> BulkOut:
        return await each_row(uow, body, lambda row: service.create_item(uow, row))

A row that does not have the right form, or that a rule refuses, is reported
with its problem and leaves nothing behind; the others commit together. Rows
carry `external_reference`, so a second run answers `unchanged`.
"""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Annotated, Any, Generic, Literal, Self, TypeVar, cast
from uuid import UUID

from pydantic import (
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    ValidationError,
    ValidatorFunctionWrapHandler,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema
from sqlalchemy.exc import DBAPIError

from servicekit.errors import Refusal
from servicekit.http.failures import explain
from servicekit.http.problems import CONFLICT, INVALID_INPUT, Problem, body_of, refusal_body
from servicekit.http.schemas import In, Out
from servicekit.http.validation import field_errors
from servicekit.uow import UnitOfWork

RowT = TypeVar("RowT", bound=In)

LARGEST_BULK = 1_000
BULK_BODY_BYTES = 8_000_000

Status = Literal["created", "unchanged", "refused"]


@dataclass(frozen=True, slots=True)
class MalformedRow:
    """A row that does not have the form of its type, and why."""

    problem: dict[str, Any]


class _KeptApart:
    """Lets one malformed row be a refusal of that row rather than of the whole request."""

    def __get_pydantic_core_schema__(
        self, source: type[Any], handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.no_info_wrap_validator_function(_row_or_problem, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return handler(schema)


def _row_or_problem(value: object, handler: ValidatorFunctionWrapHandler) -> object:
    if isinstance(value, MalformedRow):
        return value
    try:
        return handler(value)
    except ValidationError as error:
        errors = field_errors(error.errors(include_url=False, include_input=False))
        first = errors[0]
        return MalformedRow(
            body_of(INVALID_INPUT, f"{first.field}: {first.message}", instance="", errors=errors)
        )


class BulkIn(In, Generic[RowT]):
    """Up to 1000 rows. Iterate `good()`; `malformed()` are reported by the helpers."""

    # pydantic looks for the docstrings of `BulkIn[...]` where it is written, and finds no class.
    model_config = ConfigDict(
        use_attribute_docstrings=False,
        json_schema_extra={"description": f"Up to {LARGEST_BULK} rows."},
    )

    rows: Annotated[
        list[Annotated[RowT, _KeptApart()]],
        Field(
            min_length=1,
            max_length=LARGEST_BULK,
            description="What to record, up to 1000; each row is kept or refused by itself.",
        ),
    ]

    def good(self) -> list[tuple[int, RowT]]:
        """The rows of the right form, with their index."""
        rows: list[object] = [*self.rows]
        return [
            (at, cast("RowT", row))
            for at, row in enumerate(rows)
            if not isinstance(row, MalformedRow)
        ]

    def malformed(self) -> list["BulkResult"]:
        """The results of the rows that do not have the right form."""
        rows: list[object] = [*self.rows]
        return [
            BulkResult(index=at, status="refused", problem=Problem.model_validate(row.problem))
            for at, row in enumerate(rows)
            if isinstance(row, MalformedRow)
        ]

    @classmethod
    def model_parametrized_name(cls, params: tuple[Any, ...]) -> str:
        """`ItemRows` rather than `BulkIn_ItemIn_` in the API document."""
        return f"{params[0].__name__.removesuffix('In')}Rows"


class BulkResult(Out):
    """What became of one row."""

    index: int
    """Which row of the request, counted from 0."""
    status: Status
    """`unchanged`: it was there already and nothing was done."""
    id: UUID | None = None
    """The identifier of what the row stands for; null when it was refused."""
    problem: Problem | None = None
    """Why the row was refused; null when it was not."""


class BulkOut(Out):
    """What became of each row, in the order of the request."""

    results: list[BulkResult]
    """One result for each row."""
    created: int
    """How many rows were recorded."""
    unchanged: int
    """How many were there already."""
    refused: int
    """How many were refused, and left nothing behind."""

    @classmethod
    def of(cls, results: Iterable[BulkResult]) -> Self:
        """Sort and count the results."""
        ordered = sorted(results, key=lambda result: result.index)
        counted = {"created": 0, "unchanged": 0, "refused": 0}
        for result in ordered:
            counted[result.status] += 1
        return cls(results=ordered, **counted)


@dataclass(frozen=True, slots=True)
class RowOutcome:
    """What the work on one row returns."""

    id: UUID
    created: bool


def refused(index: int, refusal: Refusal) -> BulkResult:
    """The result of a row that a rule refused; for bulk commands that work set by set."""
    return BulkResult(
        index=index,
        status="refused",
        problem=Problem.model_validate(refusal_body(refusal, instance="")),
    )


def kept(index: int, outcome: RowOutcome) -> BulkResult:
    """The result of a row that is there now."""
    status: Status = "created" if outcome.created else "unchanged"
    return BulkResult(index=index, status=status, id=outcome.id)


async def each_row(
    uow: UnitOfWork, body: BulkIn[RowT], work: Callable[[RowT], Awaitable[RowOutcome]]
) -> BulkOut:
    """Run `work` on each row in a savepoint; a refusal undoes that row alone.

    So does a law of the database or a value it cannot hold; any other exception
    undoes the whole request. Two round trips a row go to
    the savepoint: where thousands of rows matter, check and insert set by set
    and build the answer with `kept` and `refused`.
    """
    results = body.malformed()
    for index, row in body.good():
        try:
            async with uow.savepoint():
                outcome = await work(row)
        except Refusal as refusal:
            results.append(refused(index, refusal))
        except DBAPIError as error:
            failure = explain(error)
            if failure.problem not in (CONFLICT, INVALID_INPUT):
                raise
            problem = Problem.model_validate(body_of(failure.problem, failure.detail, instance=""))
            results.append(BulkResult(index=index, status="refused", problem=problem))
        else:
            results.append(kept(index, outcome))
    return BulkOut.of(results)
