"""Use cases of the custom fields slice. None of them commits."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import delete, text
from sqlalchemy.orm.attributes import flag_modified

from crm.custom_fields import queries
from crm.custom_fields.models import Definition, FieldValue, RecordFields, Tag
from crm.custom_fields.queries import Fields, as_field
from crm.custom_fields.rules import Field, check_definition, check_values
from servicekit.errors import Stale
from servicekit.uow import UnitOfWork


async def define_field(uow: UnitOfWork, record_type: str, field: Field, label: str) -> Definition:
    """Give the records of a type one more field; a required one is asked for at the next change.

    Raises ChoicesDoNotFit or FieldCodeIsTaken.
    """
    check_definition(field)
    row = Definition(
        id=uow.new_id(),
        record_type=record_type,
        code=field.code,
        label=label,
        kind=field.kind,
        required=field.required,
        choices=list(field.choices),
        least=field.least,
        most=field.most,
        active=True,
    )
    uow.add(row)
    await uow.flush()
    uow.audit("crm.custom_fields.define", "custom-field", row.id, {"code": field.code})
    return row


async def change_field(
    uow: UnitOfWork, field_id: UUID, expected: int, changes: Mapping[str, Any]
) -> Definition:
    """Change a field's label, bounds, choices, whether it is required or active.

    Values of before stay as they are. Raises FieldNotFound, Stale or ChoicesDoNotFit.
    """
    row = await uow.lock(Definition, field_id, expected)
    changed = sorted(name for name, value in changes.items() if getattr(row, name) != value)
    for name in changed:
        setattr(row, name, changes[name])
    check_definition(as_field(row))
    if changed:
        await uow.flush()
        uow.audit("crm.custom_fields.change", "custom-field", field_id, {"changed": changed})
    return row


async def set_fields(
    uow: UnitOfWork,
    record_type: str,
    record_id: UUID,
    expected: int,
    *,
    values: Mapping[str, Any],
    tags: Sequence[str],
) -> Fields:
    """Set the values and tags of a record; what is left out is taken away.

    `expected` is the version, 0 for the first time. Raises RecordNotFound, ValueDoesNotFit or
    Stale.
    """
    await queries.check_exists(uow, record_type, record_id)
    # Two first writers have no row to lock yet.
    await uow.session.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended('custom_fields ' || :id, 0))"),
        {"id": f"{uow.tenant} {record_id}"},
    )
    known = [as_field(row) for row in await queries.definitions(uow, record_type)]
    said = check_values(known, values)
    before = await queries.fields_of(uow, record_type, record_id)
    if before.version != expected:
        raise Stale("the record has other values", expected=expected, current=before.version)
    kept = {code: value.kept for code, value in sorted(said.items())}
    if before.version and (before.values, before.tags) == (kept, tuple(sorted(set(tags)))):
        return before
    if before.version == 0:
        row = RecordFields(id=record_id, record_type=record_type, values=kept)
        uow.add(row)
    else:
        row = await uow.lock(RecordFields, record_id, expected)
        row.values = {**kept}
        # Other tags alone are another version too.
        flag_modified(row, "values")
        for table in (FieldValue, Tag):
            await uow.session.execute(
                delete(table).where(table.tenant == uow.tenant, table.record_id == record_id)
            )
    await uow.flush()
    uow.add(
        *(
            FieldValue(
                record_type=record_type,
                code=code,
                record_id=record_id,
                text_value=value.text,
                number_value=value.number,
                day_value=value.day,
            )
            for code, value in said.items()
        ),
        *(Tag(record_type=record_type, tag=tag, record_id=record_id) for tag in sorted(set(tags))),
    )
    await uow.flush()
    uow.audit("crm.custom_fields.set", record_type, record_id, {"fields": sorted(said)})
    return await queries.fields_of(uow, record_type, record_id)
