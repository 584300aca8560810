"""What clients send and receive about a tenant's own fields."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import Field as Member
from pydantic import StringConstraints

from crm.custom_fields.models import Definition
from crm.custom_fields.queries import Fields
from crm.custom_fields.rules import Field
from servicekit.http import AmountOut, In, Name, Out, ShortText, SignedAmountIn

RecordType = Literal["customer", "person", "opportunity"]
FieldKind = Literal["text", "number", "date", "boolean", "choice", "money", "reference"]
FieldCode = Annotated[
    str, StringConstraints(min_length=1, max_length=64, pattern=r"^[a-z][a-z0-9_]*$")
]
TagWord = Annotated[
    str, StringConstraints(min_length=1, max_length=64, pattern=r"^[a-z0-9][a-z0-9_-]*$")
]
Choices = Annotated[list[ShortText], Member(max_length=200)]


class CustomFieldIn(In):
    """A field that records of a type are to have."""

    record_type: RecordType
    """What has the field: customer, person or opportunity."""
    code: FieldCode
    """The member of `values` that holds it."""
    label: Name
    """What people call the field."""
    kind: FieldKind
    """What it holds; it never changes."""
    required: bool = False
    """True: whoever writes values must give this one."""
    choices: Choices = Member(default_factory=list)
    """The words to choose from; for a choice only."""
    least: SignedAmountIn | None = None
    """The smallest number or amount; null: no bound."""
    most: SignedAmountIn | None = None
    """The largest number or amount; null: no bound."""

    def field(self) -> Field:
        """The definition as the rules take it."""
        return Field(
            self.code, self.kind, self.required, tuple(self.choices), self.least, self.most
        )


class CustomFieldPatch(In):
    """What to change: a member left out stays, null clears a bound."""

    label: Name = Member(default_factory=str)
    """What people call the field."""
    required: bool = Member(default_factory=bool)
    """True: whoever writes values must give this one."""
    choices: Choices = Member(default_factory=list)
    """The words to choose from; values of before stay."""
    least: SignedAmountIn | None = None
    """The smallest number or amount; null: no bound."""
    most: SignedAmountIn | None = None
    """The largest number or amount; null: no bound."""
    active: bool = Member(default_factory=bool)
    """False: the field is no longer asked for nor shown in the schema."""

    def changes(self) -> Mapping[str, Any]:
        """The members that were sent."""
        return {name: getattr(self, name) for name in self.model_fields_set}


class CustomFieldOut(Out):
    """A field that records of a type have."""

    id: UUID
    record_type: str
    """What has the field."""
    code: str
    """The member of `values` that holds it."""
    label: str
    """What people call the field."""
    kind: str
    """What it holds."""
    required: bool
    """Whether a value must be given."""
    choices: list[str]
    """The words to choose from."""
    least: AmountOut | None
    """The smallest number or amount; null: no bound."""
    most: AmountOut | None
    """The largest number or amount; null: no bound."""
    active: bool
    """Whether it is asked for."""
    version: int

    @classmethod
    def of(cls, row: Definition) -> Self:
        """Render a definition."""
        return cls.model_validate(row)


class CustomSchemaOut(Out):
    """The JSON Schema of a record type's own fields."""

    json_schema: dict[str, Any]
    """JSON Schema 2020-12 of `values`, as this tenant has defined them."""


class RecordFieldsIn(In):
    """All values and tags that a record is to have."""

    values: Annotated[dict[str, Any], Member(max_length=200)] = Member(default_factory=dict)
    """Values by code; numbers as decimal strings. What is left out is taken away."""
    tags: Annotated[list[TagWord], Member(max_length=50)] = Member(default_factory=list)
    """Tags: small letters, digits, `-` and `_`."""


class RecordFieldsOut(Out):
    """The values and tags of a record."""

    record_type: str
    """What the record is."""
    record_id: UUID
    """The record."""
    values: dict[str, Any]
    """Values by code."""
    tags: list[str]
    """Tags, by name."""
    version: int

    @classmethod
    def of(cls, fields: Fields) -> Self:
        """Render what a record has."""
        return cls.model_validate(fields)


class MatchingOut(Out):
    """Records that a filter finds."""

    items: list[UUID]
    """Their ids, in order; give the last one as `after` for more."""
