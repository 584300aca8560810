"""The types requests and answers are made of.

Requests derive from `In`: unknown members are refused, strings are bounded,
amounts are decimal strings with a bounded number of digits, instants carry an
offset, whole numbers and booleans are what JSON calls so. Answers derive from
`Out`. No float exists on this edge.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Annotated, Any, Self
from unicodedata import category

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    PlainSerializer,
    StringConstraints,
    WithJsonSchema,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from servicekit.http.countries import COUNTRIES
from servicekit.values.currencies import CURRENCIES
from servicekit.values.decimals import plain
from servicekit.values.money import Money

_NOT_READ = frozenset({"metadata", "default", "expected", "config", "serialization"})


def _guess_nothing(schema: Any, model: str) -> None:
    """Make every whole number and boolean within a core schema strict.

    pydantic's own strictness would be for all types at once, and refuse the
    texts in which JSON carries UUIDs, days and enumerations.
    """
    if isinstance(schema, (list, tuple)):
        for inner in schema:
            _guess_nothing(inner, model)
    if not isinstance(schema, dict):
        return
    kind = schema.get("type")
    if kind in ("int", "bool"):
        schema["strict"] = True
    elif kind in ("float", "decimal"):
        raise TypeError(f"{model}: a {kind} is not safe in JSON; take AmountIn or its like")
    for name, inner in schema.items():
        if name == "fields":
            _guess_nothing([*inner.values()] if isinstance(inner, dict) else inner, model)
        elif name not in _NOT_READ:
            _guess_nothing(inner, model)


class In(BaseModel):
    """Base of everything a client sends.

    Frozen, because a command that meets a serialization failure is run a
    second time with the same body. Nothing is guessed: `"yes"` is no consent
    and `true` is no quantity. A member that is a float, or a Decimal read from
    a JSON number, cannot be declared (TypeError).
    """

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        str_strip_whitespace=True,
        str_max_length=10_000,
        use_attribute_docstrings=True,
    )

    @classmethod
    def __get_pydantic_core_schema__(
        cls, source: type[Any], handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        schema = handler(source)
        _guess_nothing(schema, cls.__name__)
        return schema


class Out(BaseModel):
    """Base of everything a client receives.

    A member called `version` makes the answer carry `ETag: "<version>"`.
    """

    model_config = ConfigDict(frozen=True, from_attributes=True, use_attribute_docstrings=True)


_DECIMAL = re.compile(r"-?[0-9]+(?:\.[0-9]+)?\Z")


@dataclass(frozen=True, slots=True)
class DecimalText:
    """A decimal written as a JSON string, bounded in digits, sign and size.

    JSON numbers are refused: most parsers turn them into binary floats, and a
    client that sends 0.1 as a number has already lost the amount it meant.
    """

    whole: int = 14
    places: int = 10
    least: Decimal | None = None
    most: Decimal | None = None
    positive: bool = False

    def parse(self, value: object) -> Decimal:
        """The decimal in `value`, a string or (from Python) a Decimal."""
        text = plain(value) if isinstance(value, Decimal) and value.is_finite() else value
        if not isinstance(text, str):
            raise PydanticCustomError(
                "decimal_not_text", 'Send decimals as a string, such as "12.50".'
            )
        text = text.strip()
        # Longer than any number this field can hold: do not even scan it.
        if len(text) > 80 or not _DECIMAL.match(text):
            raise PydanticCustomError(
                "decimal_format",
                'Write a plain decimal such as "12.50", without exponent or separators.',
            )
        number = Decimal(text)
        if not number:
            number = Decimal(0)
        whole, _, places = plain(number).lstrip("-").partition(".")
        if len(whole) > self.whole or len(places) > self.places:
            raise PydanticCustomError(
                "decimal_digits",
                "Use at most {whole} digits before the decimal point and {places} after it.",
                {"whole": self.whole, "places": self.places},
            )
        if self.positive and number <= 0:
            raise PydanticCustomError("not_positive", "Must be greater than zero.")
        if self.least is not None and number < self.least:
            raise PydanticCustomError(
                "too_small", "Must be at least {least}.", {"least": plain(self.least)}
            )
        if self.most is not None and number > self.most:
            raise PydanticCustomError(
                "too_large", "Must be at most {most}.", {"most": plain(self.most)}
            )
        return number

    def __get_pydantic_core_schema__(
        self, source: type[Any], handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(
            self.parse,
            serialization=core_schema.plain_serializer_function_ser_schema(
                plain, return_schema=core_schema.str_schema(), when_used="json"
            ),
        )

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        sign = "" if self.positive or (self.least is not None and self.least >= 0) else "-?"
        return {
            "type": "string",
            "format": "decimal",
            "pattern": rf"^{sign}[0-9]{{1,{self.whole}}}(\.[0-9]{{1,{self.places}}})?$",
            "examples": ["1" if self.most == 1 else "12.5"],
        }


AmountIn = Annotated[Decimal, DecimalText(least=Decimal(0))]
"""An amount of money, zero or more, in the currency named beside it."""
SignedAmountIn = Annotated[Decimal, DecimalText()]
"""An amount of money of either sign."""
PositiveAmountIn = Annotated[Decimal, DecimalText(positive=True)]
"""An amount of money above zero."""
QuantityIn = Annotated[Decimal, DecimalText(positive=True)]
"""A quantity above zero, in the unit named beside it."""
SignedQuantityIn = Annotated[Decimal, DecimalText()]
"""A quantity of either sign: a correction."""
FractionIn = Annotated[Decimal, DecimalText(whole=1, least=Decimal(0), most=Decimal(1))]
"""A share of one: "0.15" is fifteen per cent."""

_decimal_schema = WithJsonSchema({"type": "string", "format": "decimal", "examples": ["12.5"]})
AmountOut = Annotated[Decimal, PlainSerializer(plain, return_type=str), _decimal_schema]
"""An amount of money as a canonical decimal string, in the currency named beside it."""
QuantityOut = AmountOut
"""A quantity as a canonical decimal string, in the unit named beside it."""
FractionOut = Annotated[
    Decimal,
    PlainSerializer(plain, return_type=str),
    WithJsonSchema({"type": "string", "format": "decimal", "examples": ["0.15"]}),
]
"""A share of one as a canonical decimal string."""


def _known(kind: str, names: frozenset[str]) -> Callable[[str], str]:
    def check(value: str) -> str:
        if value not in names:
            raise PydanticCustomError(
                f"unknown_{kind}", f"No such {kind}: use its ISO code, in capitals."
            )
        return value

    return check


CurrencyCode = Annotated[
    str,
    StringConstraints(min_length=3, max_length=3, pattern=r"^[A-Z]{3}$"),
    AfterValidator(_known("currency", frozenset(CURRENCIES))),
    WithJsonSchema({"type": "string", "pattern": "^[A-Z]{3}$", "examples": ["EUR"]}),
]
CountryCode = Annotated[
    str,
    StringConstraints(min_length=2, max_length=2, pattern=r"^[A-Z]{2}$"),
    AfterValidator(_known("country", COUNTRIES)),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": "^[A-Z]{2}$",
            "examples": ["DE"],
        }
    ),
]

_TURNS_TEXT_ROUND = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_BREAKS = frozenset({"Cc", "Zl", "Zp"})
_INVISIBLE = frozenset({"Cc", "Cf", "Zs", "Zl", "Zp"})


def _one_line(text: str) -> str:
    """What stands in a list or a heading: something visible, in one line, that reads one way.

    Joiners, soft hyphens and the like stay: names in many scripts, and emoji, need them. What
    turns the direction of the text round can make a name look like another one.
    """
    if text.isprintable():
        return text
    kinds = {category(character) for character in text}
    if kinds & _BREAKS or not _TURNS_TEXT_ROUND.isdisjoint(text):
        raise PydanticCustomError(
            "not_one_line", "Write it in one line, without characters that steer the text."
        )
    if kinds <= _INVISIBLE:
        raise PydanticCustomError("nothing_visible", "Write something that can be seen.")
    return text


OneLine = AfterValidator(_one_line)
"""For a text of one line: see `Name`."""
Name = Annotated[str, StringConstraints(min_length=1, max_length=200), OneLine]
"""What people call a thing: 1 to 200 characters in one line."""
ShortText = Annotated[str, StringConstraints(min_length=1, max_length=80), OneLine]
LongText = Annotated[str, StringConstraints(min_length=1, max_length=4_000)]
Reason = Annotated[str, StringConstraints(min_length=3, max_length=500)]
"""Why somebody did it, for the audit trail: 3 to 500 characters."""
Code = Annotated[
    str, StringConstraints(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9][A-Za-z0-9 ._/+-]*$")
]
"""A code people type: letters, digits and . _ / + - ; at most 64."""
Reference = Annotated[str, StringConstraints(min_length=1, max_length=128), OneLine]
"""An identifier of some other system, such as `external_reference`."""
EmailIn = Annotated[
    str,
    StringConstraints(
        min_length=3, max_length=254, pattern=r"^[^@\s]+@[^@\s.]+(\.[^@\s.]+)+$", to_lower=True
    ),
]
PhoneIn = Annotated[
    str, StringConstraints(min_length=3, max_length=40, pattern=r"^\+?[0-9 ()./-]+$")
]
UnitCode = Annotated[
    str, StringConstraints(min_length=1, max_length=16, pattern=r"^[A-Za-z0-9%./-]+$")
]
"""A unit of measure, such as `pcs` or `kg`."""

_DATED = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")
_FIRST_DAY = date(1900, 1, 1)
_LAST_DAY = date(2200, 12, 31)


def _text_or(kind: type[date], form: re.Pattern[str]) -> Callable[[object], object]:
    def check(value: object) -> object:
        # pydantic would take 0, and "0" too, for 1970-01-01, and midnight anywhere for a day.
        if not isinstance(value, kind) and not (isinstance(value, str) and form.match(value)):
            raise PydanticCustomError(
                "date_not_text", 'Write dates as ISO 8601 text that begins like "2026-11-23".'
            )
        return value

    return check


def _within_calendar(day: date) -> date:
    if not _FIRST_DAY <= day <= _LAST_DAY:
        raise PydanticCustomError("date_out_of_range", "Use a date between 1900 and 2200.")
    return day


def _to_utc(instant: datetime) -> datetime:
    # Compared before converting: an instant at the edge of the calendar
    # cannot be moved to UTC at all.
    _within_calendar(instant.date())
    return instant.astimezone(UTC)


DayIn = Annotated[date, BeforeValidator(_text_or(date, _DAY)), AfterValidator(_within_calendar)]
"""A business day, such as "2026-11-23", in the company's own calendar."""
InstantIn = Annotated[
    AwareDatetime, BeforeValidator(_text_or(datetime, _DATED)), AfterValidator(_to_utc)
]
"""A moment with its offset, such as "2026-11-23T10:00:00+01:00"; kept in UTC."""


class MoneyIn(In):
    """An amount with its currency."""

    amount: AmountIn
    """In `currency`, zero or more; places beyond the currency's own are kept."""
    currency: CurrencyCode

    def money(self) -> Money:
        """The value the rules calculate with."""
        return Money(self.amount, self.currency)


class MoneyOut(Out):
    """An amount with its currency."""

    amount: AmountOut
    """In `currency`."""
    currency: str

    @classmethod
    def of(cls, money: Money) -> Self:
        """Render `money` unrounded."""
        return cls(amount=money.amount, currency=money.currency)
