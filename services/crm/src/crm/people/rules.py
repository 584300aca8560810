"""What must hold for people and what they allowed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from servicekit.errors import InvalidInput, NotFound

ANY_CHANNEL = "any"


class PersonNotFound(NotFound):
    code = "person-not-found"
    title = "There is no such person"
    hint = "Check the id; GET /v1/people lists them, GET /v1/people/lookup finds by phone or mail."


class ReachIsRepeated(InvalidInput):
    code = "reach-is-repeated"
    title = "A person has each mail address and each phone once, and one of each is primary"
    hint = "Leave the repeated one out, and mark one as primary at most."


class LookupNamesNothing(InvalidInput):
    code = "lookup-names-nothing"
    title = "A look-up goes by a phone number or a mail address"
    hint = "Send `phone` (write + as %2B) or `email`, one of them."


@dataclass(frozen=True, slots=True)
class PersonAddress:
    """A postal address of a person's own; `country` is ISO 3166-1 alpha-2."""

    kind: str
    line1: str
    line2: str | None
    city: str
    region: str | None
    postal_code: str | None
    country: str


@dataclass(frozen=True, slots=True)
class Reach:
    """A mail address or a phone number as written down; at most one of a kind is primary."""

    value: str
    is_primary: bool = False


@dataclass(frozen=True, slots=True)
class NewPerson:
    """A person to be recorded; phone numbers as written down."""

    name: str
    language: str | None = None
    mails: tuple[Reach, ...] = ()
    phones: tuple[Reach, ...] = ()
    addresses: tuple[PersonAddress, ...] = ()


@dataclass(frozen=True, slots=True)
class Decision:
    """One decision of a person about a use of their data."""

    id: UUID
    purpose: str
    channel: str
    granted: bool
    decided_at: datetime


def addresses_in(stored: Sequence[Mapping[str, Any]]) -> tuple[PersonAddress, ...]:
    """The addresses in a row's column."""
    return tuple(PersonAddress(**address) for address in stored)


def addresses_out(addresses: Sequence[PersonAddress]) -> list[dict[str, Any]]:
    """The addresses as a row's column holds them."""
    return [asdict(address) for address in addresses]


def check_reaches(reaches: Sequence[Reach], field: str) -> tuple[Reach, ...]:
    """The reaches with one of them primary: the marked one, else the first.

    Raises ReachIsRepeated for a second primary one, or the same one twice.
    """
    seen: set[str] = set()
    primary: int | None = None
    for position, reach in enumerate(reaches):
        if reach.value in seen:
            raise ReachIsRepeated(f"{reach.value} is there twice.", field=f"{field}.{position}")
        seen.add(reach.value)
        if reach.is_primary:
            if primary is not None:
                raise ReachIsRepeated("Two are primary.", field=f"{field}.{position}.is_primary")
            primary = position
    return tuple(
        Reach(reach.value, position == (primary or 0)) for position, reach in enumerate(reaches)
    )


def allowed(decisions: Iterable[Decision], purpose: str, channel: str) -> bool:
    """Whether a person allows a use: the newest decision for its purpose says so.

    A decision for `any` channel speaks for each. Of two decisions at the same moment the one that
    forbids holds, and without a decision nothing is allowed. The moment of the decision counts,
    not that of its recording.
    """
    newest = max(
        (
            each
            for each in decisions
            if each.purpose == purpose and each.channel in (channel, ANY_CHANNEL)
        ),
        key=lambda each: (each.decided_at, not each.granted),
        default=None,
    )
    return newest is not None and newest.granted
