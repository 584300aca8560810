"""The laws of leads: which state follows which, and what a conversion needs."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from servicekit.errors import InvalidInput, NotFound, RuleBroken
from servicekit.values import Money


class LeadStatus(StrEnum):
    """Where a lead stands."""

    NEW = "new"
    WORKING = "working"
    QUALIFIED = "qualified"
    CONVERTED = "converted"
    DISQUALIFIED = "disqualified"


class Disqualification(StrEnum):
    """Why nobody works on a lead any more."""

    NO_INTEREST = "no-interest"
    NO_BUDGET = "no-budget"
    NO_FIT = "no-fit"
    UNREACHABLE = "unreachable"
    DUPLICATE = "duplicate"
    OTHER = "other"


FOLLOWS: Mapping[LeadStatus, frozenset[LeadStatus]] = {
    LeadStatus.NEW: frozenset({LeadStatus.WORKING, LeadStatus.QUALIFIED, LeadStatus.DISQUALIFIED}),
    LeadStatus.WORKING: frozenset({LeadStatus.NEW, LeadStatus.QUALIFIED, LeadStatus.DISQUALIFIED}),
    LeadStatus.QUALIFIED: frozenset({LeadStatus.WORKING, LeadStatus.DISQUALIFIED}),
    # Taken up again: somebody works on it. Its history shows both.
    LeadStatus.DISQUALIFIED: frozenset({LeadStatus.WORKING}),
    LeadStatus.CONVERTED: frozenset(),
}
"""Which states follow which; only a conversion makes a lead converted, and it stays so."""


class LeadNotFound(NotFound):
    """The lead does not exist, or belongs to another tenant."""

    code = "lead-not-found"
    title = "No such lead"
    hint = "List the leads with GET /v1/leads."


class LeadReferenceIsTaken(RuleBroken):
    """An external reference names one lead."""

    code = "lead-reference-is-taken"
    title = "Another lead has this external reference"
    hint = "Look for it with GET /v1/leads?external_reference=..."


class LeadHasNobody(InvalidInput):
    """A lead is somebody, and can be reached or found."""

    code = "lead-has-nobody"
    title = "A lead names a person or a company"
    hint = "Give a name or a company_name."


class LeadStatusDoesNotFollow(RuleBroken):
    """A lead goes through its states in order."""

    code = "lead-status-does-not-follow"
    title = "This status does not follow the one that the lead has"
    hint = "new, working and qualified lead to each other and to disqualified; that to working."


class LeadIsConverted(RuleBroken):
    """What became a customer is changed there."""

    code = "lead-is-converted"
    title = "A converted lead does not change"
    hint = "Change the customer, person or opportunity that it names."


class LeadIsDisqualified(RuleBroken):
    """A disqualified lead is taken up again before it is converted."""

    code = "lead-is-disqualified"
    title = "A disqualified lead is not converted"
    hint = "Take it up again: POST /v1/leads/{id}/status with `working`."


class DisqualificationNeedsReason(InvalidInput):
    """Marketing learns from why leads come to nothing."""

    code = "disqualification-needs-reason"
    title = "A lead is disqualified for a reason"
    hint = "Give a `disqualification`, and a `reason` in words where it is `other`."


class LeadHasNoCompany(InvalidInput):
    """A customer is a company with a name."""

    code = "lead-has-no-company"
    title = "A conversion needs a customer, or a company name to make one of"
    hint = "Give a customer_id or a company_name; the lead has none."


class LeadHasNoPerson(InvalidInput):
    """A person has a name."""

    code = "lead-has-no-person"
    title = "A conversion with a person needs one, or a name to make one of"
    hint = "Give a person_id or a name, or `with_person` false."


@dataclass(frozen=True, slots=True)
class NewLead:
    """A lead to be recorded; the phone number as written down, the amount without tax."""

    name: str | None = None
    company_name: str | None = None
    job_title: str | None = None
    email: str | None = None
    phone: str | None = None
    country: str | None = None
    source: str = "other"
    campaign: str | None = None
    interest: str | None = None
    owner: str | None = None
    external_reference: str | None = None


@dataclass(frozen=True, slots=True)
class Chance:
    """The opportunity that a conversion opens."""

    name: str
    amount: Money | None = None
    expected_close_on: date | None = None


@dataclass(frozen=True, slots=True)
class Conversion:
    """What a lead becomes: who exists already, and what is made otherwise.

    Without `chance` no opportunity is opened; without `with_person` no person is made or named.
    """

    customer_id: UUID | None = None
    company_name: str | None = None
    person_id: UUID | None = None
    name: str | None = None
    with_person: bool = True
    role: str | None = None
    chance: Chance | None = None


def check_somebody(name: str | None, company_name: str | None) -> None:
    """Raise `LeadHasNobody` for a lead without a person and a company."""
    if name is None and company_name is None:
        raise LeadHasNobody("Neither a person nor a company is named.", field="name")


def check_move(
    status: LeadStatus,
    wanted: LeadStatus,
    disqualification: Disqualification | None,
    reason: str | None,
) -> None:
    """Raise what keeps a lead from a status.

    `LeadIsConverted`, `LeadStatusDoesNotFollow` or `DisqualificationNeedsReason`.
    """
    if status is LeadStatus.CONVERTED:
        raise LeadIsConverted("It was converted.")
    if wanted not in FOLLOWS[status]:
        raise LeadStatusDoesNotFollow(f"The lead is {status.value}.", field="status")
    if wanted is LeadStatus.DISQUALIFIED and (
        disqualification is None or (disqualification is Disqualification.OTHER and not reason)
    ):
        raise DisqualificationNeedsReason(
            "Nothing says why.",
            field="disqualification" if disqualification is None else "reason",
        )
