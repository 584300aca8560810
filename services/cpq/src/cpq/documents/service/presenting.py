"""Writing how a seller presents itself."""

from dataclasses import asdict, replace
from typing import Any

from cpq.documents.models import PresentationVersion
from cpq.documents.queries import presentation_at
from cpq.documents.rules import Presentation, PresentationHasChanged, examined_logo
from cpq.documents.service.printing import DocumentIsTooLong, LogoCannotBeDrawn, check_drawable
from servicekit.uow import ReadSession, UnitOfWork

__all__ = [
    "DocumentIsTooLong",
    "LogoCannotBeDrawn",
    "change_presentation",
    "presentation_now",
]


async def presentation_now(reads: ReadSession) -> Presentation:
    """The newest version; 0 where the seller has said nothing yet."""
    return await presentation_at(reads.session, None)


async def change_presentation(
    uow: UnitOfWork, wanted: Presentation, *, expected: int
) -> Presentation:
    """Write the next version. What was sent before keeps the version that held then.

    Raises `PresentationHasChanged`, `LogoIsNotAPicture`, `LogoCannotBeDrawn`.
    """
    known = await presentation_at(uow.session, None)
    if known.version != expected:
        raise PresentationHasChanged(
            f"version {expected} was expected, but the presentation is at version "
            f"{known.version} by now"
        )
    logo = wanted.logo and examined_logo(wanted.logo.media_type, wanted.logo.content)
    if logo is not None and logo != known.logo:
        await check_drawable(logo)
    written = replace(wanted, version=expected + 1, logo=logo)
    uow.add(
        PresentationVersion(
            version=written.version,
            content=_kept(written),
            logo_media_type=logo and logo.media_type,
            logo=logo and logo.content,
            created_at=uow.now,
            created_by=uow.principal.subject,
        )
    )
    uow.audit("presentation.changed", "presentation", str(written.version))
    await uow.flush()
    return written


def _kept(presentation: Presentation) -> dict[str, Any]:
    kept = asdict(replace(presentation, logo=None))
    del kept["logo"], kept["version"]
    # The database's JSON takes texts as names, and no enumeration.
    kept["texts"] = {language.value: says for language, says in kept["texts"].items()}
    return kept
