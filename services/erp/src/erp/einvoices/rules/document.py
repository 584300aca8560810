"""A business document of EN 16931-1:2017: an invoice or a credit note, whatever its syntax.

Comments name the business terms (BT) and groups (BG) of the standard. Amounts are in the document's
currency and carry the sign of the document: a credit note is stated in positive amounts. A percent
is one: 19 is 19 %.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum

from servicekit.values.currencies import MINOR_UNITS
from servicekit.values.decimals import ARITHMETIC, plain, round_to

ZERO = Decimal(0)
LARGEST_PLACES = 2
"""No amount of EN 16931 has more decimals, whatever the currency (BR-DEC-01 to BR-DEC-28)."""


class Syntax(StrEnum):
    """How a document is written down."""

    UBL = "ubl"
    CII = "cii"


class VatCode(StrEnum):
    """Categories of VAT (UNCL 5305, as EN 16931 restricts it)."""

    STANDARD = "S"
    ZERO = "Z"
    EXEMPT = "E"
    REVERSE_CHARGE = "AE"
    INTRA_COMMUNITY = "K"
    EXPORT = "G"
    OUTSIDE = "O"


INVOICE, CREDIT_NOTE, PREPAYMENT = "380", "381", "386"
CREDIT_NOTE_TYPES = frozenset({"81", "83", "261", "262", "296", "308", "381", "396", "420", "458"})
"""Types of documents (UNCL 1001) that EN 16931 takes for credit notes."""


@dataclass(frozen=True, slots=True)
class Address:
    """A postal address (BG-5, BG-8); `country` is ISO 3166-1 alpha-2."""

    country: str | None
    street: str | None = None
    additional: str | None = None
    line: str | None = None
    city: str | None = None
    postcode: str | None = None
    subdivision: str | None = None


@dataclass(frozen=True, slots=True)
class Identifier:
    """An identifier and the scheme that it belongs to (ISO 6523 ICD, EAS), if one is told."""

    value: str
    scheme: str | None = None


@dataclass(frozen=True, slots=True)
class Party:
    """Seller (BG-4) or buyer (BG-7)."""

    name: str
    address: Address
    trading_name: str | None = None
    identifier: Identifier | None = None  # BT-29, BT-46
    registration: Identifier | None = None  # BT-30, BT-47
    vat_id: str | None = None  # BT-31, BT-48
    tax_number: str | None = None  # BT-32
    electronic: Identifier | None = None  # BT-34, BT-49
    contact_name: str | None = None
    telephone: str | None = None
    email: str | None = None

    def identified(self, identifier: Identifier) -> "Party":
        """The same party with an identifier (BT-29, BT-46)."""
        return replace(self, identifier=identifier)


@dataclass(frozen=True, slots=True)
class VatCategory:
    """A category of VAT with its rate in percent; none where it is outside of VAT."""

    code: str
    percent: Decimal | None
    reason: str | None = None  # BT-120
    reason_code: str | None = None  # BT-121


@dataclass(frozen=True, slots=True)
class Allowance:
    """What is taken off (or, `charge`, put on) a document (BG-20, BG-21) or a line (BG-27, BG-28).

    On a line `category` is None: it has the line's.
    """

    amount: Decimal
    charge: bool = False
    category: VatCategory | None = None
    reason: str | None = None
    reason_code: str | None = None
    base: Decimal | None = None
    percent: Decimal | None = None

    @property
    def signed(self) -> Decimal:
        """What it does to the net."""
        return self.amount if self.charge else -self.amount


@dataclass(frozen=True, slots=True)
class Line:
    """A line (BG-25). `unit_price` is for `price_quantity` units; `unit` is UN/ECE Rec 20 or 21."""

    identifier: str
    name: str
    quantity: Decimal
    unit: str
    unit_price: Decimal
    net_amount: Decimal
    category: VatCategory
    price_quantity: Decimal = Decimal(1)
    description: str | None = None
    seller_item: str | None = None  # BT-155
    note: str | None = None
    allowances: tuple[Allowance, ...] = ()


@dataclass(frozen=True, slots=True)
class VatSubtotal:
    """What the document says of one category of VAT (BG-23)."""

    category: VatCategory
    base: Decimal
    tax: Decimal


@dataclass(frozen=True, slots=True)
class PaymentMeans:
    """How to pay (BG-16, BG-17); `code` is UNCL 4461."""

    code: str
    iban: str | None = None
    account_name: str | None = None
    bic: str | None = None


@dataclass(frozen=True, slots=True)
class Preceding:
    """An invoice that the document refers to (BG-3)."""

    number: str
    issued_on: date | None = None


@dataclass(frozen=True, slots=True)
class Totals:
    """The figures of a document (BG-22), as it states them."""

    lines: Decimal  # BT-106
    net: Decimal  # BT-109
    tax: Decimal  # BT-110
    gross: Decimal  # BT-112
    payable: Decimal  # BT-115
    allowances: Decimal = ZERO  # BT-107
    charges: Decimal = ZERO  # BT-108
    prepaid: Decimal = ZERO  # BT-113
    rounding: Decimal = ZERO  # BT-114


@dataclass(frozen=True, slots=True)
class Document:
    """An invoice or a credit note."""

    type_code: str  # BT-3
    number: str
    issued_on: date
    currency: str
    seller: Party
    buyer: Party
    lines: tuple[Line, ...]
    vat: tuple[VatSubtotal, ...]
    totals: Totals
    due_on: date | None = None
    allowances: tuple[Allowance, ...] = ()
    payment: PaymentMeans | None = None
    payment_reference: str | None = None  # BT-83
    terms: str | None = None  # BT-20
    buyer_reference: str | None = None  # BT-10
    order_reference: str | None = None  # BT-13
    despatch_advice: str | None = None  # BT-16
    preceding: tuple[Preceding, ...] = ()
    notes: tuple[str, ...] = ()
    delivered_on: date | None = None  # BT-72
    delivery_country: str | None = None  # BT-80
    guideline: str = "urn:cen.eu:en16931:2017"  # BT-24

    @property
    def is_credit_note(self) -> bool:
        """Whether it is owed to the buyer."""
        return self.type_code in CREDIT_NOTE_TYPES


@dataclass(frozen=True, slots=True)
class Difference:
    """A figure that is not what the rule computes from the others."""

    rule: str
    stated: Decimal
    computed: Decimal
    text: str

    def __str__(self) -> str:
        return f"{self.rule}: {self.text} is {plain(self.stated)}, not {plain(self.computed)}"


def places(currency: str) -> int:
    """The decimals of amounts in a currency: its own, but two at most."""
    return min(MINOR_UNITS.get(currency, LARGEST_PLACES), LARGEST_PLACES)


def vat_of(base: Decimal, category: VatCategory, exact: int) -> Decimal:
    """The VAT of a category: base times rate, rounded half away from zero (BR-CO-17).

    `exact`: the decimals of the document's amounts.
    """
    percents = ARITHMETIC.multiply(base, category.percent or ZERO)
    return round_to(percents.scaleb(-2, context=ARITHMETIC), exact)


def total(amounts: Sequence[Decimal]) -> Decimal:
    """Their sum."""
    return sum(amounts, start=ZERO)


def differences(document: Document) -> list[Difference]:
    """Where the figures of a document do not tie, by the arithmetic of EN 16931, to the cent.

    The official rules let the VAT of a category be off by almost one unit; this does not.
    """
    said, found = document.totals, list[Difference]()

    def tie(rule: str, text: str, stated: Decimal, computed: Decimal) -> None:
        if stated != computed:
            found.append(Difference(rule, stated, computed, text))

    lines = total([line.net_amount for line in document.lines])
    tie("BR-CO-10", "the sum of lines", said.lines, lines)
    off = total([part.amount for part in document.allowances if not part.charge])
    tie("BR-CO-11", "the sum of allowances", said.allowances, off)
    on = total([part.amount for part in document.allowances if part.charge])
    tie("BR-CO-12", "the sum of charges", said.charges, on)
    tie("BR-CO-13", "the net", said.net, said.lines - said.allowances + said.charges)
    tie("BR-CO-14", "the VAT", said.tax, total([part.tax for part in document.vat]))
    tie("BR-CO-15", "the gross", said.gross, said.net + said.tax)
    payable = said.gross - said.prepaid + said.rounding
    tie("BR-CO-16", "the payable amount", said.payable, payable)
    bases = _bases(document)
    for part in document.vat:
        name = f"category {part.category.code} at {plain(part.category.percent or ZERO)} %"
        vat = vat_of(part.base, part.category, places(document.currency))
        tie("BR-CO-17", f"the VAT of {name}", part.tax, vat)
        base = bases.pop((part.category.code, part.category.percent or ZERO), ZERO)
        tie("BR-CO-18", f"the base of {name}", part.base, base)
    for (code, percent), base in bases.items():
        tie("BR-CO-18", f"the base of category {code} at {plain(percent)} %", ZERO, base)
    return found


def _bases(document: Document) -> dict[tuple[str, Decimal], Decimal]:
    """The net of each category, from lines, allowances and charges."""
    bases: dict[tuple[str, Decimal], Decimal] = {}
    parts = [(line.category, line.net_amount) for line in document.lines]
    parts += [(each.category, each.signed) for each in document.allowances if each.category]
    for category, amount in parts:
        key = (category.code, category.percent or ZERO)
        bases[key] = bases.get(key, ZERO) + amount
    return bases
