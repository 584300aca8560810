"""Publishing and retiring versions."""

from datetime import date
from uuid import UUID

from sqlalchemy import select

from cpq.catalog import events
from cpq.catalog.models import Artefact, ConfigurationModel
from cpq.catalog.queries import document_of
from cpq.catalog.rules import (
    Compilation,
    Status,
    Validity,
    check_draft,
    check_published,
    predecessor_to_end,
)
from cpq.catalog.service.computing import examine_apart
from cpq.catalog.service.documents import model_of, refuse_contradiction
from cpq.configuration.model import Model
from servicekit.uow import UnitOfWork


async def publish(
    uow: UnitOfWork,
    model_id: UUID,
    *,
    valid_from: date | None,
    valid_to: date | None,
    expected: int | None = None,
    model: Model | None = None,
) -> ConfigurationModel:
    """Publish a draft from a day on (today unless one is named): from now on it never changes.

    The version before, if it has no end, ends on that day. `model` saves reading the document.
    Raises `ConfigurationModelNotFound`, `Stale`, `ConfigurationModelIsNotDraft`,
    `ValidityIsEmpty`, `ConfigurationModelsOverlap`, `ModelIsContradictory`, and what an engine
    refuses of a model.
    """
    row = await uow.lock(ConfigurationModel, model_id, expected)
    check_draft(row.status, f"version {row.model_version} of {row.key!r}")
    start = valid_from or uow.now.date()
    others = {
        one.model_version: one
        for one in await uow.session.scalars(
            select(ConfigurationModel)
            .where(
                ConfigurationModel.key == row.key,
                ConfigurationModel.status == Status.PUBLISHED.value,
            )
            .order_by(ConfigurationModel.valid_from)
            .with_for_update()
        )
    }
    before = predecessor_to_end(
        Validity(row.model_version, start, valid_to), [_validity(one) for one in others.values()]
    )
    if model is None:
        content = await document_of(uow.session, model_id)
        model = await examine_apart(lambda _: model_of(content))
    solved = model
    await examine_apart(lambda seconds: refuse_contradiction(solved, seconds))
    if before is not None:
        ended = others[before.model_version]
        ended.valid_to = start
        # Before its successor is published: on no statement do the two share a day.
        await uow.flush()
        uow.publish(events.published(ended))
    row.status = Status.PUBLISHED.value
    row.valid_from, row.valid_to = start, valid_to
    row.published_at = uow.now
    uow.add(Artefact(model_id=row.id, state=Compilation.PENDING.value, figures={}))
    uow.publish(events.published(row))
    uow.audit(
        "configuration-model.published",
        "configuration-model",
        row.id,
        {"valid_from": start.isoformat(), "content_hash": row.content_hash},
    )
    await uow.flush()
    return row


async def retire(uow: UnitOfWork, model_id: UUID, *, reason: str | None) -> ConfigurationModel:
    """Let nothing new be configured with a version, at once; what was stays as it is.

    Raises `ConfigurationModelNotFound`, `ConfigurationModelIsNotPublished`.
    """
    row = await uow.lock(ConfigurationModel, model_id)
    check_published(row.status, f"version {row.model_version} of {row.key!r}")
    assert row.valid_from is not None
    row.status = Status.RETIRED.value
    row.retired_at = uow.now
    last = max(uow.now.date(), row.valid_from)
    if row.valid_to is None or row.valid_to > last:
        row.valid_to = last
    uow.publish(events.retired(row))
    uow.audit("configuration-model.retired", "configuration-model", row.id, {"reason": reason})
    await uow.flush()
    return row


def _validity(model: ConfigurationModel) -> Validity:
    assert model.valid_from is not None
    return Validity(model.model_version, model.valid_from, model.valid_to)
