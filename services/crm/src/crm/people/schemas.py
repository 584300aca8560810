"""What clients send and receive about people."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import Field, StringConstraints

from crm.customers.service import NewContact
from crm.people.models import Person
from crm.people.queries import Decided, Profile, Reached
from crm.people.service import NewPerson, PersonAddress, Reach
from servicekit.http import (
    CountryCode,
    DayIn,
    EmailIn,
    In,
    InstantIn,
    LongText,
    Name,
    Out,
    PhoneIn,
    ShortText,
)

Language = Annotated[
    str,
    StringConstraints(min_length=2, max_length=35, pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$"),
    Field(examples=["de-AT"], description="BCP 47"),
]
Purpose = Annotated[
    str,
    StringConstraints(min_length=1, max_length=64, pattern=r"^[a-z][a-z0-9-]*$"),
    Field(examples=["newsletter"]),
]
Channel = Literal["email", "phone", "sms", "post", "any"]


class PersonAddressIn(In):
    """A postal address of a person's own."""

    kind: Literal["home", "work", "other"] = "home"
    """What the address is for."""
    line1: Name
    line2: Name | None = None
    city: Name
    region: ShortText | None = None
    postal_code: Annotated[str, StringConstraints(min_length=1, max_length=20)] | None = None
    country: CountryCode


class PersonAddressOut(Out):
    """A postal address of a person's own."""

    kind: str
    """What the address is for: home, work or other."""
    line1: str
    line2: str | None
    city: str
    region: str | None
    postal_code: str | None
    country: str


class MailIn(In):
    """A mail address of a person's own."""

    address: EmailIn
    """The address; kept in small letters."""
    is_primary: bool = False
    """True: take this one first; without any, the first one is taken."""


class PhoneNumberIn(In):
    """A phone number of a person's own."""

    number: PhoneIn
    """The number; kept as E.164. A national one is read as one of the first address's country."""
    is_primary: bool = False
    """True: take this one first; without any, the first one is taken."""


class _Reaches(In):
    mails: Annotated[list[MailIn], Field(max_length=20)] = Field(default_factory=list)
    phones: Annotated[list[PhoneNumberIn], Field(max_length=20)] = Field(default_factory=list)
    addresses: Annotated[list[PersonAddressIn], Field(max_length=20)] = Field(default_factory=list)
    """Postal addresses of the person's own."""

    def reaches(self) -> dict[str, Any]:
        """Mails, phones and addresses as the service takes them."""
        return {
            "mails": tuple(Reach(each.address, each.is_primary) for each in self.mails),
            "phones": tuple(Reach(each.number, each.is_primary) for each in self.phones),
            "addresses": tuple(PersonAddress(**each.model_dump()) for each in self.addresses),
        }


class PersonIn(_Reaches):
    """A person to record; roles are given afterwards."""

    name: Name
    language: Language | None = None

    def person(self) -> NewPerson:
        """The command that the service takes."""
        return NewPerson(name=self.name, language=self.language, **self.reaches())


class PersonPatch(_Reaches):
    """What to change: a member left out stays, null clears it; lists replace the person's own."""

    name: Name = Field(default_factory=str)
    language: Language | None = None
    active: bool = Field(default_factory=bool)

    def changes(self) -> Mapping[str, Any]:
        """The members that were sent."""
        reaches = self.reaches()
        return {
            name: reaches[name] if name in reaches else getattr(self, name)
            for name in self.model_fields_set
        }


class RoleIn(In):
    """A role of a person at a company."""

    customer_id: UUID
    role: ShortText | None = None
    job_title: ShortText | None = None
    email: EmailIn | None = None
    phone: PhoneIn | None = None
    starts_on: DayIn | None = None
    ends_on: DayIn | None = None
    is_primary: bool = False

    def contact(self) -> NewContact:
        """The command that the service takes; the name is the person's."""
        return NewContact(
            name="-",
            job_title=self.job_title,
            email=self.email,
            phone=self.phone,
            role=self.role,
            starts_on=self.starts_on,
            ends_on=self.ends_on,
            is_primary=self.is_primary,
        )


class PersonSummaryOut(Out):
    """A person, in a list."""

    id: UUID
    name: str
    language: str | None
    active: bool
    version: int
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, person: Person) -> Self:
        """Render a person."""
        return cls.model_validate(person)


class MailOut(Out):
    """A mail address."""

    address: str
    """The address."""
    is_primary: bool
    """Whether it is taken first."""
    contact_id: UUID | None
    """The role at which it reaches the person; null: their own."""


class PhoneOut(Out):
    """A phone number."""

    number: str
    """The number, as E.164."""
    is_primary: bool
    """Whether it is taken first."""
    contact_id: UUID | None
    """The role at which it reaches the person; null: their own."""


class RoleOut(Out):
    """A role at a company; it is changed as the company's contact."""

    contact_id: UUID
    """The contact that this role is at the company."""
    customer_id: UUID
    customer_name: str
    customer_number: str
    role: str | None
    job_title: str | None
    email: str | None
    phone: str | None
    starts_on: date | None
    ends_on: date | None
    is_primary: bool
    active: bool


class PersonProfileOut(PersonSummaryOut):
    """A person with everything that reaches them, and every role."""

    addresses: list[PersonAddressOut]
    """Postal addresses of the person's own."""
    mails: list[MailOut]
    phones: list[PhoneOut]
    roles: list[RoleOut]

    @classmethod
    def render(cls, profile: Profile) -> Self:
        """Render a person with what hangs on them."""
        person = profile.person
        return cls(
            id=person.id,
            name=person.name,
            language=person.language,
            active=person.active,
            version=person.version,
            created_at=person.created_at,
            updated_at=person.updated_at,
            addresses=[PersonAddressOut.model_validate(each) for each in person.addresses],
            mails=[MailOut.model_validate(each) for each in profile.mails],
            phones=[PhoneOut.model_validate(each) for each in profile.phones],
            roles=[RoleOut.model_validate(each) for each in profile.roles],
        )


class ReachedOut(Out):
    """Somebody who answers a number or an address."""

    person_id: UUID
    name: str
    language: str | None
    active: bool
    contact_id: UUID | None
    """The role at which it reaches them; null: it is their own."""
    customer_id: UUID | None
    """The company of that role."""
    customer_name: str | None
    customer_number: str | None
    job_title: str | None
    ends_on: date | None

    @classmethod
    def of(cls, reached: Reached) -> Self:
        """Render somebody."""
        return cls.model_validate(reached)


class ReachedListOut(Out):
    """Who answers, those in a role today first."""

    items: list[ReachedOut]
    """At most fifty."""


class PersonConsentIn(In):
    """A decision about the use of a person's data, and where we know it from."""

    purpose: Purpose
    channel: Channel = "any"
    granted: bool
    source: ShortText = Field(examples=["web form", "signed paper", "call"])
    """How we know of the decision."""
    evidence: LongText | None = None
    decided_at: InstantIn


class DecidedOut(Out):
    """An entry of a person's consent ledger."""

    id: UUID
    customer_id: UUID | None
    """The company at which the decision was made; null: the person as such."""
    purpose: str
    channel: str
    granted: bool
    source: str
    """How we know of the decision."""
    evidence: str | None
    decided_at: datetime
    recorded_at: datetime
    recorded_by: str


class PersonConsentsOut(Out):
    """The consent ledger of a person over all companies, the newest decision first."""

    items: list[DecidedOut]
    """Every decision there ever was."""

    @classmethod
    def of(cls, ledger: list[Decided]) -> Self:
        """Render a ledger."""
        return cls(items=[DecidedOut.model_validate(each) for each in ledger])


class ConsentCheckOut(Out):
    """Whether a use is allowed."""

    granted: bool
    """True: the newest decision for the purpose and channel allows it."""
