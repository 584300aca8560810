"""Use cases of the interactions slice: load, decide, record, announce. None of them commits."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

import orjson

from crm.customers import queries as customers
from crm.customers.queries import ContactIsAnothers
from crm.interactions import events, queries
from crm.interactions.models import Interaction
from crm.interactions.rules import (
    Fact,
    ImportedInteraction,
    InteractionIsAlreadyCorrected,
    InteractionNamesNoCustomer,
    NewInteraction,
    check_interaction,
    happened_at,
)
from servicekit.errors import Refusal
from servicekit.uow import UnitOfWork

__all__ = [
    "Fact",
    "ImportedInteraction",
    "Logged",
    "NewInteraction",
    "correct_interaction",
    "import_interactions",
    "log_interaction",
    "record_fact",
]


@dataclass(frozen=True, slots=True)
class Logged:
    """What became of a row of an import: its id, and whether this import wrote it."""

    id: UUID
    created: bool


async def log_interaction(uow: UnitOfWork, new: NewInteraction) -> Interaction:
    """Write down what passed between us and a customer, and announce it.

    Raises CustomerNotFound, ContactIsAnothers, DirectionIsMissing or InteractionLiesInTheFuture.
    """
    await customers.brief(uow, new.customer_id)
    interaction = await _write(uow, new)
    await uow.flush()
    return _announced(uow, interaction)


async def correct_interaction(
    uow: UnitOfWork, interaction_id: UUID, new: NewInteraction, *, reason: str
) -> Interaction:
    """Put a new entry in the place of one that was wrong; the wrong one stays readable.

    Raises InteractionNotFound, InteractionIsAlreadyCorrected and what `log_interaction` raises.
    """
    wrong = await queries.entry(uow, interaction_id)
    if wrong.corrected_by is not None:
        raise InteractionIsAlreadyCorrected(
            f"{wrong.corrected_by} corrects it.", corrected_by=str(wrong.corrected_by)
        )
    interaction = await _write(uow, new)
    interaction.corrects = interaction_id
    interaction.correction_reason = reason
    await uow.flush()
    uow.audit(
        "crm.interactions.correct",
        "interaction",
        interaction_id,
        {"by": str(interaction.id), "reason": reason},
    )
    return _announced(uow, interaction)


async def import_interactions(
    uow: UnitOfWork, rows: Sequence[ImportedInteraction]
) -> list[Logged | Refusal]:
    """Write down many entries, each on its own merits; a known reference is left as it is.

    Costs five statements, however many rows there are.
    """
    by_reference = await customers.ids_by_reference(
        uow.session, [row.customer_reference for row in rows if row.customer_reference is not None]
    )
    exists = await customers.existing(
        uow.session, [row.customer_id for row in rows if row.customer_id is not None]
    )
    holders = await customers.customers_of_contacts(
        uow.session, [row.contact_id for row in rows if row.contact_id is not None]
    )
    logged = await queries.ids_by_reference(
        uow.session, [row.external_reference for row in rows if row.external_reference is not None]
    )
    outcomes: list[Logged | Refusal] = []
    for row in rows:
        reference = row.external_reference
        if reference is not None and reference in logged:
            outcomes.append(Logged(logged[reference], created=False))
            continue
        try:
            new = _resolved(row, by_reference, exists)
            check_interaction(
                kind=new.kind, direction=new.direction, occurred_at=new.occurred_at, now=uow.now
            )
            _check_contact(new, holders)
        except Refusal as refusal:
            outcomes.append(refusal)
            continue
        interaction = _row(uow, new)
        uow.add(interaction)
        _announced(uow, interaction)
        if reference is not None:
            logged[reference] = interaction.id
        outcomes.append(Logged(interaction.id, created=True))
    await uow.flush()
    return outcomes


def _resolved(
    row: ImportedInteraction, by_reference: Mapping[str, UUID], exists: Mapping[UUID, bool]
) -> NewInteraction:
    customer_id = row.customer_id
    if customer_id is None and row.customer_reference is not None:
        customer_id = by_reference.get(row.customer_reference)
    elif customer_id not in exists:
        customer_id = None
    if customer_id is None:
        raise InteractionNamesNoCustomer(
            f"{row.customer_id or row.customer_reference} is no customer.",
            field="customer_id" if row.customer_id else "customer_reference",
        )
    return row.interaction(customer_id)


async def _write(uow: UnitOfWork, new: NewInteraction) -> Interaction:
    check_interaction(
        kind=new.kind, direction=new.direction, occurred_at=new.occurred_at, now=uow.now
    )
    if new.contact_id is not None:
        holders = await customers.customers_of_contacts(uow.session, [new.contact_id])
        _check_contact(new, holders)
    interaction = _row(uow, new)
    uow.add(interaction)
    return interaction


def _check_contact(new: NewInteraction, holders: dict[UUID, UUID]) -> None:
    if new.contact_id is not None and holders.get(new.contact_id) != new.customer_id:
        raise ContactIsAnothers(
            f"Customer {new.customer_id} has no contact {new.contact_id}.", field="contact_id"
        )


def _row(uow: UnitOfWork, new: NewInteraction) -> Interaction:
    return Interaction(
        id=uow.new_id(),
        customer_id=new.customer_id,
        contact_id=new.contact_id,
        kind=new.kind,
        direction=new.direction,
        subject=new.subject,
        body=new.body,
        duration_minutes=new.duration_minutes,
        occurred_at=new.occurred_at,
        logged_at=uow.now,
        logged_by=uow.principal.subject,
        external_reference=new.external_reference,
    )


def _announced(uow: UnitOfWork, interaction: Interaction) -> Interaction:
    uow.publish(events.logged(interaction))
    uow.audit(
        "crm.interactions.log",
        "interaction",
        interaction.id,
        {"customer_id": str(interaction.customer_id), "kind": interaction.kind},
    )
    return interaction


_RECORD_FACT = """
INSERT INTO interactions_foreign_fact (
  tenant, id, customer_id, kind, subject, occurred_at, document_id, document_number, amount,
  currency, details, source_event_id, source_event_type, source_sequence, as_of)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11::jsonb, $12, $13, $14, $15)
ON CONFLICT DO NOTHING
"""


async def record_fact(uow: UnitOfWork, fact: Fact) -> None:
    """Weave what another service announced into the timeline, once per event.

    The entry takes the event's id, so that a rebuilt timeline names the same entries.
    """
    cause = uow.cause
    assert cause is not None, "a foreign fact comes from an event"
    amount = fact.amount
    await uow.connection.execute(
        _RECORD_FACT,
        uow.tenant,
        cause.event_id,
        fact.customer_id,
        fact.kind,
        fact.subject,
        happened_at(fact.day, cause.occurred_at),
        fact.document_id,
        fact.document_number,
        None if amount is None else amount.amount,
        None if amount is None else amount.currency,
        orjson.dumps(fact.details).decode(),
        cause.event_id,
        cause.event_type,
        cause.sequence,
        cause.occurred_at,
    )
