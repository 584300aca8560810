"""Tables of e-invoices: who seller and buyer are on paper."""

from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index
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


class PartyStatement(TenantRow, Base):
    """What documents say of a seller or buyer; append-only, each statement kept once.

    `content` has `name`, `country`, `code` and `vat_number` where they are known, and `details` as
    told. Written by the database alone, when documents are issued.
    """

    __tablename__ = "einvoices_party"
    __table_args__ = (
        CheckConstraint("digest = sha256(convert_to(content::text, 'UTF8'))", name="digest"),
    )

    digest: Mapped[bytes] = mapped_column(primary_key=True)
    content: Mapped[dict[str, Any]]


class DocumentParties(TenantRow, Base):
    """Who seller and buyer of an invoice or credit note were when it was issued.

    Written by the database alone. What nobody had told by then is added by the first telling;
    what was said is never said otherwise.
    """

    __tablename__ = "einvoices_parties"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant", "seller"], ["einvoices_party.tenant", "einvoices_party.digest"]
        ),
        ForeignKeyConstraint(
            ["tenant", "buyer"], ["einvoices_party.tenant", "einvoices_party.digest"]
        ),
        Index("ix_einvoices_parties_seller", "tenant", "company_id", "seller"),
        Index("ix_einvoices_parties_buyer", "tenant", "account_id", "buyer"),
    )

    document_id: Mapped[UUID] = mapped_column(primary_key=True)
    company_id: Mapped[UUID]
    account_id: Mapped[UUID]
    seller: Mapped[bytes]
    buyer: Mapped[bytes]
