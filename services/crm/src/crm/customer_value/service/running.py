"""Fitting, estimating, and moving customers between tiers."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import delete, func, literal, select
from sqlalchemy.dialects.postgresql import ARRAY, insert

from crm.customer_value import queries
from crm.customer_value.models import TierAssignment, ValueEstimate, ValueModel, ValuePolicy
from crm.customer_value.rules import (
    Decision,
    Estimate,
    Fit,
    Outlook,
    Purchase,
    decide,
    estimates_of,
    fit,
)
from crm.customers import service as customers
from crm.opportunities.queries import open_amounts
from crm.projections.payment.queries import payment_currencies, purchases_by_day
from servicekit.uow import UnitOfWork
from servicekit.values.money import minor_units

AT_ONCE = 5_000


@dataclass(frozen=True, slots=True)
class TierMove:
    """A customer whose tier changes, or would but for a person who set it."""

    customer_id: UUID
    previous: str
    decision: Decision
    value: Decimal
    potential: Decimal
    held: bool


@dataclass(frozen=True, slots=True)
class RunResult:
    """The models that were fitted, currencies with too little history, and what moved."""

    models: Sequence[ValueModel]
    without_model: Sequence[str]
    estimated: int
    moves: Sequence[TierMove]


async def run(uow: UnitOfWork, until: date, *, dry_run: bool = False) -> RunResult:
    """Fit the models of every currency, estimate every customer who paid, and set the tiers.

    One run at a time for a tenant: the second waits. A dry run says the same and keeps nothing.
    """
    if not dry_run:
        return await _run(uow, until)
    result = RunResult([], [], 0, [])
    try:
        async with uow.savepoint():
            result = await _run(uow, until)
            raise _NothingKept
    except _NothingKept:
        return result


class _NothingKept(Exception):  # not an error: how a savepoint is undone
    pass


async def _run(uow: UnitOfWork, until: date) -> RunResult:
    await uow.session.execute(
        select(func.pg_advisory_xact_lock(func.hashtextextended(f"customer value {uow.tenant}", 0)))
    )
    policy = await queries.policy(uow.session)
    outlook = Outlook() if policy is None else Outlook(policy.years, policy.margin, policy.discount)
    models: list[ValueModel] = []
    without: list[str] = []
    estimated = 0
    for currency in await payment_currencies(uow.session):
        purchases = [
            Purchase(row.customer_id, row.received_on, row.amount)
            for row in await purchases_by_day(uow.session, currency, until)
        ]
        # The search takes seconds for many customers: other requests go on meanwhile.
        made = await asyncio.to_thread(fit, purchases, until) if purchases else None
        await uow.session.execute(delete(ValueEstimate).where(ValueEstimate.currency == currency))
        if made is None:
            without.append(currency)
            continue
        model = _keep(uow, currency, until, made)
        models.append(model)
        await uow.flush()
        estimates = await asyncio.to_thread(
            estimates_of, made, purchases, until, outlook, minor_units(currency)
        )
        await _write(uow, model, estimates)
        estimated += len(estimates)
    moves = [] if policy is None else await _assign(uow, policy)
    uow.audit(
        "crm.customer_value.run",
        "value-run",
        uow.tenant,
        {"until": until, "estimated": estimated, "moved": sum(not each.held for each in moves)},
    )
    return RunResult(models, without, estimated, moves)


def _keep(uow: UnitOfWork, currency: str, until: date, made: Fit) -> ValueModel:
    place = Decimal("1E-10")
    hold_out = made.hold_out
    model = ValueModel(
        id=uow.new_id(),
        currency=currency,
        until=until,
        fitted_at=uow.now,
        **{
            name: Decimal(getattr(made.buying, name)).quantize(place)
            for name in ("r", "alpha", "a", "b")
        },
        **{name: Decimal(getattr(made.spending, name)).quantize(place) for name in ("p", "q", "v")},
        customers=made.customers,
        repeating=made.repeating,
        held_back_from=None if hold_out is None else hold_out.from_day,
        held_back_customers=None if hold_out is None else hold_out.customers,
        held_back_actual=None if hold_out is None else hold_out.actual,
        held_back_foretold=None if hold_out is None else hold_out.foretold,
        held_back_error=None if hold_out is None else hold_out.mean_absolute_error,
    )
    uow.add(model)
    return model


async def _write(uow: UnitOfWork, model: ValueModel, estimates: Sequence[Estimate]) -> None:
    """One INSERT per some thousands of customers, whose columns travel as arrays."""
    table = ValueEstimate.__table__
    for first in range(0, len(estimates), AT_ONCE):
        part = estimates[first : first + AT_ONCE]
        columns: dict[str, list[object]] = {
            "customer_id": [each.customer_id for each in part],
            "repeats": [each.history.repeats for each in part],
            "last_days": [each.history.last_days for each in part],
            "known_days": [each.history.known_days for each in part],
            "alive": [each.alive for each in part],
            "purchases_a_year": [each.purchases_a_year for each in part],
            "mean_purchase": [each.mean_purchase for each in part],
            "value": [each.value for each in part],
            "ranked": [each.ranked for each in part],
        }
        rows = (
            func.unnest(
                *(literal(values, ARRAY(table.c[name].type)) for name, values in columns.items())
            )
            .table_valued(*columns, name="estimates")
            .render_derived()
        )
        await uow.session.execute(
            insert(ValueEstimate).from_select(
                ["tenant", "currency", "model_id", "until", *columns],
                select(
                    literal(uow.tenant),
                    literal(model.currency),
                    literal(model.id),
                    literal(model.until),
                    *(rows.c[name] for name in columns),
                ),
            )
        )


async def _assign(uow: UnitOfWork, policy: ValuePolicy) -> list[TierMove]:
    levels = queries.levels_of(policy)
    hoped = await open_amounts(uow.session, policy.currency) if policy.pipeline_share else {}
    cent = Decimal(1).scaleb(-minor_units(policy.currency))
    moves = []
    for each in await queries.candidates(uow.session, policy.currency):
        amount = hoped.get(each.customer_id, Decimal(0))
        potential = (amount * policy.pipeline_share).quantize(cent)
        decision = decide(levels, each.tier, each.value + potential, policy.currency)
        if decision.tier == each.tier:
            continue
        # Whoever is where the policy or nobody put them was not put there by a person.
        untouched = {customers.DEFAULT_TIER} if each.assigned is None else {each.assigned}
        held = each.tier not in untouched and not policy.overrides_hand
        moves.append(TierMove(each.customer_id, each.tier, decision, each.value, potential, held))
        if held:
            continue
        await customers.change_tier(
            uow, each.customer_id, None, tier=decision.tier, reason=decision.reason
        )
        given = insert(TierAssignment).values(
            tenant=uow.tenant,
            customer_id=each.customer_id,
            tier=decision.tier,
            value=each.value,
            potential=potential,
            currency=policy.currency,
            reason=decision.reason,
            assigned_at=uow.now,
        )
        await uow.session.execute(
            given.on_conflict_do_update(
                index_elements=["tenant", "customer_id"],
                set_={
                    name: given.excluded[name]
                    for name in ("tier", "value", "potential", "currency", "reason", "assigned_at")
                },
            )
        )
    return moves
