"""What is owed to suppliers by age, on any day, and the proofs that it agrees with the ledger."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from erp.ledger import queries as ledger
from erp.ledger.queries import AccountRole, Aged


@dataclass(frozen=True, slots=True)
class PayablesAgeingRow:
    """What a supplier was owed on a day in a currency; `unapplied` settles nothing yet.

    `total` = sum of the buckets less `unapplied`.
    """

    supplier_id: UUID
    supplier_name: str
    currency: str
    buckets: Mapping[str, Decimal]
    unapplied: Decimal

    @property
    def total(self) -> Decimal:
        """What the supplier was owed in all."""
        return sum(self.buckets.values(), start=Decimal(0)) - self.unapplied


@dataclass(frozen=True, slots=True)
class PayablesAgeing:
    """Open items by age, and whether their total equals the control account on that day."""

    as_of: date
    rows: Sequence[PayablesAgeingRow]
    totals: Mapping[str, Decimal]
    control: Mapping[str, Decimal]

    @property
    def agrees(self) -> bool:
        """Whether subledger and control account say the same in every currency."""
        return _nonzero(self.totals) == _nonzero(self.control)


_AGED = ledger.aged_statement("payables_open_item", "payables_matching", "supplier_id")
_NAMED = text("SELECT id, name FROM payables_supplier WHERE id = ANY(:suppliers) ORDER BY name, id")
_SUBLEDGER = text(
    """
    SELECT currency, sum(CASE side WHEN 'credit' THEN open_amount ELSE -open_amount END) AS open
    FROM payables_open_item WHERE company_id = :company_id AND open_amount > 0
    GROUP BY currency
    """
)
_CARRIED = text(
    """
    SELECT coalesce(sum(CASE side WHEN 'debit' THEN 1 ELSE -1 END * base_open), 0) AS carried,
           count(*) FILTER (WHERE base_currency = currency AND base_open <> open_amount) AS odd
    FROM payables_open_item WHERE company_id = :company_id
    """
)
# Sums over a union rather than joins: each table is read once, whatever the planner believes.
_ALLOCATION_DIFFERS = text(
    """
    SELECT id FROM (
        SELECT id, amount - open_amount AS settled
        FROM payables_open_item WHERE company_id = :company_id
        UNION ALL
        SELECT side.id, CASE WHEN m.undoes IS NULL THEN -m.amount ELSE m.amount END
        FROM payables_matching m
        CROSS JOIN LATERAL (VALUES (m.debit_item_id), (m.credit_item_id)) AS side (id)
        WHERE m.company_id = :company_id
    ) AS part
    GROUP BY id HAVING sum(settled) <> 0 LIMIT 1
    """
)
_DOCUMENT_DIFFERS = text(
    """
    SELECT id FROM (
        SELECT id, gross - coalesce(withheld, 0) AS amount FROM payables_bill
        WHERE company_id = :company_id AND status = 'posted'
        UNION ALL
        SELECT id, amount + discount FROM payables_payment WHERE company_id = :company_id
        UNION ALL
        SELECT r.id, p.amount + p.discount
        FROM payables_payment_return r
        JOIN payables_payment p ON p.tenant = r.tenant AND p.id = r.payment_id
        WHERE r.company_id = :company_id
        UNION ALL
        SELECT document_id, -amount FROM payables_open_item WHERE company_id = :company_id
    ) AS part
    GROUP BY id HAVING sum(amount) <> 0 LIMIT 1
    """
)
_GAPS = text(
    """
    SELECT series FROM payables_bill WHERE company_id = :company_id AND status = 'posted'
    GROUP BY series HAVING min(serial) <> 1 OR max(serial) <> count(*)
    UNION ALL
    SELECT series FROM payables_payment WHERE company_id = :company_id
    GROUP BY series HAVING min(serial) <> 1 OR max(serial) <> count(*)
    UNION ALL
    SELECT series FROM payables_payment_return WHERE company_id = :company_id
    GROUP BY series HAVING min(serial) <> 1 OR max(serial) <> count(*)
    LIMIT 1
    """
)


async def ageing(session: AsyncSession, company_id: UUID, as_of: date) -> PayablesAgeing:
    """What the company owed its suppliers on a day, by days past due.

    Documents, allocations and their undoing count from their days on: after `as_of` they do not.
    """
    parts = await ledger.aged_parts(session, _AGED, company_id, as_of)
    found, totals = ledger.aged(parts, as_of, owed="credit")
    named = await session.execute(_NAMED, {"suppliers": [supplier for supplier, _ in found]})
    by_supplier: dict[UUID, list[tuple[str, Aged]]] = {}
    for (supplier, currency), own in sorted(found.items(), key=lambda each: each[0][1]):
        by_supplier.setdefault(supplier, []).append((currency, own))
    rows = [
        PayablesAgeingRow(row.id, row.name, currency, own.buckets, own.unapplied)
        for row in named
        for currency, own in by_supplier[row.id]
    ]
    return PayablesAgeing(as_of, rows, totals, await _control(session, company_id, as_of))


async def proofs(session: AsyncSession, company_id: UUID) -> list[ledger.Proof]:
    """Compare the suppliers' documents with each other and with the control account."""
    parameters = {"company_id": company_id}
    subledger = _nonzero(
        {row.currency: row.open for row in await session.execute(_SUBLEDGER, parameters)}
    )
    control = _nonzero(await _control(session, company_id, None))
    carried = (await session.execute(_CARRIED, parameters)).one()
    control_in_base = await _control_in_base(session, company_id)
    allocation = (await session.execute(_ALLOCATION_DIFFERS, parameters)).first()
    document = (await session.execute(_DOCUMENT_DIFFERS, parameters)).first()
    gap = (await session.execute(_GAPS, parameters)).first()
    return [
        ledger.Proof(
            "payables-equal-the-control-account",
            subledger == control,
            f"Open items {_said(subledger)}, control account {_said(control)}.",
        ),
        ledger.Proof(
            "payables-in-base-currency-equal-the-control-account",
            carried.carried == control_in_base and not carried.odd,
            f"Carried at {carried.carried:f}, control account {control_in_base:f}.",
        ),
        ledger.Proof(
            "supplier-allocations-equal-what-was-settled",
            allocation is None,
            "Every open item agrees with its allocations."
            if allocation is None
            else f"Open item {allocation.id} differs.",
        ),
        ledger.Proof(
            "bills-equal-their-open-items",
            document is None,
            "Every document agrees with its open items."
            if document is None
            else f"Document {document.id} differs.",
        ),
        ledger.Proof(
            "bill-numbers-have-no-gaps",
            gap is None,
            "No number of a document is missing." if gap is None else f"Look at {gap.series}.",
        ),
    ]


async def _control(
    session: AsyncSession, company_id: UUID, as_of: date | None
) -> dict[str, Decimal]:
    """What the control account says is owed; a chart without one owes nothing."""
    if AccountRole.PAYABLES not in await ledger.accounts_by_role(session, company_id):
        return {}
    balance = await ledger.balance_of(session, company_id, AccountRole.PAYABLES, as_of)
    return {currency: -amount for currency, amount in balance.items()}


async def _control_in_base(session: AsyncSession, company_id: UUID) -> Decimal:
    """What the control account is carried at in the company's currency, debit less credit."""
    account_id = (await ledger.accounts_by_role(session, company_id)).get(AccountRole.PAYABLES)
    return sum(
        (
            row.base_balance
            for row in await ledger.trial_balance(session, company_id)
            if row.account_id == account_id
        ),
        start=Decimal(0),
    )


def _nonzero(amounts: Mapping[str, Decimal]) -> dict[str, Decimal]:
    return {currency: amount for currency, amount in amounts.items() if amount}


def _said(amounts: Mapping[str, Decimal]) -> str:
    return ", ".join(f"{a:f} {c}" for c, a in sorted(amounts.items())) or "nothing"
