"""What clients send and receive about customers."""

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from email_validator import SPECIAL_USE_DOMAIN_NAMES, EmailNotValidError, validate_email
from pydantic import AfterValidator, Field, StringConstraints
from pydantic_core import PydanticCustomError

from crm.customers.models import Contact, Customer
from crm.customers.queries import RecordedConsent
from crm.customers.rules import DEFAULT_TIER, Address
from crm.customers.service import Created, NewContact, NewCustomer
from servicekit.http import (
    CountryCode,
    CurrencyCode,
    DayIn,
    EmailIn,
    In,
    InstantIn,
    LongText,
    Name,
    Out,
    PhoneIn,
    Reason,
    Reference,
    ShortText,
)

AddressKind = Literal["billing", "shipping", "registered", "visiting", "other"]
Channel = Literal["email", "phone", "sms", "post", "any"]


_PLAIN_ADDRESS = re.compile(
    r"(?=.{3,254}\Z)(?=[^@]{1,64}@)[a-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?\Z"
)
"""A dot-atom at a host name, both ASCII and lower case (RFC 5321, 4.1.2; RFC 1035, 2.3.1)."""


_RESERVED = frozenset(name.rpartition(".")[2] for name in SPECIAL_USE_DOMAIN_NAMES)


def _is_plain(address: str) -> bool:
    return (
        _PLAIN_ADDRESS.match(address) is not None
        and "xn--" not in address
        and address.rpartition(".")[2] not in _RESERVED
    )


def _deliverable_in_form(address: str) -> str:
    """Check the syntax of an address; whether a mailbox answers, only a mail can tell.

    Nearly every address is a plain one, for which the library's care for other alphabets costs
    more than all other checks of a request together.
    """
    if _is_plain(address):
        return address
    try:
        return validate_email(address, check_deliverability=False, test_environment=True).normalized
    except EmailNotValidError as error:
        raise PydanticCustomError(
            "email", "This is no mail address: {why}", {"why": str(error)}
        ) from error


Email = Annotated[EmailIn, AfterValidator(_deliverable_in_form)]
Tier = Annotated[
    str,
    StringConstraints(min_length=1, max_length=32, pattern=r"^[a-z][a-z0-9-]*$"),
    Field(examples=["gold"], description="A word of the tenant's own; price rules refer to it."),
]
TaxId = Annotated[
    str,
    StringConstraints(min_length=2, max_length=40, pattern=r"^[A-Za-z0-9][A-Za-z0-9 ./-]*$"),
]
Purpose = Annotated[
    str,
    StringConstraints(min_length=1, max_length=64, pattern=r"^[a-z][a-z0-9-]*$"),
    Field(examples=["newsletter"]),
]
Language = Annotated[
    str,
    StringConstraints(min_length=2, max_length=35, pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$"),
    Field(examples=["de-AT"], description="BCP 47"),
]
Subject = Annotated[
    str,
    StringConstraints(min_length=1, max_length=255),
    Field(description="Subject of a person, as in their access token."),
]


class AddressIn(In):
    """A postal address."""

    kind: AddressKind = "billing"
    """What the address is for."""
    line1: Name
    line2: Name | None = None
    city: Name
    region: ShortText | None = None
    postal_code: Annotated[str, StringConstraints(min_length=1, max_length=20)] | None = None
    country: CountryCode

    def address(self) -> Address:
        """The value the rules work with."""
        return Address(
            kind=self.kind,
            line1=self.line1,
            line2=self.line2,
            city=self.city,
            region=self.region,
            postal_code=self.postal_code,
            country=self.country,
        )


class AddressOut(Out):
    """A postal address."""

    kind: str
    """What the address is for: billing, shipping, registered, visiting or other."""
    line1: str
    line2: str | None
    city: str
    region: str | None
    postal_code: str | None
    country: str


Addresses = Annotated[list[AddressIn], Field(max_length=20)]


class ContactIn(In):
    """A person at a customer."""

    name: Name
    job_title: ShortText | None = None
    email: Email | None = None
    phone: PhoneIn | None = None
    language: Language | None = None
    role: ShortText | None = None
    starts_on: DayIn | None = None
    ends_on: DayIn | None = None
    is_primary: bool = False
    addresses: Addresses = Field(default_factory=list)

    def contact(self) -> NewContact:
        """The command that the service takes."""
        return NewContact(
            name=self.name,
            job_title=self.job_title,
            email=self.email,
            phone=self.phone,
            language=self.language,
            role=self.role,
            starts_on=self.starts_on,
            ends_on=self.ends_on,
            is_primary=self.is_primary,
            addresses=tuple(address.address() for address in self.addresses),
        )


class CustomerIn(In):
    """A customer to record. `country` helps to read a national phone number; addresses do too."""

    name: Name
    tier: Tier = DEFAULT_TIER
    owner: Subject | None = None
    country: CountryCode | None = None
    tax_id: TaxId | None = None
    currency: CurrencyCode | None = None
    email: Email | None = None
    phone: PhoneIn | None = None
    active: bool = True
    """False for one to whom nothing is sold any more."""
    external_reference: Reference | None = None
    parent_id: UUID | None = None
    addresses: Addresses = Field(default_factory=list)
    """At most one billing and one registered address."""
    contacts: Annotated[list[ContactIn], Field(max_length=50)] = Field(default_factory=list)

    def customer(self) -> NewCustomer:
        """The command that the service takes."""
        return NewCustomer(
            name=self.name,
            tier=self.tier,
            owner=self.owner,
            country=self.country,
            tax_id=self.tax_id,
            currency=self.currency,
            email=self.email,
            phone=self.phone,
            active=self.active,
            external_reference=self.external_reference,
            parent_id=self.parent_id,
            addresses=tuple(address.address() for address in self.addresses),
            contacts=tuple(contact.contact() for contact in self.contacts),
        )


def _changes(body: In) -> Mapping[str, Any]:
    """What the client named, and nothing else: an absent member is left as it is."""
    changes = {name: getattr(body, name) for name in body.model_fields_set}
    if "addresses" in changes:
        changes["addresses"] = tuple(address.address() for address in changes["addresses"])
    return changes


class CustomerPatch(In):
    """What to change: a member left out stays, null clears it. The tier has its own command."""

    name: Name = Field(default_factory=str)
    owner: Subject | None = None
    country: CountryCode | None = None
    tax_id: TaxId | None = None
    currency: CurrencyCode | None = None
    email: Email | None = None
    phone: PhoneIn | None = None
    active: bool = Field(default_factory=bool)
    parent_id: UUID | None = None
    addresses: Addresses = Field(default_factory=list)

    def changes(self) -> Mapping[str, Any]:
        """The members that were sent."""
        return _changes(self)


class ContactPatch(In):
    """What to change: a member left out stays, null clears it."""

    name: Name = Field(default_factory=str)
    job_title: ShortText | None = None
    email: Email | None = None
    phone: PhoneIn | None = None
    language: Language | None = None
    role: ShortText | None = None
    starts_on: DayIn | None = None
    ends_on: DayIn | None = None
    is_primary: bool = Field(default_factory=bool)
    active: bool = Field(default_factory=bool)
    addresses: Addresses = Field(default_factory=list)

    def changes(self) -> Mapping[str, Any]:
        """The members that were sent."""
        return _changes(self)


class TierIn(In):
    """The tier to move to, and why."""

    tier: Tier
    reason: Reason
    """Why, for the audit trail."""


class ConsentIn(In):
    """A decision about the use of somebody's data, and where we know it from."""

    contact_id: UUID | None = None
    """The person who decided; null: the customer as such."""
    purpose: Purpose
    channel: Channel = "any"
    granted: bool
    source: ShortText = Field(examples=["web form", "signed paper", "call"])
    """How we know of the decision."""
    evidence: LongText | None = None
    decided_at: InstantIn


class CustomerOut(Out):
    """A customer."""

    id: UUID
    number: str
    name: str
    tier: str
    owner: str | None
    country: str | None
    tax_id: str | None
    currency: str | None
    email: str | None
    phone: str | None
    active: bool
    external_reference: str | None
    parent_id: UUID | None
    addresses: list[AddressOut]
    version: int
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, customer: Customer) -> Self:
        """Render a customer."""
        return cls.model_validate(customer)

    @classmethod
    def just_created(cls, created: Created, now: datetime) -> Self:
        """Render a customer that this request has recorded."""
        customer = created.customer
        return cls(
            id=created.id,
            number=created.number,
            name=customer.name,
            tier=customer.tier,
            owner=customer.owner,
            country=customer.country,
            tax_id=customer.tax_id,
            currency=customer.currency,
            email=customer.email,
            phone=customer.phone,
            active=customer.active,
            external_reference=customer.external_reference,
            parent_id=customer.parent_id,
            addresses=[AddressOut.model_validate(address) for address in customer.addresses],
            version=1,
            created_at=now,
            updated_at=now,
        )


class ContactOut(Out):
    """A person at a customer."""

    id: UUID
    customer_id: UUID
    person_id: UUID
    name: str
    job_title: str | None
    email: str | None
    phone: str | None
    language: str | None
    role: str | None
    starts_on: date | None
    ends_on: date | None
    is_primary: bool
    active: bool
    addresses: list[AddressOut]
    version: int
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, contact: Contact) -> Self:
        """Render a contact."""
        return cls.model_validate(contact)


class ContactsOut(Out):
    """The people at a customer, by name."""

    items: list[ContactOut]


class ConsentOut(Out):
    """An entry of the consent ledger."""

    id: UUID
    contact_id: UUID | None
    purpose: str
    channel: str
    granted: bool
    in_force: bool
    source: str
    """How we know of the decision."""
    evidence: str | None
    decided_at: datetime
    recorded_at: datetime
    recorded_by: str

    @classmethod
    def of(cls, recorded: RecordedConsent) -> Self:
        """Render an entry."""
        entry = recorded.entry
        return cls(
            id=entry.id,
            contact_id=entry.contact_id,
            purpose=entry.purpose,
            channel=entry.channel,
            granted=entry.granted,
            in_force=recorded.in_force,
            source=entry.source,
            evidence=entry.evidence,
            decided_at=entry.decided_at,
            recorded_at=entry.recorded_at,
            recorded_by=entry.recorded_by,
        )


class ConsentsOut(Out):
    """The consent ledger of a customer, the newest decision first."""

    items: list[ConsentOut]
    """Every decision there ever was."""
