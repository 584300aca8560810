"""What a VAT return says: boxes that any country's form can be filled from."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from erp.taxes.rules.refusals import VatPeriodEndsBeforeItBegins, VatPeriodIsNotOver
from servicekit.values.decimals import plain


@dataclass(frozen=True, slots=True)
class TaxSum:
    """Postings of one kind summed, in the company's base currency."""

    direction: str
    vat_code: str
    rate: Decimal
    country: str
    base: Decimal
    tax: Decimal
    count: int


@dataclass(frozen=True, slots=True)
class Box:
    """One figure of a return. `code` is ours and stays; `title` says what it is."""

    code: str
    title: str
    direction: str
    vat_code: str
    rate: Decimal
    country: str
    base: Decimal
    tax: Decimal
    count: int


@dataclass(frozen=True, slots=True)
class ReturnFigures:
    """A return; `payable` = `output_tax` - `input_tax`, below zero when it is paid back.

    Tax of other countries (one-stop shop) is in `output_tax`, and in `other_countries_tax`.
    """

    boxes: tuple[Box, ...]
    output_tax: Decimal
    input_tax: Decimal
    other_countries_tax: Decimal

    @property
    def payable(self) -> Decimal:
        """What is owed to the tax office."""
        return self.output_tax - self.input_tax


_TITLES = {
    ("output", "S"): "Sales taxed here",
    ("output", "Z"): "Sales at the zero rate",
    ("output", "E"): "Exempt sales",
    ("output", "AE"): "Sales for which the customer owes the tax",
    ("output", "K"): "Intra-community supplies",
    ("output", "G"): "Exports",
    ("output", "O"): "Sales that are not subject to tax here",
    ("due", "AE"): "Purchases for which the company owes the tax",
    ("due", "K"): "Intra-community acquisitions",
    ("input", "S"): "Purchases with tax",
    ("input", "AE"): "Deduction of tax owed on purchases",
    ("input", "K"): "Deduction of tax on intra-community acquisitions",
    ("withheld", "W"): "Tax withheld",
}


def box_code(
    direction: str, vat_code: str, rate: Decimal, country: str, home: str
) -> tuple[str, str]:
    """The code and title of the box that a posting goes to; `home` is the company's country."""
    percent = plain(rate * 100)
    if direction == "output" and country != home:
        return f"OSS-{country}-{percent}", f"Sales taxed in {country} at {percent} %"
    kind = "due" if direction == "output" and rate and vat_code in {"AE", "K"} else direction
    title = _TITLES.get((kind, vat_code), f"{kind.capitalize()} {vat_code}")
    prefix = {"output": "OUT", "due": "DUE", "input": "IN", "withheld": "WITHHELD"}[kind]
    if rate:
        return f"{prefix}-{vat_code}-{percent}", f"{title}, {percent} %"
    return f"{prefix}-{vat_code}", title


def figures(sums: Iterable[TaxSum], home: str) -> ReturnFigures:
    """The boxes of a return, by code, and what is owed; withheld tax is told and not netted."""
    boxes: dict[str, Box] = {}
    for one in sums:
        code, title = box_code(one.direction, one.vat_code, one.rate, one.country, home)
        known = boxes.get(code)
        boxes[code] = Box(
            code,
            title,
            one.direction,
            one.vat_code,
            one.rate,
            one.country,
            one.base + (known.base if known else 0),
            one.tax + (known.tax if known else 0),
            one.count + (known.count if known else 0),
        )
    found = tuple(boxes[code] for code in sorted(boxes))

    def tax(*directions: str, abroad: bool = False) -> Decimal:
        return sum(
            (
                box.tax
                for box in found
                if box.direction in directions and (not abroad or box.code.startswith("OSS-"))
            ),
            start=Decimal(0),
        )

    return ReturnFigures(found, tax("output"), tax("input"), tax("output", abroad=True))


def check_period(period_from: date, period_to: date, today: date | None = None) -> None:
    """Raises `VatPeriodEndsBeforeItBegins`, and with `today` given, `VatPeriodIsNotOver`."""
    if period_to < period_from:
        raise VatPeriodEndsBeforeItBegins(f"It would begin on {period_from}.", field="period_to")
    if today is not None and period_to >= today:
        raise VatPeriodIsNotOver(f"{period_to} is not over yet.", field="period_to")
