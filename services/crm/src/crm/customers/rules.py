"""What must hold for a customer, its contacts and its consents."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from servicekit.errors import InvalidInput, NotFound, Refusal, RuleBroken

DEFAULT_TIER = "standard"

MOST_LEVELS = 10
"""How many levels of companies stand one below the other, the top included."""

CLOCK_SKEW = timedelta(minutes=5)
"""How far ahead of ours another system's clock may be before we call a time the future."""

SINGLE_KINDS = frozenset({"billing", "registered"})
"""Kinds of address of which a party has at most one: an invoice goes to one place."""


class CustomerNotFound(NotFound):
    code = "customer-not-found"
    title = "There is no such customer"
    hint = "Check the id; GET /v1/customers lists the customers, also by external_reference."


class ContactNotFound(NotFound):
    code = "contact-not-found"
    title = "The customer has no such contact"
    hint = "Check both ids; GET /v1/customers/{customer_id}/contacts lists the contacts."


class TaxIdIsTaken(RuleBroken):
    code = "tax-id-is-taken"
    title = "A tax id belongs to one customer"
    hint = "Find the customer with GET /v1/customers?tax_id=..., and use it or correct the tax id."


class ExternalReferenceIsTaken(RuleBroken):
    code = "external-reference-is-taken"
    title = "An external reference names one customer"
    hint = (
        "Find the customer with GET /v1/customers?external_reference=...; the bulk route answers "
        "`unchanged` for a reference it knows."
    )


class ParentNotFound(InvalidInput):
    code = "parent-not-found"
    title = "The parent must be a customer"
    hint = "Take the id of a customer from GET /v1/customers."


class CustomerIsAboveItself(RuleBroken):
    code = "customer-is-above-itself"
    title = "A company cannot belong to itself or to a company below it"
    hint = "Read GET /v1/customers/{customer_id}/family, and take a parent outside that branch."


class HierarchyIsTooDeep(RuleBroken):
    code = "hierarchy-is-too-deep"
    title = "Companies stand in at most ten levels"
    hint = "Take a parent nearer to the top of the family."


class PhoneNumberIsImpossible(InvalidInput):
    code = "phone-number-is-impossible"
    title = "A phone number must be one that can be dialled"
    hint = (
        "Write it in international form such as +49 30 901820, or give an address or a country "
        "so that the national form can be understood."
    )


class AddressKindIsRepeated(InvalidInput):
    code = "address-kind-is-repeated"
    title = "There is one billing and one registered address"
    hint = "Keep one address of that kind; use `shipping`, `visiting` or `other` for the rest."


class ConsentLiesInTheFuture(InvalidInput):
    code = "consent-lies-in-the-future"
    title = "A consent is recorded when it was given, not before"
    hint = "Send the moment at which the person decided, with its offset; check the clock."


class RoleEndsBeforeItStarts(InvalidInput):
    code = "role-ends-before-it-starts"
    title = "A role ends on or after the day it starts"
    hint = "Correct `starts_on` or `ends_on`; both days belong to the role."


class PrimaryContactIsTaken(RuleBroken):
    code = "primary-contact-is-taken"
    title = "A customer has one primary contact"
    hint = "Somebody else was made primary at the same moment; read the contacts and try again."


class ContactIsAnothers(InvalidInput):
    code = "contact-is-anothers"
    title = "The contact must belong to the customer"
    hint = "Take a contact from GET /v1/customers/{customer_id}/contacts."


@dataclass(frozen=True, slots=True)
class Address:
    """A postal address; `country` is ISO 3166-1 alpha-2."""

    kind: str
    line1: str
    line2: str | None
    city: str
    region: str | None
    postal_code: str | None
    country: str


def addresses_in(stored: Sequence[Mapping[str, Any]]) -> tuple[Address, ...]:
    """The addresses in a row's column."""
    return tuple(Address(**address) for address in stored)


def addresses_out(addresses: Sequence[Address]) -> list[dict[str, Any]]:
    """The addresses as a row's column holds them."""
    return [asdict(address) for address in addresses]


@dataclass(frozen=True, slots=True)
class NewContact:
    """A person to be recorded at a customer; the phone number as written down."""

    name: str
    job_title: str | None = None
    email: str | None = None
    phone: str | None = None
    language: str | None = None
    role: str | None = None
    starts_on: date | None = None
    ends_on: date | None = None
    is_primary: bool = False
    addresses: tuple[Address, ...] = ()


@dataclass(frozen=True, slots=True)
class NewCustomer:
    """A customer to be recorded; the phone number as written down."""

    name: str
    tier: str = DEFAULT_TIER
    owner: str | None = None
    country: str | None = None
    tax_id: str | None = None
    currency: str | None = None
    email: str | None = None
    phone: str | None = None
    active: bool = True
    external_reference: str | None = None
    parent_id: UUID | None = None
    addresses: tuple[Address, ...] = ()
    contacts: tuple[NewContact, ...] = ()


@dataclass(frozen=True, slots=True)
class Known:
    """What the bulk route must know about customers that exist: who holds which identity."""

    by_reference: Mapping[str, UUID]
    by_tax_id: Mapping[str, UUID]
    levels: Mapping[UUID, int] = field(default_factory=dict)
    """The level of each parent that exists; 1 is the top."""


@dataclass(frozen=True, slots=True)
class Existing:
    """The row names a customer that we have: its reference is known."""

    customer_id: UUID


Verdict = NewCustomer | Existing | Refusal


def sort_out(rows: Sequence[NewCustomer | Refusal], known: Known) -> list[Verdict]:
    """Say of each row of an import whether to create it, that we have it, or why not.

    A row whose reference appeared in an earlier row of the same import is refused, since the two
    may differ and nobody could say which one holds.
    """
    references: set[str] = set()
    tax_ids: set[str] = set()
    verdicts: list[Verdict] = []
    for row in rows:
        verdict = (
            row if isinstance(row, Refusal) else _sort_out_one(row, known, references, tax_ids)
        )
        if isinstance(verdict, NewCustomer):
            if verdict.external_reference is not None:
                references.add(verdict.external_reference)
            if verdict.tax_id is not None:
                tax_ids.add(verdict.tax_id)
        verdicts.append(verdict)
    return verdicts


def _sort_out_one(
    row: NewCustomer, known: Known, references: set[str], tax_ids: set[str]
) -> Verdict:
    reference, tax_id = row.external_reference, row.tax_id
    if reference is not None:
        if reference in known.by_reference:
            return Existing(known.by_reference[reference])
        if reference in references:
            return ExternalReferenceIsTaken(
                f"An earlier row has the reference {reference!r} too.", field="external_reference"
            )
    if tax_id is not None and (tax_id in known.by_tax_id or tax_id in tax_ids):
        return TaxIdIsTaken(f"Another customer has the tax id {tax_id!r}.", field="tax_id")
    return parent_refusal(row.parent_id, known.levels) or row


def parent_refusal(parent_id: UUID | None, levels: Mapping[UUID, int]) -> Refusal | None:
    """Why a new customer cannot stand below the parent; `levels` as in `Known`."""
    if parent_id is None:
        return None
    if parent_id not in levels:
        return ParentNotFound(f"There is no customer {parent_id}.", field="parent_id")
    if levels[parent_id] >= MOST_LEVELS:
        return HierarchyIsTooDeep(
            f"Customer {parent_id} stands on level {levels[parent_id]} already.", field="parent_id"
        )
    return None


@dataclass(frozen=True, slots=True)
class Consent:
    """One entry of the ledger: a person (or the company as such) allowed or forbade a use."""

    id: UUID
    contact_id: UUID | None
    purpose: str
    channel: str
    granted: bool
    decided_at: datetime


def check_addresses(addresses: Sequence[Address]) -> None:
    """Raise AddressKindIsRepeated when invoices could go to two places."""
    seen: set[str] = set()
    for position, address in enumerate(addresses):
        if address.kind in SINGLE_KINDS and address.kind in seen:
            raise AddressKindIsRepeated(
                f"There is more than one {address.kind} address.",
                field=f"addresses.{position}.kind",
            )
        seen.add(address.kind)


def check_role_days(starts_on: date | None, ends_on: date | None) -> None:
    """Raise RoleEndsBeforeItStarts; a missing day is open."""
    if starts_on is not None and ends_on is not None and ends_on < starts_on:
        raise RoleEndsBeforeItStarts(f"{ends_on} is before {starts_on}.", field="ends_on")


def check_primary(contacts: Sequence[NewContact]) -> None:
    """Raise PrimaryContactIsTaken when two contacts of a new customer would be primary."""
    primary = [position for position, contact in enumerate(contacts) if contact.is_primary]
    if len(primary) > 1:
        raise PrimaryContactIsTaken(
            "Two contacts are primary.", field=f"contacts.{primary[1]}.is_primary"
        )


def home_country(addresses: Sequence[Address], given: str | None = None) -> str | None:
    """The country a party is at home in: as given, else of its registered, billing, first address.

    National phone numbers are read as numbers of this country.
    """
    if given is not None:
        return given
    by_kind = {address.kind: address.country for address in reversed(addresses)}
    first = addresses[0].country if addresses else None
    return by_kind.get("registered") or by_kind.get("billing") or first


def check_decision_time(decided_at: datetime, now: datetime) -> None:
    """Raise ConsentLiesInTheFuture; clocks may differ by five minutes."""
    if decided_at > now + CLOCK_SKEW:
        raise ConsentLiesInTheFuture(
            f"{decided_at.isoformat()} is after now, {now.isoformat()}.", field="decided_at"
        )


def consents_in_force(entries: Iterable[Consent]) -> list[Consent]:
    """The decision that holds per person, purpose and channel: the one made last.

    The moment of the decision counts, not that of its recording: a withdrawal that was mailed on
    Monday and typed in on Wednesday outranks a consent given on Sunday, and a consent form found
    in a drawer does not undo a later withdrawal. Of two decisions at the same moment the one that
    forbids holds: when in doubt we do not write to people.
    """
    newest: dict[tuple[UUID | None, str, str], Consent] = {}
    for entry in entries:
        key = (entry.contact_id, entry.purpose, entry.channel)
        held = newest.get(key)
        if held is None or _rank(entry) > _rank(held):
            newest[key] = entry
    return list(newest.values())


def _rank(entry: Consent) -> tuple[datetime, bool, UUID]:
    return entry.decided_at, not entry.granted, entry.id
