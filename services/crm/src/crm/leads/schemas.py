"""What clients send and receive about leads."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import Field, StringConstraints

from crm.leads.models import Lead, LeadStep
from crm.leads.service import Chance, Conversion, Disqualification, LeadStatus, NewLead
from servicekit.http import DayIn, In, MoneyIn, Name, Out, Reason, Reference, ShortText
from servicekit.http.schemas import Code, CountryCode, EmailIn, LongText, PhoneIn

Subject = Annotated[
    str,
    StringConstraints(min_length=1, max_length=255),
    Field(description="Subject of a person, as in their access token."),
]


class _LeadMembersIn(In):
    """What is known of a lead."""

    name: Name | None = None
    """Of the person."""
    company_name: Name | None = None
    job_title: ShortText | None = None
    email: EmailIn | None = None
    phone: PhoneIn | None = None
    country: CountryCode | None = None
    """Where it is (ISO 3166-1 alpha-2); a phone number in national form is read there."""
    campaign: ShortText | None = None
    """What brought it, where that was a campaign."""
    interest: LongText | None = None
    """What it asked for, in words."""


class LeadIn(_LeadMembersIn):
    """Somebody who may become a customer: a person, a company, or a person of a company."""

    source: Code = "other"
    """Where it came from, such as web, fair, referral or import."""
    owner: Subject | None = None
    external_reference: Reference | None = None

    def lead(self) -> NewLead:
        """The command that the service takes."""
        return NewLead(**{name: getattr(self, name) for name in type(self).model_fields})


class LeadPatch(_LeadMembersIn):
    """What to change: a member left out stays, null clears it. The status has its own command."""

    source: Code = ""
    """Where it came from."""
    owner: Subject = ""

    def changes(self) -> Mapping[str, Any]:
        """The members that were sent."""
        return {name: getattr(self, name) for name in self.model_fields_set}


class LeadStatusIn(In):
    """Where a lead goes next."""

    status: Annotated[LeadStatus, Field(description="Not `converted`: that is a conversion.")]
    disqualification: Disqualification | None = None
    """Why it is given up; needed for `disqualified`."""
    reason: Reason | None = None
    """Why, in words; needed where the disqualification is `other`."""


class ChanceIn(In):
    """The opportunity that the conversion opens."""

    name: Name
    amount: MoneyIn | None = None
    """What we expect to sell for, without tax."""
    expected_close_on: DayIn | None = None

    def chance(self) -> Chance:
        """The value the rules work with."""
        return Chance(
            self.name,
            None if self.amount is None else self.amount.money(),
            self.expected_close_on,
        )


class LeadConversionIn(In):
    """What a lead becomes. What is not named is made of what the lead says."""

    customer_id: UUID | None = None
    """The customer that it belongs to; null: one is made."""
    company_name: Name | None = None
    """What a new customer is called; null: as the lead says."""
    person_id: UUID | None = None
    """The person that it is; null: one is made."""
    name: Name | None = None
    """What a new person is called; null: as the lead says."""
    with_person: bool = True
    """False: a customer alone."""
    role: ShortText | None = None
    """What the person is at the customer, such as buyer."""
    opportunity: ChanceIn | None = None
    """Null: no opportunity is opened."""

    def conversion(self) -> Conversion:
        """The command that the service takes."""
        return Conversion(
            customer_id=self.customer_id,
            company_name=self.company_name,
            person_id=self.person_id,
            name=self.name,
            with_person=self.with_person,
            role=self.role,
            chance=None if self.opportunity is None else self.opportunity.chance(),
        )


class LeadOut(Out):
    """A lead, and what it became."""

    id: UUID
    name: str | None
    company_name: str | None
    job_title: str | None
    email: str | None
    phone: str | None
    """In E.164 form."""
    country: str | None
    source: str
    campaign: str | None
    interest: str | None
    owner: str
    status: LeadStatus
    """new, working, qualified, converted or disqualified."""
    disqualification: Disqualification | None
    external_reference: str | None
    customer_id: UUID | None
    """What it became; null: it is not converted."""
    person_id: UUID | None
    """Who it is; null: not converted, or to a customer alone."""
    opportunity_id: UUID | None
    """What was opened at its conversion."""
    converted_at: datetime | None
    """When, in UTC."""
    converted_by: str | None
    version: int
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, lead: Lead) -> Self:
        """Render a lead."""
        return cls.model_validate(lead)


class LeadStepOut(Out):
    """A step of a lead; `seconds` is how long it stood there, null while it does."""

    previous_status: str | None
    """Where it came from; null for the first step."""
    status: str
    """Where it went."""
    disqualification: str | None
    reason: str | None
    """Why, where somebody said so."""
    changed_at: datetime
    """When, in UTC."""
    changed_by: str
    """Who did it: the subject of their access token."""
    seconds: int | None
    """How long it stood there; null while it does."""


class LeadHistoryOut(Out):
    """Every step of a lead, the first one first."""

    items: list[LeadStepOut]
    """Every step, the first one first."""

    @classmethod
    def of(cls, steps: Sequence[LeadStep]) -> Self:
        """Render a history, with how long the lead stood in each state."""
        ends: list[datetime | None] = [*(step.changed_at for step in steps[1:]), None]
        return cls(
            items=[
                LeadStepOut(
                    previous_status=step.previous_status,
                    status=step.status,
                    disqualification=step.disqualification,
                    reason=step.reason,
                    changed_at=step.changed_at,
                    changed_by=step.changed_by,
                    seconds=None if end is None else int((end - step.changed_at).total_seconds()),
                )
                for step, end in zip(steps, ends, strict=True)
            ]
        )
