"""Addresses of the custom fields slice."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query
from pydantic import StringConstraints

from crm.custom_fields import queries, service
from crm.custom_fields.models import Definition
from crm.custom_fields.queries import Operator, as_field
from crm.custom_fields.rules import (
    ChoicesDoNotFit,
    FieldCodeIsTaken,
    FieldNotFound,
    FilterDoesNotFit,
    RecordNotFound,
    ValueDoesNotFit,
    json_schema,
)
from crm.custom_fields.schemas import (
    CustomFieldIn,
    CustomFieldOut,
    CustomFieldPatch,
    CustomSchemaOut,
    MatchingOut,
    RecordFieldsIn,
    RecordFieldsOut,
    RecordType,
)
from servicekit.http import IfMatch, Listing, Page, PageOut, Reads, SliceRouter, Writes

router = SliceRouter(prefix="/v1/custom-fields", tags=["custom fields"])

READ, WRITE = "crm.custom_fields.read", "crm.custom_fields.write"
CONFIGURE = "crm.custom_fields.configure"

LISTING = Listing(
    Definition,
    sorts={"created_at": Definition.created_at, "code": Definition.code},
    filters={"record_type": Definition.record_type, "active": Definition.active},
    default_sort="code",
)

Text = Annotated[str, StringConstraints(min_length=1, max_length=500)]


@router.post(
    "", permission=CONFIGURE, status_code=201, refusals=(ChoicesDoNotFit, FieldCodeIsTaken)
)
async def define_custom_field(body: CustomFieldIn, uow: Writes) -> CustomFieldOut:
    """Give the records of a type one more field."""
    return CustomFieldOut.of(
        await service.define_field(uow, body.record_type, body.field(), body.label)
    )


@router.get("", permission=READ)
async def list_custom_fields(
    page: Annotated[Page, Depends(LISTING)], reads: Reads
) -> PageOut[CustomFieldOut]:
    """The tenant's own fields, by code."""
    return PageOut.of(await page.fetch(reads, LISTING.select()), CustomFieldOut.of)


@router.patch("/{field_id}", permission=CONFIGURE, refusals=(FieldNotFound, ChoicesDoNotFit))
async def change_custom_field(
    field_id: UUID, body: CustomFieldPatch, expected: IfMatch, uow: Writes
) -> CustomFieldOut:
    """Change a field; values of before stay as they are, and the kind never changes."""
    return CustomFieldOut.of(await service.change_field(uow, field_id, expected, body.changes()))


@router.get("/{record_type}/schema", permission=READ)
async def custom_field_schema(record_type: RecordType, reads: Reads) -> CustomSchemaOut:
    """What `values` of a record type are, as JSON Schema: this tenant's part of the API."""
    fields = [as_field(row) for row in await queries.definitions(reads, record_type)]
    return CustomSchemaOut(json_schema=json_schema(record_type, fields))


@router.get("/{record_type}/records", permission=READ, refusals=(FieldNotFound, FilterDoesNotFit))
async def find_by_custom_field(
    record_type: RecordType,
    reads: Reads,
    field: Annotated[Text | None, Query(description="Code of the field to go by.")] = None,
    operator: Annotated[
        Operator, Query(description="How to compare: equal, at or above, at or below.")
    ] = "eq",
    value: Annotated[Text | None, Query(description="What to compare with.")] = None,
    tag: Annotated[Text | None, Query(description="Only records with this tag.")] = None,
    after: Annotated[UUID | None, Query(description="The last id of the answer before.")] = None,
    limit: Annotated[int, Query(ge=1, le=200, description="How many at most.")] = 50,
) -> MatchingOut:
    """Records by a value in one of the tenant's own fields, by a tag, or by both."""
    return MatchingOut(
        items=await queries.matching(
            reads,
            record_type,
            code=field,
            operator=operator,
            value=value,
            tag=tag,
            after=after,
            limit=limit,
        )
    )


@router.get("/{record_type}/records/{record_id}", permission=READ, refusals=(RecordNotFound,))
async def get_custom_values(
    record_type: RecordType, record_id: UUID, reads: Reads
) -> RecordFieldsOut:
    """The values and tags of a record; version 0 while it has none."""
    return RecordFieldsOut.of(await queries.fields_of(reads, record_type, record_id))


@router.put(
    "/{record_type}/records/{record_id}",
    permission=WRITE,
    refusals=(RecordNotFound, ValueDoesNotFit),
)
async def set_custom_values(
    record_type: RecordType,
    record_id: UUID,
    body: RecordFieldsIn,
    expected: IfMatch,
    uow: Writes,
) -> RecordFieldsOut:
    """Set all values and tags of a record; `If-Match: "0"` for the first time."""
    return RecordFieldsOut.of(
        await service.set_fields(
            uow, record_type, record_id, expected, values=body.values, tags=body.tags
        )
    )
