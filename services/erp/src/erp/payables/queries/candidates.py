"""What a payment run may pay."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

# The newest bank details alone count: while a change waits, nobody is paid.
_OPEN = text(
    """
    SELECT o.id AS item_id, o.supplier_id, s.name AS supplier_name, o.document_kind,
           o.document_id, b.supplier_reference, b.payment_reference, o.open_amount, o.due_on,
           b.discount_on, b.discount_rate, coalesce(b.disputed, false) AS disputed,
           CASE WHEN d.status = 'approved' THEN d.iban END AS iban,
           CASE WHEN d.status = 'approved' THEN d.bic END AS bic
    FROM payables_open_item o
    JOIN payables_supplier s ON s.tenant = o.tenant AND s.id = o.supplier_id
    LEFT JOIN payables_bill b ON b.tenant = o.tenant AND b.id = o.document_id
         AND o.document_kind IN ('bill', 'credit-note')
    LEFT JOIN LATERAL (
        SELECT status, iban, bic FROM payables_bank_details
        WHERE tenant = s.tenant AND supplier_id = s.id ORDER BY entered_at DESC, id DESC LIMIT 1
    ) AS d ON true
    WHERE o.company_id = :company_id AND o.currency = :currency AND o.open_amount > 0
    ORDER BY s.name, s.id, o.due_on NULLS LAST, o.id
    """
)


@dataclass(frozen=True, slots=True)
class OpenToPay:
    """An open item with its terms, and where its supplier is paid (None: nowhere)."""

    item_id: UUID
    supplier_id: UUID
    supplier_name: str
    document_kind: str
    document_id: UUID
    supplier_reference: str | None
    payment_reference: str | None
    open_amount: Decimal
    due_on: date | None
    discount_on: date | None
    discount_rate: Decimal | None
    disputed: bool
    iban: str | None
    bic: str | None


async def open_to_pay(
    session: AsyncSession, company_id: UUID, currency: str
) -> Sequence[OpenToPay]:
    """What is open now in a currency, by supplier, the first due first."""
    rows = await session.execute(_OPEN, {"company_id": company_id, "currency": currency})
    return [OpenToPay(**row) for row in rows.mappings()]
