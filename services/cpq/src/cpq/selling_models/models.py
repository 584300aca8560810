"""Tables of selling models."""

from typing import ClassVar

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped

from cpq.selling_models.rules import (
    SellingModelExists,
    SellingModelIsUsed,
    SellingModelNotFound,
    WayToSellExists,
    WayToSellNotFound,
)
from cpq.tables import Base
from servicekit.errors import Refusal
from servicekit.tables import Identified, Versioned


class SellingModelRow(Identified, Versioned, Base):
    """Whether a price is due once, for a term, until it is cancelled, or by what was used."""

    __tablename__ = "selling_models_model"
    __table_args__ = (
        UniqueConstraint("tenant", "key", name="uq_selling_models_model_key"),
        CheckConstraint(
            "kind IN ('one-off', 'termed', 'evergreen', 'usage')", name="kind_is_known"
        ),
        CheckConstraint("unit IN ('month', 'quarter', 'half-year', 'year')", name="unit_is_known"),
        CheckConstraint(
            "(kind IN ('termed', 'evergreen')) = (unit IS NOT NULL)", name="only_time_has_a_unit"
        ),
        CheckConstraint("count BETWEEN 1 AND 1200", name="count_is_positive"),
    )
    __missing__: ClassVar[type[Refusal]] = SellingModelNotFound
    __refusals__: ClassVar = {
        "uq_selling_models_model_key": lambda: SellingModelExists(
            "another model was made meanwhile", field="key"
        ),
        "fk_selling_models_way_model": lambda: SellingModelIsUsed("ways to sell name it"),
    }

    key: Mapped[str]
    name: Mapped[str]
    kind: Mapped[str]
    unit: Mapped[str | None]
    """What a price is for, together with `count`; None: it is for no time."""
    count: Mapped[int]
    active: Mapped[bool]


class WayToSell(Identified, Versioned, Base):
    """An item that is sold by a model."""

    __tablename__ = "selling_models_way"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant", "selling_model"],
            ["selling_models_model.tenant", "selling_models_model.key"],
            name="fk_selling_models_way_model",
        ),
        UniqueConstraint("tenant", "sku", "selling_model", name="uq_selling_models_way_sku"),
        Index(
            "uq_selling_models_way_default",
            "tenant",
            "sku",
            unique=True,
            postgresql_where=text("is_default"),
        ),
        Index("ix_selling_models_way_model", "tenant", "selling_model"),
    )
    __missing__: ClassVar[type[Refusal]] = WayToSellNotFound
    __refusals__: ClassVar = {
        "uq_selling_models_way_sku": lambda: WayToSellExists("it was made meanwhile", field="sku"),
        "uq_selling_models_way_default": lambda: WayToSellExists(
            "another way is the default", field="is_default"
        ),
    }

    sku: Mapped[str]
    selling_model: Mapped[str]
    """The key of the model."""
    is_default: Mapped[bool]
    proration: Mapped[str]
