"""Entries that are posted again and again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from erp.ledger import queries
from erp.ledger.models import Occurrence, Template
from erp.ledger.rules import (
    EntryLine,
    Journal,
    OwnWorkIsNotApproved,
    TemplateIsApproved,
    check_recurrence,
    kept,
    occurrence,
)
from erp.ledger.service.drafts import as_kept, lines_of
from erp.ledger.service.manual import check_manual_lines, post_manual_entry
from erp.ledger.service.posting import EntryInput, post_entry
from servicekit.errors import Refusal
from servicekit.uow import UnitOfWork


@dataclass(frozen=True, slots=True)
class Recurrence:
    """When a template posts by itself: on `first_on` and every so many months after it."""

    first_on: date | None = None
    every_months: int | None = None
    ends_on: date | None = None


async def make_template(
    uow: UnitOfWork,
    company_id: UUID,
    name: str,
    lines: Sequence[EntryLine],
    reference: str | None,
    recurrence: Recurrence,
) -> Template:
    """Keep lines to be posted again; what recurs starts when another person has approved it.

    Raises `RecurrenceMakesNoSense`, `TemplateExists`, and what `check_manual_lines` raises.
    """
    check_recurrence(recurrence.first_on, recurrence.every_months, recurrence.ends_on)
    await check_manual_lines(uow, company_id, lines)
    template = Template(
        tenant=uow.tenant,
        id=uow.new_id(),
        company_id=company_id,
        name=name,
        reference=reference,
        lines=kept([as_kept(line) for line in lines]),
        first_on=recurrence.first_on,
        every_months=recurrence.every_months,
        ends_on=recurrence.ends_on,
        next_on=recurrence.first_on,
        posted=0,
        active=True,
        entered_by=uow.principal.subject,
    )
    uow.add(template)
    uow.audit("ledger.template.made", "journal-entry-template", template.id, {})
    await uow.flush()
    return template


async def approve_template(uow: UnitOfWork, template_id: UUID, *, expected: int) -> Template:
    """Let a recurring template post by itself.

    Raises `TemplateNotFound`, `Stale`, `TemplateIsApproved`, `OwnWorkIsNotApproved`.
    """
    template = await uow.lock(Template, template_id, expected)
    if template.approved_by is not None:
        raise TemplateIsApproved(f"{template.approved_by} has approved it.")
    if template.entered_by == uow.principal.subject:
        raise OwnWorkIsNotApproved(f"{template.entered_by} has made it.")
    template.approved_by = uow.principal.subject
    uow.audit("ledger.template.approved", "journal-entry-template", template_id, {})
    await uow.flush()
    return template


async def stop_template(
    uow: UnitOfWork, template_id: UUID, *, active: bool, expected: int
) -> Template:
    """Stop a template, or let it go on where it stopped; raises `TemplateNotFound`, `Stale`."""
    template = await uow.lock(Template, template_id, expected)
    template.active = active
    template.problem = None
    uow.audit(
        "ledger.template.changed",
        "journal-entry-template",
        template_id,
        {"active": active},
    )
    await uow.flush()
    return template


async def post_template(uow: UnitOfWork, template_id: UUID, effective_on: date) -> queries.EntryRow:
    """Post the lines of a template once, as an entry by hand.

    Raises `TemplateNotFound`, and what `post_manual_entry` raises.
    """
    template = await uow.get(Template, template_id)
    return await post_manual_entry(
        uow,
        EntryInput(
            template.company_id,
            Journal.GENERAL,
            effective_on,
            lines_of(template.lines),
            template.reference or template.name,
        ),
    )


async def post_due(uow: UnitOfWork, today: date) -> int:
    """Post the next occurrence of some templates that have one; answer how many there were.

    An occurrence of a closed day counts on the first open one. What is refused (an exchange rate
    is missing, an account was closed) is told on the template and tried again by the next run.
    """
    templates = await queries.due_templates(uow.session, today)
    for template in templates:
        due_on = template.next_on
        if due_on is None or template.every_months is None or template.first_on is None:
            continue
        try:
            async with uow.session.begin_nested():
                posted = await post_entry(
                    uow,
                    template.company_id,
                    Journal.GENERAL,
                    due_on,
                    lines_of(template.lines),
                    template.reference or template.name,
                    "recurring-entry",
                    uow.new_id(),
                )
        except Refusal as refusal:
            template.problem = str(refusal)
            await uow.flush()
            continue
        uow.add(
            Occurrence(
                tenant=uow.tenant, template_id=template.id, due_on=due_on, entry_id=posted.id
            )
        )
        template.posted += 1
        template.problem = None
        following = occurrence(template.first_on, template.every_months, template.posted)
        over = template.ends_on is not None and following > template.ends_on
        template.next_on = None if over else following
        uow.audit(
            "ledger.template.posted",
            "journal-entry-template",
            template.id,
            {"due_on": due_on, "entry_id": posted.id},
        )
        await uow.flush()
    return len(templates)
