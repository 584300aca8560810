"""The consent ledger: entries are added, never changed."""

from datetime import datetime
from uuid import UUID

from crm.customers import queries
from crm.customers.models import ConsentEntry
from crm.customers.queries import RecordedConsent
from crm.customers.rules import ContactIsAnothers, ContactNotFound, check_decision_time
from servicekit.uow import UnitOfWork


async def record_consent(
    uow: UnitOfWork,
    customer_id: UUID,
    *,
    contact_id: UUID | None,
    purpose: str,
    channel: str,
    granted: bool,
    source: str,
    evidence: str | None,
    decided_at: datetime,
) -> RecordedConsent:
    """Record that a person allowed or forbade a use of their data, and where we know it from.

    Raises CustomerNotFound, ContactIsAnothers or ConsentLiesInTheFuture.
    """
    check_decision_time(decided_at, uow.now)
    await queries.brief(uow, customer_id)
    if contact_id is not None:
        try:
            await queries.contact(uow, customer_id, contact_id)
        except ContactNotFound as error:
            raise ContactIsAnothers(error.detail, field="contact_id") from error
    entry = ConsentEntry(
        id=uow.new_id(),
        customer_id=customer_id,
        contact_id=contact_id,
        purpose=purpose,
        channel=channel,
        granted=granted,
        source=source,
        evidence=evidence,
        decided_at=decided_at,
        recorded_at=uow.now,
        recorded_by=uow.principal.subject,
    )
    uow.add(entry)
    await uow.flush()
    uow.audit(
        "crm.customers.record_consent",
        "customer",
        customer_id,
        {"entry_id": str(entry.id), "purpose": purpose, "channel": channel, "granted": granted},
    )
    ledger = await queries.consent_ledger(uow, customer_id)
    return next(recorded for recorded in ledger if recorded.entry.id == entry.id)
