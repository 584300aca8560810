"""Ageing and proofs."""

from datetime import date
from typing import Self
from uuid import UUID

from erp.ledger.queries import Proof
from erp.payables.queries import PayablesAgeing
from servicekit.http.schemas import AmountOut, Out


class PayablesAgeingSupplierOut(Out):
    """What a supplier was owed, by days past due; `total` is the buckets less `unapplied`."""

    supplier_id: UUID
    supplier_name: str
    currency: str
    buckets: dict[str, AmountOut]
    """What is open by days past due."""
    unapplied: AmountOut
    total: AmountOut
    """What the supplier was owed in all."""


class PayablesAgeingOut(Out):
    """What suppliers were owed by age on a day; `agrees`: equal to the control account."""

    company_id: UUID
    as_of: date
    suppliers: list[PayablesAgeingSupplierOut]
    totals: dict[str, AmountOut]
    control_account: dict[str, AmountOut]
    """What the payables control account says is owed, by currency."""
    agrees: bool

    @classmethod
    def of(cls, company_id: UUID, ageing: PayablesAgeing) -> Self:
        """Render an ageing list."""
        return cls(
            company_id=company_id,
            as_of=ageing.as_of,
            suppliers=[PayablesAgeingSupplierOut.model_validate(row) for row in ageing.rows],
            totals=dict(ageing.totals),
            control_account=dict(ageing.control),
            agrees=ageing.agrees,
        )


class PayablesProofOut(Out):
    """A statement about what is owed that must hold, and what was found."""

    name: str
    holds: bool
    detail: str


class PayablesProofsOut(Out):
    """Bills, payments and control account compared; `holds` is whether all agree."""

    company_id: UUID
    holds: bool
    """Whether every proof does."""
    proofs: list[PayablesProofOut]

    @classmethod
    def of(cls, company_id: UUID, proofs: list[Proof]) -> Self:
        """Render proofs."""
        return cls(
            company_id=company_id,
            holds=all(proof.holds for proof in proofs),
            proofs=[PayablesProofOut.model_validate(proof) for proof in proofs],
        )
