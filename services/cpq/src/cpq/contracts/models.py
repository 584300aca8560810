"""Tables of contracts."""

from datetime import date, datetime
from decimal import Decimal
from typing import ClassVar
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, Numeric, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from cpq.contracts.rules import ContractNotFound
from cpq.tables import Base
from servicekit.errors import Refusal
from servicekit.tables import Amount, Identified, Versioned


class Contract(Identified, Versioned, Base):
    """What a customer has bought for a time."""

    __tablename__ = "contracts_contract"
    __table_args__ = (
        UniqueConstraint("tenant", "number", name="uq_contracts_contract_number"),
        UniqueConstraint("tenant", "quote_id", name="uq_contracts_contract_quote"),
        Index("ix_contracts_contract_customer", "tenant", "customer_id"),
        Index("ix_contracts_contract_created", "tenant", "created_at", "id"),
        Index("ix_contracts_contract_end", "tenant", "end_on"),
        CheckConstraint("end_on >= start_on", name="ends_after_it_begins"),
    )
    __missing__: ClassVar[type[Refusal]] = ContractNotFound

    number: Mapped[str]
    quote_id: Mapped[UUID]
    """The quote that began it."""
    customer_id: Mapped[UUID]
    customer_number: Mapped[str]
    customer_name: Mapped[str]
    selling_company_id: Mapped[UUID | None]
    currency: Mapped[str]
    start_on: Mapped[date]
    end_on: Mapped[date | None]
    """The last day on which it holds, as things stand; None: until it is cancelled."""
    cancelled_at: Mapped[datetime | None]
    """When it was cancelled before its time."""


class ContractEntry(Identified, Base):
    """A quantity of something over a stretch of days. Insert-only.

    A trigger refuses what would take more from a lot than was bought, on any day, or give back more
    than it has cost (migration 0024).
    """

    __tablename__ = "contracts_entry"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant", "contract_id"], ["contracts_contract.tenant", "contracts_contract.id"]
        ),
        UniqueConstraint("tenant", "contract_id", "position", name="uq_contracts_entry_position"),
        ForeignKeyConstraint(
            ["tenant", "contract_id", "lot"],
            ["contracts_entry.tenant", "contracts_entry.contract_id", "contracts_entry.position"],
            name="fk_contracts_entry_lot",
        ),
        Index("ix_contracts_entry_lot", "tenant", "contract_id", "lot"),
        CheckConstraint("(lot IS NULL) = (quantity > 0)", name="what_is_taken_has_a_lot"),
        CheckConstraint("until_on >= from_on", name="ends_after_it_begins"),
        CheckConstraint("quantity <> 0", name="quantity_is_something"),
        CheckConstraint("unit_price >= 0", name="price_is_not_negative"),
        CheckConstraint("sign(amount) IN (0, sign(quantity))", name="amount_follows_quantity"),
    )

    contract_id: Mapped[UUID]
    position: Mapped[int]
    """The order in which entries came about, from 1."""
    key: Mapped[str]
    kind: Mapped[str]
    item_id: Mapped[UUID]
    sku: Mapped[str]
    name: Mapped[str]
    unit: Mapped[str]
    quantity: Mapped[Amount]
    unit_price: Mapped[Decimal] = mapped_column(Numeric(24, 10))
    from_on: Mapped[date]
    until_on: Mapped[date | None]
    """None: it is evergreen, or taken from what is, for good."""
    amount: Mapped[Amount]
    term_unit: Mapped[str]
    term_count: Mapped[int]
    basis: Mapped[str]
    anchor: Mapped[date | None]
    selling_model: Mapped[str | None]
    replaces: Mapped[str | None]
    lot: Mapped[int | None]
    """The position of the entry that it takes from; None: it is bought."""
    quote_id: Mapped[UUID | None]
    """The quote that it came of; None: the seller took something away without one."""
    written_at: Mapped[datetime]
    written_by: Mapped[str]
