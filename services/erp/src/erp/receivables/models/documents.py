"""Accounts, invoices and payments. Triggers and functions stand in migrations 0003 and 0016."""

from datetime import date, datetime
from decimal import Decimal
from typing import ClassVar
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKeyConstraint,
    Index,
    Numeric,
    SmallInteger,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from erp.receivables.rules import (
    AccountExistsAlready,
    AccountNotFound,
    AllocationExceedsOpenItem,
    AllocationExceedsPayment,
    InvoiceNotFound,
    PaymentNotFound,
)
from erp.tables import Base
from erp.taxes.queries import plain_code
from servicekit.tables import (
    Amount,
    Identified,
    PostedAmount,
    TenantRow,
    Versioned,
    minor_units_check,
)

INVOICE_STATUS = (
    "CASE WHEN open_amount = 0 THEN 'paid' WHEN overdue_since IS NOT NULL THEN 'overdue'"
    " WHEN open_amount < gross THEN 'partially-paid' ELSE 'open' END"
)
"""The status of an invoice, as SQL over its own columns."""


class Account(Identified, Versioned, Base):
    """A customer's account in a company. `credit_limit` is in `currency`; None: no limit."""

    __tablename__ = "receivables_account"
    __missing__ = AccountNotFound
    __refusals__: ClassVar = {
        "uq_receivables_account_tenant_company_id_customer_id": lambda: AccountExistsAlready(
            "The customer has an account in this company.", field="customer_id"
        )
    }
    __table_args__ = (
        UniqueConstraint("tenant", "company_id", "customer_id"),
        ForeignKeyConstraint(
            ["tenant", "company_id"], ["ledger_company.tenant", "ledger_company.id"]
        ),
        CheckConstraint("payment_terms_days BETWEEN 0 AND 365", name="payment_terms_days"),
        CheckConstraint(
            "credit_limit IS NULL OR"
            f" credit_limit >= 0 AND {minor_units_check('credit_limit', 'currency')}",
            name="credit_limit",
        ),
        Index("ix_receivables_account_customer_id", "tenant", "customer_id"),
    )

    company_id: Mapped[UUID]
    customer_id: Mapped[UUID]
    currency: Mapped[str]
    payment_terms_days: Mapped[int] = mapped_column(SmallInteger)
    credit_limit: Mapped[PostedAmount | None]
    credit_stop: Mapped[bool]
    # In place of the days, where given.
    payment_terms_id: Mapped[UUID | None]
    # In place of the company's, where given.
    dunning_policy_id: Mapped[UUID | None]


class ExposureRow(TenantRow, Base):
    """What moves with every order, invoice and payment of an account, in its currency.

    It stands apart from the account so that editing terms and booking do not wait for each
    other, and so that the hot row is small. Its lock covers everything beneath the account:
    whoever changes open items of an account takes it first.
    """

    __tablename__ = "receivables_exposure"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant", "account_id"], ["receivables_account.tenant", "receivables_account.id"]
        ),
        CheckConstraint(
            " AND ".join(
                minor_units_check(column, "currency")
                for column in ("open_items", "open_orders", "overdue")
            ),
            name="minor_units",
        ),
        CheckConstraint(
            "delivered >= 0 AND delivered <= open_orders"
            f" AND {minor_units_check('delivered', 'currency')}",
            name="delivered",
        ),
        {"postgresql_with": {"fillfactor": "50"}},
    )

    account_id: Mapped[UUID] = mapped_column(primary_key=True)
    currency: Mapped[str]
    open_items: Mapped[PostedAmount]
    open_orders: Mapped[PostedAmount]
    overdue: Mapped[PostedAmount]
    # The part of the open orders that has left.
    delivered: Mapped[PostedAmount] = mapped_column(server_default="0")


class Invoice(Identified, Base):
    """A posted invoice. Only what is open on it ever changes, and only by an allocation.

    One of the kind `down-payment` asks for a part of an order (`prepays_order_id`) before anything
    has left: it is a liability until invoices of the order settle it.

    Amounts are in `currency`, at its minor units. `overdue_since` is the day on which it was
    noticed that the due date had passed. `serial` is gapless within company and `series`.
    """

    __tablename__ = "receivables_invoice"
    __missing__ = InvoiceNotFound
    __refusals__: ClassVar = {
        "ck_receivables_invoice_open_amount": lambda: AllocationExceedsOpenItem(
            "Another payment has settled the invoice meanwhile."
        )
    }
    __table_args__ = (
        UniqueConstraint("tenant", "company_id", "series", "serial"),
        ForeignKeyConstraint(
            ["tenant", "account_id"], ["receivables_account.tenant", "receivables_account.id"]
        ),
        CheckConstraint("gross = net + tax AND net >= 0 AND tax >= 0", name="totals"),
        CheckConstraint("open_amount >= 0 AND open_amount <= gross", name="open_amount"),
        CheckConstraint(f"status = {INVOICE_STATUS}", name="status"),
        CheckConstraint(
            " AND ".join(
                minor_units_check(column, "currency")
                for column in ("net", "tax", "gross", "open_amount")
            ),
            name="minor_units",
        ),
        CheckConstraint(
            "kind IN ('invoice', 'down-payment')"
            " AND (kind = 'down-payment') = (prepays_order_id IS NOT NULL)"
            " AND (prepays_order_id IS NULL OR order_id IS NULL)",
            name="kind",
        ),
        Index("ix_receivables_invoice_order_id", "tenant", "order_id"),
        Index(
            "ix_receivables_invoice_prepays_order_id",
            "tenant",
            "prepays_order_id",
            postgresql_where=text("prepays_order_id IS NOT NULL"),
        ),
        Index("ix_receivables_invoice_account_id", "tenant", "account_id", "issued_on"),
    )

    company_id: Mapped[UUID]
    account_id: Mapped[UUID]
    customer_id: Mapped[UUID]
    order_id: Mapped[UUID | None]
    series: Mapped[str]
    serial: Mapped[int] = mapped_column(BigInteger)
    number: Mapped[str]
    currency: Mapped[str]
    issued_on: Mapped[date]
    due_on: Mapped[date]
    reference: Mapped[str | None]
    net: Mapped[PostedAmount]
    tax: Mapped[PostedAmount]
    gross: Mapped[PostedAmount]
    open_amount: Mapped[PostedAmount]
    status: Mapped[str]
    paid_on: Mapped[date | None]
    overdue_since: Mapped[date | None]
    payment_terms_id: Mapped[UUID | None]
    # Where it counts on another day than its own: that one lay in a closed period.
    posted_on: Mapped[date | None]
    created_at: Mapped[datetime]
    kind: Mapped[str] = mapped_column(server_default="invoice")
    prepays_order_id: Mapped[UUID | None]


class InvoiceLine(TenantRow, Base):
    """A line of an invoice; append-only.

    `net_amount` is unrounded, `shown_amount` the share of the document's net that is printed.
    """

    __tablename__ = "receivables_invoice_line"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant", "invoice_id"], ["receivables_invoice.tenant", "receivables_invoice.id"]
        ),
        CheckConstraint("quantity = round(quantity, quantity_places)", name="quantity_places"),
    )

    invoice_id: Mapped[UUID] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    order_line_id: Mapped[UUID | None]
    item_id: Mapped[UUID | None]
    sku: Mapped[str | None]
    description: Mapped[str]
    quantity: Mapped[Amount]
    unit: Mapped[str]
    # Those of the unit, or of the order line; ten where the unit is not known.
    quantity_places: Mapped[int] = mapped_column(SmallInteger)
    net_unit_price: Mapped[Amount]
    net_amount: Mapped[Amount]
    shown_amount: Mapped[PostedAmount]
    tax_category: Mapped[str]
    # Of a collective invoice: what it was ordered with, and what it came with.
    order_number: Mapped[str | None]
    delivery_number: Mapped[str | None]
    delivered_on: Mapped[date | None]


class InvoiceOrder(TenantRow, Base):
    """What a collective invoice takes of a tax category of one of its orders; append-only.

    `net` is unrounded; `base` and `tax` are what the order's part shows, at minor units: those of
    all its orders are the invoice's, which a trigger proves at commit.
    """

    __tablename__ = "receivables_invoice_order"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant", "invoice_id"], ["receivables_invoice.tenant", "receivables_invoice.id"]
        ),
        Index("ix_receivables_invoice_order_order_id", "tenant", "order_id"),
    )

    invoice_id: Mapped[UUID] = mapped_column(primary_key=True)
    order_id: Mapped[UUID] = mapped_column(primary_key=True)
    category: Mapped[str] = mapped_column(primary_key=True)
    rate: Mapped[Decimal] = mapped_column(Numeric(9, 6))
    net: Mapped[Amount]
    base: Mapped[PostedAmount]
    tax: Mapped[PostedAmount]


class InvoiceTax(TenantRow, Base):
    """The tax of one category on an invoice; append-only.

    `base` is the category's net as shown, at minor units; `tax` was computed on its exact net.
    """

    __tablename__ = "receivables_invoice_tax"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant", "invoice_id"], ["receivables_invoice.tenant", "receivables_invoice.id"]
        ),
    )

    invoice_id: Mapped[UUID] = mapped_column(primary_key=True)
    category: Mapped[str] = mapped_column(primary_key=True)
    rate: Mapped[Decimal] = mapped_column(Numeric(9, 6))
    base: Mapped[PostedAmount]
    tax: Mapped[PostedAmount]
    # Of documents from before there were codes it is empty; `vat_code` knows better.
    told_code: Mapped[str | None] = mapped_column("vat_code")
    exemption_code: Mapped[str | None]
    exemption_reason: Mapped[str | None]
    country: Mapped[str | None]
    distance: Mapped[bool] = mapped_column(server_default="false")

    @property
    def vat_code(self) -> str:
        """The VAT category code of EN 16931."""
        return self.told_code or plain_code(self.category, self.rate).value


class Payment(Identified, Base):
    """Money that arrived. Only what is left to allocate ever changes, by an allocation."""

    __tablename__ = "receivables_payment"
    __missing__ = PaymentNotFound
    __refusals__: ClassVar = {
        "ck_receivables_payment_unallocated": lambda: AllocationExceedsPayment(
            "The payment has been allocated meanwhile."
        )
    }
    __table_args__ = (
        UniqueConstraint("tenant", "company_id", "series", "serial"),
        ForeignKeyConstraint(
            ["tenant", "account_id"], ["receivables_account.tenant", "receivables_account.id"]
        ),
        CheckConstraint("unallocated >= 0 AND unallocated <= amount", name="unallocated"),
        CheckConstraint(
            f"amount > 0 AND {minor_units_check('amount', 'currency')}"
            f" AND {minor_units_check('unallocated', 'currency')}",
            name="amount",
        ),
        CheckConstraint(
            "(paid_amount IS NULL) = (paid_currency IS NULL) AND (paid_amount IS NULL OR"
            " (paid_amount > 0 AND paid_currency <> currency"
            " AND (paid_amount = round(paid_amount, currency_minor_units(paid_currency)))"
            " IS TRUE))",
            name="paid",
        ),
        Index("ix_receivables_payment_account_id", "tenant", "account_id", "received_on"),
    )

    company_id: Mapped[UUID]
    account_id: Mapped[UUID]
    customer_id: Mapped[UUID]
    series: Mapped[str]
    serial: Mapped[int] = mapped_column(BigInteger)
    number: Mapped[str]
    currency: Mapped[str]
    amount: Mapped[PostedAmount]
    unallocated: Mapped[PostedAmount]
    received_on: Mapped[date]
    method: Mapped[str]
    reference: Mapped[str | None]
    # What arrived, where that was in another currency than the account's.
    paid_amount: Mapped[PostedAmount | None]
    paid_currency: Mapped[str | None]
    # Where it counts on another day than its own: that one lay in a closed period.
    posted_on: Mapped[date | None]
    created_at: Mapped[datetime]
