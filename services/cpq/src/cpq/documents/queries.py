"""Reads of presentations."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from cpq.documents.models import PresentationVersion
from cpq.documents.rules import Language, Logo, Presentation, Texts


async def presentation_at(session: AsyncSession, instant: datetime | None) -> Presentation:
    """The presentation that held at an instant; None: the newest. Without any, version 0."""
    wanted = select(PresentationVersion).order_by(PresentationVersion.version.desc()).limit(1)
    if instant is not None:
        wanted = wanted.where(PresentationVersion.created_at <= instant)
    row = await session.scalar(wanted)
    return Presentation() if row is None else _presentation(row)


def _presentation(row: PresentationVersion) -> Presentation:
    kept = row.content
    return Presentation(
        version=row.version,
        seller_name=kept["seller_name"],
        seller_address=tuple(kept["seller_address"]),
        seller_country=kept["seller_country"],
        seller_contact=tuple(kept["seller_contact"]),
        tax_number=kept["tax_number"],
        accent=kept["accent"],
        paper=kept["paper"],
        language=Language(kept["language"]),
        shows_waterfall=kept["shows_waterfall"],
        texts={
            Language(language): Texts(
                introduction=says["introduction"],
                terms=tuple(says["terms"]),
                validity=says["validity"],
                closing=says["closing"],
            )
            for language, says in kept["texts"].items()
        },
        logo=None
        if row.logo is None or row.logo_media_type is None
        else Logo(row.logo_media_type, row.logo),
    )
