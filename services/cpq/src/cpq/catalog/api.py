"""Configuration models over HTTP: `/v1/configuration-models`."""

from typing import Annotated, Any
from uuid import UUID

import orjson
from fastapi import Depends, Query

from cpq.catalog import queries, service
from cpq.catalog.models import LARGEST_DOCUMENT, ConfigurationModel
from cpq.catalog.rules import (
    ConfigurationModelIsNotDraft,
    ConfigurationModelIsNotPublished,
    ConfigurationModelNotFound,
    ConfigurationModelsOverlap,
    DocumentIsTooLarge,
    DraftKeepsItsKey,
    ModelIsContradictory,
    PublishedVersionNeverChanges,
    Status,
    ValidityIsEmpty,
)
from cpq.catalog.schemas import (
    ConfigurationModelDetailOut,
    ConfigurationModelOut,
    DocumentIn,
    DraftIn,
    ExaminationOut,
    ModelRowIn,
    ModelRowsIn,
    PublishIn,
    RetireIn,
)
from cpq.configuration.document import ModelCannotBeRead, schema
from cpq.solving import ConfigurationTakesTooLong, ModelIsTooLarge, ModelMakesNoSense
from servicekit.http import (
    BulkOut,
    DayIn,
    IfMatch,
    Listing,
    Now,
    Page,
    PageOut,
    Reads,
    RowOutcome,
    SliceRouter,
    Writes,
    choice,
    each_row,
    prefixed,
)
from servicekit.workshop import TooMuchWork

_READ = "cpq.catalog.read"
_WRITE = "cpq.catalog.write"
_PUBLISH = "cpq.catalog.publish"

BODY_BYTES = LARGEST_DOCUMENT + 100_000
"""A document and what stands beside it."""
DEEPEST = 200
"""Levels of a body: a bundle in a bundle is several levels further down."""

router = SliceRouter(prefix="/v1/configuration-models", tags=["configuration models"])

LISTING = Listing(
    ConfigurationModel,
    sorts={
        "created_at": ConfigurationModel.created_at,
        "updated_at": ConfigurationModel.updated_at,
        "key": ConfigurationModel.key,
        "name": ConfigurationModel.name,
        "model_version": ConfigurationModel.model_version,
        "valid_from": ConfigurationModel.valid_from,
    },
    filters={
        "key": prefixed(ConfigurationModel.key, insensitive=False),
        "name": prefixed(ConfigurationModel.name),
        "sku": ConfigurationModel.sku,
        "status": choice(ConfigurationModel.status, [status.value for status in Status]),
        "model_version": ConfigurationModel.model_version,
        "valid_from": ConfigurationModel.valid_from,
        "valid_to": ConfigurationModel.valid_to,
        "content_hash": ConfigurationModel.content_hash,
        "created_at": ConfigurationModel.created_at,
        "created_by": ConfigurationModel.created_by,
    },
    default_sort="-created_at",
)

_READING = (ModelCannotBeRead, DocumentIsTooLarge, TooMuchWork)
_PUBLISHING = (
    ConfigurationModelsOverlap,
    ModelIsContradictory,
    ModelIsTooLarge,
    ModelMakesNoSense,
    ConfigurationTakesTooLong,
    TooMuchWork,
)


@router.post(
    "",
    permission=_WRITE,
    status_code=201,
    refusals=_READING,
    max_body_bytes=BODY_BYTES,
    deepest=DEEPEST,
)
async def create_configuration_model(body: DraftIn, uow: Writes) -> ConfigurationModelOut:
    """Keep a document as a draft: the next version of its key.

    What is wrong with the document is named place by place; then nothing is kept.
    """
    return ConfigurationModelOut.of(
        await service.create_draft(uow, body.document, source=body.source)
    )


@router.post(
    "/bulk",
    permission="cpq.catalog.import",
    refusals=(ModelCannotBeRead, DocumentIsTooLarge, *_PUBLISHING),
    max_body_bytes=BODY_BYTES,
    deepest=DEEPEST,
)
async def import_configuration_models(body: ModelRowsIn, uow: Writes) -> BulkOut:
    """Take over documents of another system, and publish those that name a day.

    A document that is there already changes nothing. A row that is refused leaves nothing behind.
    """

    async def work(row: ModelRowIn) -> RowOutcome:
        imported = await service.import_model(
            uow, row.document, source=row.source, publish_from=row.publish_from
        )
        return RowOutcome(imported.model.id, imported.created)

    return await each_row(uow, body, work)


@router.query(
    "/validate",
    permission=_READ,
    refusals=(
        DocumentIsTooLarge,
        ModelIsTooLarge,
        ModelMakesNoSense,
        ConfigurationTakesTooLong,
        TooMuchWork,
    ),
    max_body_bytes=BODY_BYTES,
    deepest=DEEPEST,
)
async def validate_configuration_model(body: DocumentIn) -> ExaminationOut:
    """Look at a document as publishing would, and name everything that is wrong with it."""
    return ExaminationOut.of(await service.examine(body.document))


@router.get("", permission=_READ)
async def list_configuration_models(
    page: Annotated[Page, Depends(LISTING)], reads: Reads
) -> PageOut[ConfigurationModelOut]:
    """Versions of configuration models, without their documents."""
    return PageOut.of(await page.fetch(reads, LISTING.select()), ConfigurationModelOut.of)


@router.get("/current", permission=_READ, refusals=(ConfigurationModelNotFound,))
async def current_configuration_model(
    reads: Reads,
    now: Now,
    key: Annotated[str, Query(min_length=1, max_length=200, description="The model's key.")],
    on: Annotated[DayIn | None, Query(description="Null: today.")] = None,
) -> ConfigurationModelDetailOut:
    """The version of a key that is published on a day."""
    found = await queries.published_version(reads.session, key, on=on or now.date())
    return await _detail(reads, found.id)


@router.get("/schema", permission=_READ)
async def read_configuration_model_schema() -> dict[str, Any]:
    """What a document looks like, as JSON Schema. Names and types are checked beyond it."""
    return schema()


@router.get("/{model_id}", permission=_READ, refusals=(ConfigurationModelNotFound,))
async def read_configuration_model(model_id: UUID, reads: Reads) -> ConfigurationModelDetailOut:
    """A version, and what became of compiling it."""
    return await _detail(reads, model_id)


@router.get("/{model_id}/document", permission=_READ, refusals=(ConfigurationModelNotFound,))
async def read_configuration_model_document(model_id: UUID, reads: Reads) -> dict[str, Any]:
    """The document of a version; its canonical form has the version's content_hash."""
    content = await queries.document_of(reads.session, model_id)
    document: dict[str, Any] = orjson.loads(content)
    return document


@router.put(
    "/{model_id}/document",
    permission=_WRITE,
    refusals=(
        ConfigurationModelNotFound,
        ConfigurationModelIsNotDraft,
        PublishedVersionNeverChanges,
        DraftKeepsItsKey,
        *_READING,
    ),
    max_body_bytes=BODY_BYTES,
    deepest=DEEPEST,
)
async def replace_configuration_model_document(
    model_id: UUID, body: DocumentIn, expected: IfMatch, uow: Writes
) -> ConfigurationModelOut:
    """Give a draft another document of the same key."""
    return ConfigurationModelOut.of(
        await service.replace_draft(uow, model_id, body.document, expected=expected)
    )


@router.delete(
    "/{model_id}",
    permission=_WRITE,
    refusals=(ConfigurationModelNotFound, ConfigurationModelIsNotDraft),
)
async def discard_configuration_model(model_id: UUID, uow: Writes) -> None:
    """Throw a draft away."""
    await service.discard_draft(uow, model_id)


@router.post(
    "/{model_id}/publish",
    permission=_PUBLISH,
    refusals=(
        ConfigurationModelNotFound,
        ConfigurationModelIsNotDraft,
        ValidityIsEmpty,
        *_PUBLISHING,
    ),
)
async def publish_configuration_model(
    model_id: UUID, body: PublishIn, expected: IfMatch, uow: Writes
) -> ConfigurationModelOut:
    """Publish a draft: from now on it never changes.

    A version of the key that has no end ends on the first day of this one.
    """
    return ConfigurationModelOut.of(
        await service.publish(
            uow, model_id, valid_from=body.valid_from, valid_to=body.valid_to, expected=expected
        )
    )


@router.post(
    "/{model_id}/retire",
    permission=_PUBLISH,
    refusals=(ConfigurationModelNotFound, ConfigurationModelIsNotPublished),
)
async def retire_configuration_model(
    model_id: UUID, body: RetireIn, uow: Writes
) -> ConfigurationModelOut:
    """Let nothing new be configured with a version, at once."""
    return ConfigurationModelOut.of(await service.retire(uow, model_id, reason=body.reason))


@router.post(
    "/{model_id}/clone",
    permission=_WRITE,
    status_code=201,
    refusals=(ConfigurationModelNotFound,),
)
async def clone_configuration_model(model_id: UUID, uow: Writes) -> ConfigurationModelOut:
    """Start the next version of a key from any version."""
    return ConfigurationModelOut.of(await service.clone(uow, model_id))


async def _detail(reads: Reads, model_id: UUID) -> ConfigurationModelDetailOut:
    row = await reads.get(ConfigurationModel, model_id)
    return ConfigurationModelDetailOut.seen(
        row, await queries.compilation_of(reads.session, model_id)
    )
