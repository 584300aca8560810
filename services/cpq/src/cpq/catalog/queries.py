"""Reads of versions: which one holds on a day, its document, what was compiled from it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import ARRAY, any_, func, literal, or_, select
from sqlalchemy.dialects.postgresql import UUID as PG_UUID
from sqlalchemy.ext.asyncio import AsyncSession

from cpq.catalog.models import Artefact, ConfigurationModel
from cpq.catalog.rules import (
    Compilation,
    ConfigurationModelIsNotPublished,
    ConfigurationModelNotFound,
    Status,
)

__all__ = [
    "Version",
    "artefact_of",
    "compilation_of",
    "document_of",
    "document_of_version",
    "published_version",
    "still_published",
]


@dataclass(frozen=True, slots=True)
class Version:
    """A version without its document. Its `id` never means another document."""

    id: UUID
    key: str
    model_version: int
    name: str
    sku: str | None
    currency: str | None
    status: str
    valid_from: date | None
    valid_to: date | None
    content_hash: str
    compiled: bool
    """The worker has compiled it."""


_COLUMNS = [
    *(
        getattr(ConfigurationModel, name)
        for name in Version.__dataclass_fields__
        if name != "compiled"
    ),
    func.coalesce(Artefact.state == Compilation.COMPILED.value, literal(False)),
]


async def published_version(
    session: AsyncSession, key: str, *, on: date, model_version: int | None = None
) -> Version:
    """The version of a key that is published on a day, or the numbered one whatever its days.

    Raises `ConfigurationModelNotFound`, and `ConfigurationModelIsNotPublished` for a numbered
    version that is a draft or retired.
    """
    wanted = (
        select(*_COLUMNS)
        .outerjoin(Artefact, Artefact.model_id == ConfigurationModel.id)
        .where(ConfigurationModel.key == key)
    )
    if model_version is None:
        wanted = wanted.where(
            ConfigurationModel.status == Status.PUBLISHED.value,
            ConfigurationModel.valid_from <= on,
            or_(ConfigurationModel.valid_to.is_(None), ConfigurationModel.valid_to > on),
        )
    else:
        wanted = wanted.where(ConfigurationModel.model_version == model_version)
    row = (await session.execute(wanted)).one_or_none()
    if row is None:
        what = f"version {model_version}" if model_version else f"version published on {on}"
        raise ConfigurationModelNotFound(f"there is no {what} of {key!r}", field="model")
    version = Version(*row)
    if version.status != Status.PUBLISHED:
        raise ConfigurationModelIsNotPublished(
            f"version {model_version} of {key!r} is {version.status}",
            field="model_version",
            version_id=version.id,
        )
    return version


async def still_published(session: AsyncSession, ids: Collection[UUID]) -> set[UUID]:
    """Those of the versions that may be configured."""
    found = await session.scalars(
        select(ConfigurationModel.id).where(
            ConfigurationModel.id == any_(literal(list(ids), ARRAY(PG_UUID()))),
            ConfigurationModel.status == Status.PUBLISHED.value,
        )
    )
    return set(found)


async def document_of(session: AsyncSession, model_id: UUID) -> bytes:
    """The document of a version as canonical JSON. Raises `ConfigurationModelNotFound`."""
    found = await session.scalar(
        select(ConfigurationModel.document).where(ConfigurationModel.id == model_id)
    )
    if found is None:
        raise ConfigurationModelNotFound(f"there is no version {model_id}")
    return found


async def document_of_version(session: AsyncSession, key: str, model_version: int) -> bytes | None:
    """The document of a numbered version, retired or not; None: there is none."""
    return await session.scalar(
        select(ConfigurationModel.document).where(
            ConfigurationModel.key == key, ConfigurationModel.model_version == model_version
        )
    )


async def artefact_of(session: AsyncSession, model_id: UUID) -> bytes | None:
    """What was compiled from a version, if anything was."""
    return await session.scalar(select(Artefact.content).where(Artefact.model_id == model_id))


async def compilation_of(session: AsyncSession, model_id: UUID) -> Artefact | None:
    """How compiling a version went; None for a draft."""
    return await session.scalar(select(Artefact).where(Artefact.model_id == model_id))
