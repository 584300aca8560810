"""The doors of drafts and templates of entries."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends

from erp.exchange_rates.queries import ExchangeRateIsMissing
from erp.ledger import queries, service
from erp.ledger.models import Draft, Template
from erp.ledger.rules import (
    AccountIsControlled,
    AccountIsUnknown,
    AccountTakesNoPostings,
    AmountHasTooManyDecimals,
    AmountIsTooLarge,
    BookedInTheFuture,
    CompanyNotFound,
    DimensionIsUnknown,
    DraftIsDecided,
    DraftNotFound,
    DraftStatus,
    EntryIsNotBalanced,
    EntryNeedsApproval,
    EntryNeedsTwoLines,
    Journal,
    LineHasOneSide,
    NoCompanyYet,
    OthersWorkIsNotWithdrawn,
    OwnWorkIsNotApproved,
    PeriodIsClosed,
    RecurrenceMakesNoSense,
    TemplateExists,
    TemplateIsApproved,
    TemplateNotFound,
    check_day_has_come,
)
from erp.ledger.schemas import (
    CompanyOut,
    DraftOut,
    EntryApprovalLimitIn,
    JournalEntryIn,
    JournalEntryOut,
    OccurrencesOut,
    RejectionIn,
    TemplateEntryIn,
    TemplateIn,
    TemplateOut,
    TemplatePatch,
)
from servicekit.http.filters import choice, prefixed
from servicekit.http.paging import Listing, Page, PageOut
from servicekit.http.router import SliceRouter
from servicekit.http.supplied import IfMatch, Reads, Writes

READ, WRITE, APPROVE = "erp.ledger.read", "erp.ledger.write", "erp.ledger.approve"

limits = SliceRouter(prefix="/v1/companies", tags=["ledger"])
drafts = SliceRouter(prefix="/v1/journal-entry-drafts", tags=["ledger"])
templates = SliceRouter(prefix="/v1/journal-entry-templates", tags=["ledger"])

DRAFTS = Listing(
    Draft,
    sorts={"created_at": Draft.created_at, "effective_on": Draft.effective_on},
    filters={
        "company_id": Draft.company_id,
        "status": choice(Draft.status, [status.value for status in DraftStatus]),
        "entered_by": Draft.entered_by,
        "effective_on": Draft.effective_on,
    },
    default_sort="-created_at",
)
TEMPLATES = Listing(
    Template,
    sorts={"name": Template.name, "created_at": Template.created_at},
    filters={
        "company_id": Template.company_id,
        "name": prefixed(Template.name),
        "active": Template.active,
        "next_on": Template.next_on,
    },
    default_sort="name",
)
LINES_REFUSED = (
    CompanyNotFound,
    NoCompanyYet,
    AccountIsUnknown,
    AccountIsControlled,
    AccountTakesNoPostings,
    EntryNeedsTwoLines,
    EntryIsNotBalanced,
    LineHasOneSide,
    AmountHasTooManyDecimals,
    AmountIsTooLarge,
    DimensionIsUnknown,
)


@limits.put(
    "/{company_id}/approval-limit",
    permission=APPROVE,
    refusals=(CompanyNotFound, AmountHasTooManyDecimals, AmountIsTooLarge),
)
async def set_approval_limit(
    company_id: UUID, body: EntryApprovalLimitIn, expected: IfMatch, uow: Writes
) -> CompanyOut:
    """From which amount on, in the company's currency, entries by hand need two people."""
    return CompanyOut.of(
        await service.set_approval_limit(uow, company_id, body.approval_from, expected=expected)
    )


@drafts.post(
    "",
    permission=WRITE,
    status_code=201,
    refusals=(*LINES_REFUSED, BookedInTheFuture, PeriodIsClosed),
)
async def enter_draft(body: JournalEntryIn, uow: Writes) -> DraftOut:
    """Write an entry down for another person to approve; it has no number until then."""
    company = await queries.company_or_default(uow.session, body.company_id)
    day = body.effective_on or uow.now.date()
    check_day_has_come(day, uow.now.date(), field="effective_on")
    lines = [line.line() for line in body.lines]
    return DraftOut.of(
        await service.enter_draft(
            uow,
            service.EntryInput(company.id, Journal.GENERAL, day, lines, body.reference),
        )
    )


@drafts.get("", permission=READ)
async def list_drafts(page: Annotated[Page, Depends(DRAFTS)], reads: Reads) -> PageOut[DraftOut]:
    """Drafts, the latest first unless sorted otherwise."""
    return PageOut.of(await page.fetch(reads, DRAFTS.select()), DraftOut.of)


@drafts.get("/{draft_id}", permission=READ, refusals=(DraftNotFound,))
async def get_draft(draft_id: UUID, reads: Reads) -> DraftOut:
    """A draft."""
    return DraftOut.of(await reads.get(Draft, draft_id))


@drafts.post(
    "/{draft_id}/approval",
    permission=APPROVE,
    refusals=(
        DraftNotFound,
        DraftIsDecided,
        OwnWorkIsNotApproved,
        PeriodIsClosed,
        AccountIsUnknown,
        AccountIsControlled,
        AccountTakesNoPostings,
        DimensionIsUnknown,
        ExchangeRateIsMissing,
        EntryIsNotBalanced,
    ),
)
async def approve_draft(draft_id: UUID, expected: IfMatch, uow: Writes) -> DraftOut:
    """Post what another person has entered."""
    return DraftOut.of(await service.approve_draft(uow, draft_id, expected=expected))


@drafts.post("/{draft_id}/rejection", permission=APPROVE, refusals=(DraftNotFound, DraftIsDecided))
async def reject_draft(
    draft_id: UUID, body: RejectionIn, expected: IfMatch, uow: Writes
) -> DraftOut:
    """Say no to a draft, and why."""
    return DraftOut.of(await service.reject_draft(uow, draft_id, body.reason, expected=expected))


@drafts.post(
    "/{draft_id}/withdrawal",
    permission=WRITE,
    refusals=(DraftNotFound, DraftIsDecided, OthersWorkIsNotWithdrawn),
)
async def withdraw_draft(draft_id: UUID, expected: IfMatch, uow: Writes) -> DraftOut:
    """Take one's own draft back."""
    return DraftOut.of(await service.withdraw_draft(uow, draft_id, expected=expected))


@templates.post(
    "",
    permission=WRITE,
    status_code=201,
    refusals=(*LINES_REFUSED, TemplateExists, RecurrenceMakesNoSense),
)
async def make_template(body: TemplateIn, uow: Writes) -> TemplateOut:
    """Keep lines to be posted again. What recurs posts once another person has approved it."""
    company = await queries.company_or_default(uow.session, body.company_id)
    return TemplateOut.of(
        await service.make_template(
            uow,
            company.id,
            body.name,
            [line.line() for line in body.lines],
            body.reference,
            body.recurrence(),
        )
    )


@templates.get("", permission=READ)
async def list_templates(
    page: Annotated[Page, Depends(TEMPLATES)], reads: Reads
) -> PageOut[TemplateOut]:
    """Templates, by name unless sorted otherwise."""
    return PageOut.of(await page.fetch(reads, TEMPLATES.select()), TemplateOut.of)


@templates.get("/{template_id}", permission=READ, refusals=(TemplateNotFound,))
async def get_template(template_id: UUID, reads: Reads) -> TemplateOut:
    """A template."""
    return TemplateOut.of(await reads.get(Template, template_id))


@templates.get("/{template_id}/occurrences", permission=READ, refusals=(TemplateNotFound,))
async def list_occurrences(template_id: UUID, reads: Reads) -> OccurrencesOut:
    """What a template has posted by itself."""
    await reads.get(Template, template_id)
    return OccurrencesOut.of(list(await queries.occurrences(reads.session, template_id)))


@templates.post(
    "/{template_id}/approval",
    permission=APPROVE,
    refusals=(TemplateNotFound, TemplateIsApproved, OwnWorkIsNotApproved),
)
async def approve_template(template_id: UUID, expected: IfMatch, uow: Writes) -> TemplateOut:
    """Let what another person has made post by itself."""
    return TemplateOut.of(await service.approve_template(uow, template_id, expected=expected))


@templates.patch("/{template_id}", permission=WRITE, refusals=(TemplateNotFound,))
async def change_template(
    template_id: UUID, body: TemplatePatch, expected: IfMatch, uow: Writes
) -> TemplateOut:
    """Stop a template, or let it go on where it stopped."""
    return TemplateOut.of(
        await service.stop_template(uow, template_id, active=body.active, expected=expected)
    )


@templates.post(
    "/{template_id}/entries",
    permission=WRITE,
    status_code=201,
    refusals=(
        TemplateNotFound,
        BookedInTheFuture,
        PeriodIsClosed,
        AccountIsUnknown,
        AccountIsControlled,
        AccountTakesNoPostings,
        DimensionIsUnknown,
        EntryNeedsApproval,
        EntryIsNotBalanced,
        ExchangeRateIsMissing,
    ),
)
async def post_template(template_id: UUID, body: TemplateEntryIn, uow: Writes) -> JournalEntryOut:
    """Post the lines of a template once."""
    day = body.effective_on or uow.now.date()
    check_day_has_come(day, uow.now.date(), field="effective_on")
    return JournalEntryOut.of(await service.post_template(uow, template_id, day))
