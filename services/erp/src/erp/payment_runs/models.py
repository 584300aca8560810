"""From where suppliers are paid."""

from typing import ClassVar
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped

from erp.payment_runs.rules import CompanyBankAccountIsThere, CompanyBankAccountNotFound
from erp.tables import Base
from servicekit.tables import Identified, Versioned


class CompanyBankAccount(Identified, Versioned, Base):
    """A bank account of the company's own, held in `currency` (ISO 4217)."""

    __tablename__ = "payment_runs_bank_account"
    __missing__ = CompanyBankAccountNotFound
    __refusals__: ClassVar = {
        "uq_payment_runs_bank_account_tenant_company_id_iban": lambda: CompanyBankAccountIsThere(
            "The company has this account.", field="iban"
        )
    }
    __table_args__ = (
        UniqueConstraint("tenant", "company_id", "iban"),
        ForeignKeyConstraint(
            ["tenant", "company_id"], ["ledger_company.tenant", "ledger_company.id"]
        ),
        CheckConstraint("iban ~ '^[A-Z]{2}[0-9]{2}[A-Z0-9]{8,30}$'", name="iban"),
    )

    company_id: Mapped[UUID]
    name: Mapped[str]
    iban: Mapped[str]
    bic: Mapped[str | None]
    currency: Mapped[str]
    active: Mapped[bool]
