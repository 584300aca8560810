"""Tables of e-invoices: who seller and buyer are on paper."""

from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint
from sqlalchemy.orm import Mapped, mapped_column

from erp.einvoices.rules import DetailsHaveChanged
from erp.tables import Base
from servicekit.tables import TenantRow, Versioned


class LegalDetails(TenantRow, Versioned, Base):
    """What a company's documents say of it: name, address, numbers, bank account.

    `content` is `rules.SellerDetails` as JSON; members without a value are left out.
    """

    __tablename__ = "einvoices_legal_details"
    __refusals__: ClassVar = {
        "pk_einvoices_legal_details": lambda: DetailsHaveChanged("Somebody else was first.")
    }
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant", "company_id"], ["ledger_company.tenant", "ledger_company.id"]
        ),
        CheckConstraint("jsonb_typeof(content) = 'object'", name="content"),
    )

    company_id: Mapped[UUID] = mapped_column(primary_key=True)
    content: Mapped[dict[str, Any]]


class BillingDetails(TenantRow, Versioned, Base):
    """What documents say of the customer of an account, and the language they are written in.

    `content` is `rules.BuyerDetails` as JSON; members without a value are left out.
    """

    __tablename__ = "einvoices_billing_details"
    __refusals__: ClassVar = {
        "pk_einvoices_billing_details": lambda: DetailsHaveChanged("Somebody else was first.")
    }
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant", "account_id"], ["receivables_account.tenant", "receivables_account.id"]
        ),
        CheckConstraint("jsonb_typeof(content) = 'object'", name="content"),
    )

    account_id: Mapped[UUID] = mapped_column(primary_key=True)
    content: Mapped[dict[str, Any]]
