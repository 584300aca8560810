"""Making and changing drafts; nothing here reaches a customer."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from cpq.catalog.models import ConfigurationModel
from cpq.catalog.queries import document_of
from cpq.catalog.rules import DraftKeepsItsKey, Status, check_draft
from cpq.catalog.service.documents import Document, checked_document
from cpq.catalog.service.publishing import publish
from servicekit.uow import UnitOfWork


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of an imported document."""

    model: ConfigurationModel
    created: bool


async def create_draft(
    uow: UnitOfWork, document: Mapping[str, Any], *, source: str | None = None
) -> ConfigurationModel:
    """Keep a document as the next version of its key.

    Raises `ModelCannotBeRead`, `DocumentIsTooLarge`, `TooMuchWork`.
    """
    return await _draft(uow, await checked_document(document), source)


async def replace_draft(
    uow: UnitOfWork, model_id: UUID, document: Mapping[str, Any], *, expected: int
) -> ConfigurationModel:
    """Give a draft another document of the same key.

    Raises `ConfigurationModelNotFound`, `Stale`, `ConfigurationModelIsNotDraft`,
    `DraftKeepsItsKey`, and what `create_draft` raises.
    """
    # Checked before the row is locked: reading a large document takes seconds.
    read = await checked_document(document)
    model = await uow.lock(ConfigurationModel, model_id, expected)
    check_draft(model.status, _called(model))
    if read.model.key != model.key:
        raise DraftKeepsItsKey(f"the draft is of {model.key!r}", field="document.key")
    _describe(model, read)
    uow.audit("configuration-model.replaced", "configuration-model", model.id)
    await uow.flush()
    return model


async def discard_draft(uow: UnitOfWork, model_id: UUID) -> None:
    """Throw a draft away. Raises `ConfigurationModelNotFound`, `ConfigurationModelIsNotDraft`."""
    model = await uow.lock(ConfigurationModel, model_id)
    check_draft(model.status, _called(model))
    await uow.session.delete(model)
    uow.audit("configuration-model.discarded", "configuration-model", model.id)
    await uow.flush()


async def clone(uow: UnitOfWork, model_id: UUID) -> ConfigurationModel:
    """Start the next version of a key from any version. Raises `ConfigurationModelNotFound`."""
    original = await uow.get(ConfigurationModel, model_id)
    await _one_writer(uow, original.key)
    made = ConfigurationModel(
        id=uow.new_id(),
        key=original.key,
        model_version=await _next_version(uow, original.key),
        name=original.name,
        sku=original.sku,
        currency=original.currency,
        status=Status.DRAFT.value,
        created_by=uow.principal.subject,
        source=f"version {original.model_version}",
        size_bytes=original.size_bytes,
        content_hash=original.content_hash,
        document=await document_of(uow.session, model_id),
    )
    uow.add(made)
    uow.audit(
        "configuration-model.cloned", "configuration-model", made.id, {"from": str(original.id)}
    )
    await uow.flush()
    return made


async def import_model(
    uow: UnitOfWork,
    document: Mapping[str, Any],
    *,
    source: str | None,
    publish_from: date | None,
) -> Imported:
    """Keep a document of another system, and publish it where a day is given.

    The same document again changes nothing: a version of the key that holds it and is not retired
    is the answer, published now if it was a draft and a day is given. Raises what `create_draft`
    and `publish` raise.
    """
    read = await checked_document(document)
    await _one_writer(uow, read.model.key)
    known = await uow.session.scalar(
        select(ConfigurationModel)
        .where(
            ConfigurationModel.key == read.model.key,
            ConfigurationModel.content_hash == read.content_hash,
            ConfigurationModel.status != Status.RETIRED.value,
        )
        .order_by(ConfigurationModel.model_version.desc())
        .limit(1)
        .with_for_update()
    )
    model = known or await _draft(uow, read, source)
    if publish_from is not None and model.status == Status.DRAFT:
        await publish(uow, model.id, valid_from=publish_from, valid_to=None, model=read.model)
    return Imported(model, created=known is None)


async def _draft(uow: UnitOfWork, read: Document, source: str | None) -> ConfigurationModel:
    await _one_writer(uow, read.model.key)
    model = ConfigurationModel(
        id=uow.new_id(),
        model_version=await _next_version(uow, read.model.key),
        status=Status.DRAFT.value,
        created_by=uow.principal.subject,
        source=source,
    )
    _describe(model, read)
    uow.add(model)
    uow.audit(
        "configuration-model.drafted",
        "configuration-model",
        model.id,
        {"key": model.key, "model_version": model.model_version},
    )
    await uow.flush()
    return model


def _describe(model: ConfigurationModel, read: Document) -> None:
    model.key = read.model.key
    model.name = read.model.name
    model.sku = read.model.root.item
    model.currency = read.model.currency
    model.size_bytes = len(read.content)
    model.content_hash = read.content_hash
    model.document = read.content


def _called(model: ConfigurationModel) -> str:
    return f"version {model.model_version} of {model.key!r}"


async def _one_writer(uow: UnitOfWork, key: str) -> None:
    """Number the versions of a key one after the other."""
    lock = func.hashtextextended(f"cpq.catalog:{uow.tenant}:{key}", 0)
    await uow.session.execute(select(func.pg_advisory_xact_lock(lock)))


async def _next_version(uow: UnitOfWork, key: str) -> int:
    last = await uow.session.scalar(
        select(func.max(ConfigurationModel.model_version)).where(ConfigurationModel.key == key)
    )
    return (last or 0) + 1
