"""What clients receive about families of companies."""

from typing import Self
from uuid import UUID

from crm.customers.queries import Family
from servicekit.http import Out


class RelativeOut(Out):
    """A company of the family."""

    id: UUID
    number: str
    name: str
    parent_id: UUID | None
    level: int
    """How far down it stands; the ultimate parent is on level 1."""
    tier: str
    owner: str | None
    country: str | None
    active: bool


class FamilyOut(Out):
    """The family of companies to which a customer belongs."""

    ultimate_parent_id: UUID
    """The company at the top; the customer itself where it has no parent."""
    above: list[UUID]
    """The companies above the customer, the ultimate parent first."""
    companies: int
    """How many companies the family has."""
    below: int
    """How many of them stand below the customer."""
    active_companies: int
    """How many of them are active."""
    by_owner: dict[str, int]
    """How many each owner sees to; those of nobody are left out."""
    by_country: dict[str, int]
    """How many are at home in each country, where it is known."""
    items: list[RelativeOut]
    """The companies, level by level and by name; the first thousand."""

    @classmethod
    def of(cls, family: Family) -> Self:
        """Render a family."""
        return cls.model_validate(family)
