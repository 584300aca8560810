"""The laws of links."""

import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from uuid import UUID

from servicekit.errors import InvalidInput, NotFound, RuleBroken
from servicekit.tenancy import TenantIsNotASlug, checked

SECRET_BYTES = 32
"""256 bits: nobody guesses one."""


class OfferLinkNotFound(NotFound):
    """Whoever has no link has no offer; a link that was changed on its way is none."""

    code = "offer-link-not-found"
    title = "This link opens no offer"
    hint = "Open the link exactly as it was sent, or ask the seller for a new one."


class OfferLinkHasExpired(RuleBroken):
    """A link holds for a while and can be taken back."""

    code = "offer-link-expired"
    title = "This link has expired or was taken back"
    hint = "Ask the seller for a new link."


class OfferLinkIsPast(InvalidInput):
    """A link that is over at once opens nothing."""

    code = "offer-link-is-past"
    title = "A link expires after now, and within a year or thirty days after its offer"
    hint = "Choose another instant, or leave it out: then it holds as long as the offer."


class OfferIsOutOfDate(RuleBroken):
    """What amends a contract is offered for the contract as it was then."""

    code = "offer-out-of-date"
    title = "This offer is out of date: the contract has changed since it was made"
    hint = "Ask the seller for a new offer."


@dataclass(frozen=True, slots=True)
class Token:
    """What stands in a link: whose database to look into, which link, and the secret."""

    tenant: str
    link_id: UUID
    secret: str

    def __str__(self) -> str:
        return f"{self.tenant}.{self.link_id.hex}.{self.secret}"

    @property
    def hash(self) -> bytes:
        """SHA-256 of the secret, which is all that is kept of it."""
        return sha256(self.secret.encode()).digest()

    def opens(self, kept: bytes) -> bool:
        """Whether the secret is the one that was kept, in time that tells nothing."""
        return hmac.compare_digest(self.hash, kept)


def new_token(tenant: str, link_id: UUID) -> Token:
    """A token with a fresh secret."""
    return Token(tenant, link_id, secrets.token_urlsafe(SECRET_BYTES))


def read_token(text: str) -> Token:
    """The token of a link. Raises `OfferLinkNotFound` for what is none."""
    parts = text.split(".")
    if len(parts) != 3 or len(parts[1]) != 32 or not 20 <= len(parts[2]) <= 100:
        raise OfferLinkNotFound("the link is not whole")
    try:
        return Token(checked(parts[0]), UUID(hex=parts[1]), parts[2])
    except (ValueError, TenantIsNotASlug) as error:
        raise OfferLinkNotFound("the link is not whole") from error


def check_open(now: datetime, expires_at: datetime, revoked_at: datetime | None) -> None:
    """Raise `OfferLinkHasExpired` unless the link still opens its offer."""
    if revoked_at is not None:
        raise OfferLinkHasExpired("the seller took the link back")
    if now >= expires_at:
        raise OfferLinkHasExpired(f"it held until {expires_at.isoformat(timespec='minutes')}")
