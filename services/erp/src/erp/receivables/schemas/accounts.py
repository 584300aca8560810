"""Accounts, ageing and proofs."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import Field, model_validator

from erp.ledger.queries import Proof
from erp.receivables.queries import AccountRow, Ageing, AgeingRow
from erp.receivables.rules import DEFAULT_PAYMENT_TERMS_DAYS
from servicekit.http.schemas import AmountIn, AmountOut, CurrencyCode, In, Out

TermsIn = Annotated[int, Field(ge=0, le=365, description="Days from invoice date to due date.")]


class AccountIn(In):
    """Opens a customer's account in a company. Without a credit limit there is none to exceed."""

    customer_id: UUID
    company_id: UUID | None = None
    currency: CurrencyCode | None = None
    payment_terms_days: TermsIn = DEFAULT_PAYMENT_TERMS_DAYS
    credit_limit: AmountIn | None = None


class AccountPatch(In):
    """What to change; a member that is left out stays. null takes a limit or terms away."""

    payment_terms_days: TermsIn | None = None
    credit_limit: AmountIn | None = None
    credit_stop: bool | None = None
    payment_terms_id: UUID | None = None
    dunning_policy_id: UUID | None = None

    @model_validator(mode="after")
    def _required_stay(self) -> Self:
        for field in ("payment_terms_days", "credit_stop"):
            if field in self.model_fields_set and getattr(self, field) is None:
                raise ValueError(f"{field} cannot be emptied")
        return self

    def changes(self) -> dict[str, Any]:
        """The members that were sent."""
        return self.model_dump(exclude_unset=True)


class AccountOut(Out):
    """A receivables account; amounts in its currency. `headroom` is null without a limit."""

    id: UUID
    company_id: UUID
    customer_id: UUID
    customer_number: str | None
    customer_name: str | None
    currency: str
    payment_terms_days: int
    payment_terms_id: UUID | None
    credit_limit: AmountOut | None
    credit_stop: bool
    open_items: AmountOut
    open_orders: AmountOut
    """Orders not invoiced yet, with tax: those due within the horizon, and what has left of any."""
    delivered: AmountOut
    """The part of the open orders that has left."""
    exposure: AmountOut
    overdue: AmountOut
    headroom: AmountOut | None
    released: AmountOut | None
    """What the account may owe beyond its limit for a while; null: nothing."""
    state: str
    version: int

    @classmethod
    def of(cls, row: AccountRow) -> Self:
        """Render an account."""
        exposure = row.exposure
        limit, headroom = exposure.credit_limit, exposure.headroom
        return cls(
            id=row.id,
            company_id=row.company_id,
            customer_id=row.customer_id,
            customer_number=row.customer_number,
            customer_name=row.customer_name,
            currency=row.currency,
            payment_terms_days=row.payment_terms_days,
            payment_terms_id=row.payment_terms_id,
            credit_limit=None if limit is None else limit.amount,
            credit_stop=exposure.credit_stop,
            open_items=exposure.open_items.amount,
            open_orders=exposure.open_orders.amount,
            delivered=Decimal(0) if exposure.delivered is None else exposure.delivered.amount,
            exposure=exposure.total.amount,
            overdue=exposure.overdue.amount,
            headroom=None if headroom is None else headroom.amount,
            released=None if exposure.released is None else exposure.released.amount,
            state=exposure.state.value,
            version=row.version,
        )


class AgeingAccountOut(Out):
    """What an account owed, by days past due; `total` is the buckets less `unapplied`."""

    account_id: UUID
    customer_id: UUID
    customer_name: str | None
    currency: str
    buckets: dict[str, AmountOut]
    unapplied: AmountOut
    total: AmountOut

    @classmethod
    def of(cls, row: AgeingRow) -> Self:
        """Render a row."""
        return cls.model_validate(row)


class AgeingOut(Out):
    """Open items by age on a day. `agrees`: the totals equal the control account."""

    company_id: UUID
    as_of: date
    accounts: list[AgeingAccountOut]
    totals: dict[str, AmountOut]
    control_account: dict[str, AmountOut]
    agrees: bool

    @classmethod
    def of(cls, company_id: UUID, ageing: Ageing) -> Self:
        """Render an ageing list."""
        return cls(
            company_id=company_id,
            as_of=ageing.as_of,
            accounts=[AgeingAccountOut.of(row) for row in ageing.rows],
            totals=dict(ageing.totals),
            control_account=dict(ageing.control),
            agrees=ageing.agrees,
        )


class ReceivablesProofOut(Out):
    """A statement about the customers' accounts that must hold, and what was found."""

    name: str
    holds: bool
    detail: str


class ReceivablesProofsOut(Out):
    """Documents, accounts and control account compared; `holds` is whether all agree."""

    company_id: UUID
    holds: bool
    """Whether every proof does."""
    proofs: list[ReceivablesProofOut]

    @classmethod
    def of(cls, company_id: UUID, proofs: list[Proof]) -> Self:
        """Render proofs."""
        return cls(
            company_id=company_id,
            holds=all(proof.holds for proof in proofs),
            proofs=[ReceivablesProofOut.model_validate(proof) for proof in proofs],
        )
