"""Use cases of the opportunities slice: load, decide, record, announce. None of them commits."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlalchemy import delete, exists, select
from sqlalchemy.dialects.postgresql import insert

from crm.customers import queries as customers
from crm.customers.queries import CustomerNotFound
from crm.opportunities import events, queries
from crm.opportunities.models import Opportunity, StageChange, StageRow
from crm.opportunities.rules import (
    AmountIsFinerThanItsCurrency,
    CustomerIsInactive,
    NewOpportunity,
    Pipeline,
    Stage,
    StageIsInUse,
    StageKind,
    Win,
    check_amount,
    check_pipeline,
    move,
    reopen,
    starting_stage,
    win,
)
from servicekit.errors import Refusal
from servicekit.uow import UnitOfWork
from servicekit.values import Money

__all__ = [
    "AmountIsFinerThanItsCurrency",
    "CustomerIsInactive",
    "NewOpportunity",
    "Stage",
    "StageKind",
    "Win",
    "change_opportunity",
    "define_stage",
    "drop_stage",
    "import_opportunities",
    "move_opportunity",
    "open_opportunity",
    "reopen_opportunity",
    "win_by_quote",
]


async def open_opportunity(uow: UnitOfWork, new: NewOpportunity) -> Opportunity:
    """Record a chance to sell and announce it.

    Raises CustomerNotFound, CustomerIsInactive, StageIsUnknown, OpportunityMustStartOpen,
    AmountIsFinerThanItsCurrency or OpportunityReferenceIsTaken.
    """
    customer = await customers.brief(uow, new.customer_id, lock=True)
    stages = await queries.tenant_pipeline(uow)
    opportunity = _open(uow, new, stages, active=customer.active)
    await uow.flush()
    uow.publish(events.opened(opportunity))
    return opportunity


async def import_opportunities(
    uow: UnitOfWork, rows: Sequence[NewOpportunity]
) -> list[tuple[UUID, bool] | Refusal]:
    """Record many opportunities, each on its own merits; (id, whether this import recorded it).

    A known external reference is left as it is. Costs four statements, however many rows.
    """
    stages = await queries.tenant_pipeline(uow)
    active = await customers.existing(uow.session, [row.customer_id for row in rows])
    known = await queries.ids_by_reference(
        uow.session, [row.external_reference for row in rows if row.external_reference is not None]
    )
    outcomes: list[tuple[UUID, bool] | Refusal] = []
    for row in rows:
        reference = row.external_reference
        if reference is not None and reference in known:
            outcomes.append((known[reference], False))
            continue
        try:
            if row.customer_id not in active:
                raise CustomerNotFound(
                    f"There is no customer {row.customer_id}.", field="customer_id"
                )
            opportunity = _open(uow, row, stages, active=active[row.customer_id])
        except Refusal as refusal:
            outcomes.append(refusal)
            continue
        uow.publish(events.opened(opportunity))
        if reference is not None:
            known[reference] = opportunity.id
        outcomes.append((opportunity.id, True))
    await uow.flush()
    return outcomes


async def change_opportunity(
    uow: UnitOfWork, opportunity_id: UUID, expected: int, changes: Mapping[str, Any]
) -> Opportunity:
    """Change what `changes` names: `name`, `owner`, `expected_close_on`, `amount` (Money or None).

    The stage has commands of its own. Raises OpportunityNotFound, Stale or
    AmountIsFinerThanItsCurrency.
    """
    opportunity = await uow.lock(Opportunity, opportunity_id, expected)
    wanted = dict(changes)
    if "amount" in wanted:
        amount: Money | None = wanted.pop("amount")
        check_amount(amount)
        wanted["amount"] = None if amount is None else amount.amount
        wanted["currency"] = None if amount is None else amount.currency
    changed = sorted(name for name, value in wanted.items() if getattr(opportunity, name) != value)
    if changed:
        for name in changed:
            setattr(opportunity, name, wanted[name])
        await uow.flush()
        uow.audit("crm.opportunities.change", "opportunity", opportunity_id, {"changed": changed})
    return opportunity


async def move_opportunity(
    uow: UnitOfWork, opportunity_id: UUID, expected: int, *, stage: str, reason: str | None
) -> Opportunity:
    """Move an opportunity along the pipeline, back, or to its end; announce where it went.

    Raises OpportunityNotFound, Stale, StageIsUnknown, OpportunityIsClosed, StageDoesNotFollow or
    LossNeedsReason.
    """
    opportunity = await uow.lock(Opportunity, opportunity_id, expected)
    stages = await queries.tenant_pipeline(uow)
    target = move(stages, opportunity.stage, stage, reason=reason)
    if target is not None:
        await _go(uow, opportunity, target, reason=reason)
    return opportunity


async def reopen_opportunity(
    uow: UnitOfWork, opportunity_id: UUID, expected: int, *, stage: str | None, reason: str
) -> Opportunity:
    """Take a closed opportunity up again, at an open stage; the history shows it.

    Raises OpportunityNotFound, Stale, OpportunityIsOpen, StageIsUnknown or
    OpportunityMustStartOpen.
    """
    opportunity = await uow.lock(Opportunity, opportunity_id, expected)
    stages = await queries.tenant_pipeline(uow)
    await _go(uow, opportunity, reopen(stages, opportunity.stage, stage), reason=reason)
    return opportunity


async def win_by_quote(uow: UnitOfWork, opportunity_id: UUID, customer_id: UUID, won: Win) -> None:
    """Close an opportunity as won because the customer accepted a quote for it.

    Idempotent by nature: an opportunity that is won stays as it is, whichever quote came first.
    The expected amount gives way to the accepted one. A quote that names an opportunity which
    does not exist, or is another customer's, is no reason to hold up the quote: it is noted in
    the audit trail and passed over.
    """
    found = await uow.session.get(Opportunity, (uow.tenant, opportunity_id), with_for_update=True)
    if found is None or found.customer_id != customer_id:
        uow.audit(
            "crm.opportunities.pass_over_quote",
            "opportunity",
            opportunity_id,
            {
                "quote_id": str(won.quote_id),
                "why": "unknown" if found is None else "another customer's",
            },
        )
        return
    stages = await queries.tenant_pipeline(uow)
    target = win(stages, found.stage)
    if target is None:
        return
    net = won.net.round()
    found.amount, found.currency, found.won_quote_id = net.amount, net.currency, won.quote_id
    await _go(uow, found, target, reason="The customer accepted a quote.")


async def define_stage(uow: UnitOfWork, stage: Stage) -> Stage:
    """Add a stage to the tenant's pipeline, or change it.

    The first change copies the default pipeline, so that the rest stays as it was. Raises
    PipelineNeedsEveryEnd, StageIsUnknown (a successor) or StageIsInUse (its kind would change).
    """
    stages = dict(await queries.tenant_pipeline(uow))
    before = stages.get(stage.code)
    stages[stage.code] = stage
    check_pipeline(list(stages.values()))
    if before is not None and before.kind is not stage.kind:
        await _check_unused(uow, stage.code)
    await _keep(uow, stages)
    uow.audit("crm.opportunities.define_stage", "stage", stage.code, {"kind": stage.kind})
    return stage


async def drop_stage(uow: UnitOfWork, code: str) -> None:
    """Take a stage out of the tenant's pipeline, and out of what other stages lead to.

    Raises StageIsUnknown, StageIsInUse or PipelineNeedsEveryEnd.
    """
    await queries.stage(uow, code)
    await _check_unused(uow, code)
    left = {
        name: replace(
            stage,
            next_stages=None
            if stage.next_stages is None
            else tuple(following for following in stage.next_stages if following != code),
        )
        for name, stage in (await queries.tenant_pipeline(uow)).items()
        if name != code
    }
    check_pipeline(list(left.values()))
    await _keep(uow, left)
    await uow.session.execute(
        delete(StageRow).where(StageRow.tenant == uow.tenant, StageRow.code == code)
    )
    uow.audit("crm.opportunities.drop_stage", "stage", code)


def _open(uow: UnitOfWork, new: NewOpportunity, stages: Pipeline, *, active: bool) -> Opportunity:
    if not active:
        raise CustomerIsInactive(f"Customer {new.customer_id} is inactive.", field="customer_id")
    check_amount(new.amount)
    stage = starting_stage(stages, new.stage)
    opportunity = Opportunity(
        id=uow.new_id(),
        customer_id=new.customer_id,
        name=new.name,
        stage=stage.code,
        stage_kind=stage.kind.value,
        amount=None if new.amount is None else new.amount.amount,
        currency=None if new.amount is None else new.amount.currency,
        expected_close_on=new.expected_close_on,
        owner=new.owner or uow.principal.subject,
        external_reference=new.external_reference,
    )
    uow.add(opportunity, _step(uow, opportunity, None, None))
    uow.audit(
        "crm.opportunities.open",
        "opportunity",
        opportunity.id,
        {"customer_id": str(new.customer_id), "stage": stage.code},
    )
    return opportunity


async def _go(
    uow: UnitOfWork, opportunity: Opportunity, target: Stage, *, reason: str | None
) -> None:
    previous = opportunity.stage
    opportunity.stage, opportunity.stage_kind = target.code, target.kind.value
    opportunity.closed_at = None if target.kind is StageKind.OPEN else uow.now
    opportunity.lost_reason = reason if target.kind is StageKind.LOST else None
    if target.kind is not StageKind.WON:
        opportunity.won_quote_id = None
    uow.add(_step(uow, opportunity, previous, reason))
    await uow.flush()
    match target.kind:
        case StageKind.WON:
            uow.publish(events.won(opportunity))
        case StageKind.LOST:
            uow.publish(events.lost(opportunity, reason or ""))
        case StageKind.OPEN:
            uow.publish(events.stage_changed(opportunity, previous))
    uow.audit(
        "crm.opportunities.move",
        "opportunity",
        opportunity.id,
        {"from": previous, "to": target.code, "reason": reason},
    )


def _step(
    uow: UnitOfWork, opportunity: Opportunity, previous: str | None, reason: str | None
) -> StageChange:
    return StageChange(
        id=uow.new_id(),
        opportunity_id=opportunity.id,
        previous_stage=previous,
        stage=opportunity.stage,
        stage_kind=opportunity.stage_kind,
        amount=opportunity.amount,
        currency=opportunity.currency,
        reason=reason,
        changed_at=uow.now,
        changed_by=uow.principal.subject,
        source_event_id=None if uow.cause is None else uow.cause.event_id,
    )


async def _check_unused(uow: UnitOfWork, code: str) -> None:
    used = await uow.session.scalar(
        select(exists().where(Opportunity.tenant == uow.tenant, Opportunity.stage == code))
    )
    if used:
        raise StageIsInUse(f"There are opportunities at {code!r}.", field="code")


async def _keep(uow: UnitOfWork, stages: Mapping[str, Stage]) -> None:
    statement = insert(StageRow).values(
        [
            {
                "tenant": uow.tenant,
                "code": stage.code,
                "name": stage.name,
                "position": stage.position,
                "kind": stage.kind.value,
                "next_stages": None if stage.next_stages is None else list(stage.next_stages),
            }
            for stage in stages.values()
        ]
    )
    await uow.session.execute(
        statement.on_conflict_do_update(
            index_elements=["tenant", "code"],
            set_={
                name: statement.excluded[name]
                for name in ("name", "position", "kind", "next_stages")
            },
        )
    )
