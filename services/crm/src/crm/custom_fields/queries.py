"""Reads of the custom fields slice."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import Select, select, text

from crm.custom_fields.models import Definition, FieldValue, RecordFields, Tag
from crm.custom_fields.rules import (
    RANGED,
    Field,
    FieldNotFound,
    FilterDoesNotFit,
    RecordNotFound,
    ValueDoesNotFit,
    read_value,
)
from servicekit.uow import ReadSession, UnitOfWork

Reading = ReadSession | UnitOfWork
Operator = Literal["eq", "gte", "lte"]

_EXISTS = {
    "customer": text("SELECT 1 FROM customers_customer WHERE tenant = :tenant AND id = :id"),
    "person": text("SELECT 1 FROM people_person WHERE tenant = :tenant AND id = :id"),
    "opportunity": text(
        "SELECT 1 FROM opportunities_opportunity WHERE tenant = :tenant AND id = :id"
    ),
}


@dataclass(frozen=True, slots=True)
class Fields:
    """The values and tags of a record; version 0 while none were ever written."""

    record_type: str
    record_id: UUID
    values: dict[str, Any]
    tags: tuple[str, ...]
    version: int


async def definitions(reads: Reading, record_type: str) -> Sequence[Definition]:
    """The active fields of a record type, by code."""
    return (
        await reads.session.scalars(
            select(Definition)
            .where(
                Definition.tenant == reads.tenant,
                Definition.record_type == record_type,
                Definition.active,
            )
            .order_by(Definition.code)
        )
    ).all()


def as_field(row: Definition) -> Field:
    """The definition as the rules take it."""
    return Field(row.code, row.kind, row.required, tuple(row.choices), row.least, row.most)


async def check_exists(reads: Reading, record_type: str, record_id: UUID) -> None:
    """Raise RecordNotFound unless the tenant has the record."""
    values = {"tenant": reads.tenant, "id": record_id}
    if await reads.session.scalar(_EXISTS[record_type], values) is None:
        raise RecordNotFound(f"There is no {record_type} {record_id}.")


async def fields_of(reads: Reading, record_type: str, record_id: UUID) -> Fields:
    """The values and tags of a record; raises RecordNotFound."""
    await check_exists(reads, record_type, record_id)
    row = await reads.session.scalar(
        select(RecordFields).where(
            RecordFields.tenant == reads.tenant, RecordFields.id == record_id
        )
    )
    if row is None:
        return Fields(record_type, record_id, {}, (), 0)
    tags = await reads.session.scalars(
        select(Tag.tag)
        .where(Tag.tenant == reads.tenant, Tag.record_id == record_id)
        .order_by(Tag.tag)
    )
    return Fields(record_type, record_id, row.values, tuple(tags), row.version)


async def matching(
    reads: Reading,
    record_type: str,
    *,
    code: str | None,
    operator: Operator,
    value: str | None,
    tag: str | None,
    after: UUID | None,
    limit: int,
) -> list[UUID]:
    """Ids of records with a tag, or a value in a field, or both; by id, those after `after`.

    Raises FieldNotFound or FilterDoesNotFit.
    """
    statement: Select[UUID]
    if code is not None and value is not None:
        found = next(
            (row for row in await definitions(reads, record_type) if row.code == code), None
        )
        if found is None:
            raise FieldNotFound(f"A {record_type} has no field {code[:64]!r}.", field="query.field")
        column, wanted = _compared(as_field(found), operator, value)
        statement = select(FieldValue.record_id).where(
            FieldValue.tenant == reads.tenant,
            FieldValue.record_type == record_type,
            FieldValue.code == code,
            {"eq": column == wanted, "gte": column >= wanted, "lte": column <= wanted}[operator],
        )
        if tag is not None:
            statement = statement.join(
                Tag, (Tag.tenant == FieldValue.tenant) & (Tag.record_id == FieldValue.record_id)
            ).where(Tag.tag == tag)
        key: Any = FieldValue.record_id
    elif tag is not None and code is None and value is None:
        statement = select(Tag.record_id).where(
            Tag.tenant == reads.tenant, Tag.record_type == record_type, Tag.tag == tag
        )
        key = Tag.record_id
    else:
        raise FilterDoesNotFit("Send `field` with `value`, or `tag`.", field="query.field")
    if after is not None:
        statement = statement.where(key > after)
    return list((await reads.session.scalars(statement.order_by(key).limit(limit))).all())


def _compared(field: Field, operator: Operator, written: str) -> tuple[Any, Any]:
    if operator != "eq" and field.kind not in RANGED:
        raise FilterDoesNotFit(f"A {field.kind} knows only `eq`.", field="query.operator")
    # A filter may lie beyond the bounds of the values, and names the amount alone.
    read = replace(
        field, kind="number" if field.kind == "money" else field.kind, least=None, most=None
    )
    given: Any = {"true": True, "false": False}.get(written) if field.kind == "boolean" else written
    try:
        value = read_value(read, given)
    except ValueDoesNotFit as misfit:
        raise FilterDoesNotFit(misfit.detail, field="query.value") from misfit
    if value.number is not None:
        return FieldValue.number_value, value.number
    if value.day is not None:
        return FieldValue.day_value, value.day
    return FieldValue.text_value, value.text
