"""What every event is made of: the `Event` base and the wire types.

Wire types (`MoneyV1`, `DecimalString`) are not domain types. A service may change how it
computes with money; what it has promised on the wire stays.
"""

import re
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    PlainSerializer,
    WithJsonSchema,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import core_schema

_CLOSED = {"closed": True}


class UnknownValueError(ValueError):
    """A producer tried to publish a value that its contract does not name."""


class WireModel(BaseModel):
    """Frozen, reads open (unknown fields are ignored), documents fields by their docstrings."""

    model_config = ConfigDict(
        frozen=True,
        extra="ignore",
        use_attribute_docstrings=True,
        ser_json_timedelta="iso8601",
    )


def _exact(value: object) -> object:
    """Refuse binary floats: their decimals are not the ones that somebody wrote."""
    if isinstance(value, bool | float):
        raise ValueError(f"a decimal travels as a string such as '12.5', not as {value!r}")
    return value


def plain_decimal(value: Decimal) -> str:
    """Write a decimal the one canonical way: no exponent, no trailing zeros, no negative zero.

    A producer that read `18.5000` from its database and one that computed `18.5` state the same
    fact, and send the same bytes.
    """
    text = format(value, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


LONGEST_EVENT_BYTES = 4_000_000
"""No event's JSON is as long as this: outboxes refuse it, and topics and clients take it with its
headers. A quote of five thousand lines needs about three million."""
DecimalString = Annotated[
    Decimal,
    BeforeValidator(_exact),
    Field(allow_inf_nan=False),
    PlainSerializer(plain_decimal, return_type=str),
    WithJsonSchema({"type": "string", "pattern": r"^-?\d+(\.\d+)?$", "examples": ["12.5"]}),
]
"""An exact decimal: `Decimal` in Python, a canonical string on the wire."""

CurrencyCode = Annotated[str, Field(pattern=r"^[A-Z]{3}$", examples=["EUR"])]
"""An ISO 4217 alphabetic code."""

CountryCode = Annotated[str, Field(pattern=r"^[A-Z]{2}$", examples=["DE"])]
"""An ISO 3166-1 alpha-2 code."""


class Known:
    """Marks a string of which the contract names the values known today.

    Consumers read it open: a value that a newer producer adds reaches them as it is. Producers
    write it closed: `Event.payload` refuses a value outside the list.
    """

    def __init__(self, *values: str) -> None:
        self.values = values

    def __get_pydantic_core_schema__(
        self, source: type[str], handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        del source, handler
        return core_schema.str_schema(
            serialization=core_schema.plain_serializer_function_ser_schema(
                self._write, info_arg=True, return_schema=core_schema.str_schema()
            )
        )

    def __get_pydantic_json_schema__(
        self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {**handler(schema), "x-known-values": list(self.values)}

    def _write(self, value: str, info: core_schema.SerializationInfo[Any]) -> str:
        if value not in self.values and info.context == _CLOSED:
            raise UnknownValueError(f"{value!r} is none of {', '.join(self.values)}")
        return value


class MoneyV1(WireModel):
    """An amount and its currency; the sign says the direction."""

    amount: DecimalString
    """Units of the currency, with as many decimals as the fact has (not rounded)."""
    currency: CurrencyCode
    """ISO 4217."""


class AddressV1(WireModel):
    """A postal address of a party."""

    kind: str
    """What the address is for, such as `billing` or `shipping`."""
    line1: str
    line2: str | None = None
    city: str
    region: str | None = None
    """State, province or county, as post there writes it."""
    postal_code: str | None = None
    country: CountryCode
    """ISO 3166-1 alpha-2."""


class Event(WireModel):
    """A past-tense fact about one aggregate.

    A subclass whose name ends in `V<number>` is a published event: its topic, type and
    aggregate key follow from the class. Any other subclass only gathers the fields that the
    events of a topic have in common.
    """

    topic: ClassVar[str] = ""
    """`<service>.<aggregate>`."""
    key_field: ClassVar[str] = ""
    """The field that holds the aggregate's id."""
    event_name: ClassVar[str] = ""
    """`CustomerCreated`."""
    event_version: ClassVar[int] = 0
    """The major version; within it only optional fields are ever added."""
    event_type: ClassVar[str] = ""
    """CloudEvents type: `tradewind.crm.customer-created.v1`."""
    dataschema: ClassVar[str] = ""
    """CloudEvents dataschema, equal to the `$id` of the checked-in JSON Schema."""
    slug: ClassVar[str] = ""
    """File name of schema and examples: `customer-created.v1`."""

    published: ClassVar[dict[str, type["Event"]]] = {}
    """Every published event class by its CloudEvents type."""

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        super().__pydantic_init_subclass__(**kwargs)
        match = re.fullmatch(r"([A-Za-z]+)V(\d+)", cls.__name__)
        if match is None:
            return
        if not cls.topic or cls.key_field not in cls.model_fields:
            raise TypeError(f"{cls.__name__} needs a topic and a key_field that is its own field")
        cls.event_name, cls.event_version = match[1], int(match[2])
        kebab = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", cls.event_name).lower()
        service = cls.topic.partition(".")[0]
        cls.slug = f"{kebab}.v{cls.event_version}"
        cls.event_type = f"tradewind.{service}.{cls.slug}"
        cls.dataschema = f"urn:tradewind:schema:{service}:{kebab}:v{cls.event_version}"
        taken = cls.published.setdefault(cls.event_type, cls)
        if taken.__qualname__ != cls.__qualname__ or taken.__module__ != cls.__module__:
            raise TypeError(f"{cls.event_type} is already published by {taken.__module__}")

    @property
    def key(self) -> str:
        """The aggregate's id as text; events of one aggregate stay in order."""
        return str(getattr(self, self.key_field))

    def payload(self) -> bytes:
        """The body to publish: JSON in UTF-8, written closed.

        Raises `UnknownValueError` (wrapped by pydantic as `PydanticSerializationError`) if a field
        holds a value that the contract does not know.
        """
        return self.__pydantic_serializer__.to_json(self, context=_CLOSED)

    @classmethod
    def read(cls, body: bytes | str) -> Self:
        """Parse a body, ignoring what this version does not know; raises `ValidationError`."""
        return cls.model_validate_json(body)
