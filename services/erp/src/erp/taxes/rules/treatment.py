"""Which tax a sale bears: place, buyer and goods decide, and say why.

Council Directive 2006/112/EC: places of supply (articles 31 to 59c), intra-community supply (138),
export (146), reverse charge (194, 196). Codes are those of EN 16931 (UNCL 5305 and VATEX).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum

from erp.taxes.rules.places import DISTANCE_SALES_THRESHOLD, GOODS_ONLY, in_the_union
from erp.taxes.rules.rates import TaxRateIsMissing

ZERO = Decimal(0)


class VatCode(StrEnum):
    """VAT category codes of EN 16931 (BT-151, BT-118)."""

    STANDARD = "S"
    ZERO_RATED = "Z"
    EXEMPT = "E"
    REVERSE_CHARGE = "AE"
    INTRA_COMMUNITY = "K"
    EXPORT = "G"
    OUT_OF_SCOPE = "O"


class Supply(StrEnum):
    """What is sold. Services that come over a wire follow the consumer, others the seller."""

    GOODS = "goods"
    SERVICES = "services"
    ELECTRONIC_SERVICES = "electronic-services"


class DistanceScheme(StrEnum):
    """How a company taxes consumers in other member states."""

    THRESHOLD = "threshold"
    DESTINATION = "destination"
    ORIGIN = "origin"


REASONS: dict[VatCode, tuple[str, str]] = {
    VatCode.EXEMPT: ("", "Exempt from VAT"),
    VatCode.REVERSE_CHARGE: (
        "VATEX-EU-AE",
        "Reverse charge: the customer accounts for the VAT",
    ),
    VatCode.INTRA_COMMUNITY: (
        "VATEX-EU-IC",
        "Intra-Community supply, exempt under article 138 of Directive 2006/112/EC",
    ),
    VatCode.EXPORT: (
        "VATEX-EU-G",
        "Export, exempt under article 146 of Directive 2006/112/EC",
    ),
    VatCode.OUT_OF_SCOPE: ("VATEX-EU-O", "Not subject to VAT here"),
}
"""VATEX code and text of each code that asks for a reason."""

NAMED: dict[str, VatCode] = {
    "exempt": VatCode.EXEMPT,
    "reverse-charge": VatCode.REVERSE_CHARGE,
    "intra-community": VatCode.INTRA_COMMUNITY,
    "export": VatCode.EXPORT,
    "out-of-scope": VatCode.OUT_OF_SCOPE,
}
"""Tax categories by which a caller says the treatment himself."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """An exemption that holds on the day of the sale."""

    number: str
    exemption_code: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class Buyer:
    """Who buys, as the tax profile of the account says.

    `vat_country` is the country of a number whose checksum is right, None without one. `rates`
    are those of the buyer's place on the day, by category.
    """

    country: str
    region: str = ""
    business: bool = False
    vat_number: str | None = None
    vat_country: str | None = None
    certificates: Sequence[Certificate] = ()
    rates: Mapping[str, Decimal] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Sale:
    """A sale of a company on a day. Without a buyer's profile it is taxed as at home.

    `distance_sales` is what the company sold over borders to consumers in the Union, this year or
    the year before, whichever is more, in the currency of `threshold`.
    """

    country: str
    day: date
    rates: Mapping[str, Decimal]
    buyer: Buyer | None = None
    scheme: DistanceScheme = DistanceScheme.THRESHOLD
    threshold: Decimal = DISTANCE_SALES_THRESHOLD
    distance_sales: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Treatment:
    """The tax of one category of a sale, and the steps that led there."""

    code: VatCode
    rate: Decimal
    country: str
    exemption_code: str | None = None
    reason: str | None = None
    distance: bool = False
    trace: tuple[str, ...] = ()


def plain_code(category: str, rate: Decimal) -> VatCode:
    """The code of a category at home, when nothing is known of the buyer."""
    if rate:
        return VatCode.STANDARD
    return NAMED.get(category, VatCode.ZERO_RATED)


def treat(sale: Sale, category: str, supply: Supply = Supply.GOODS) -> Treatment:
    """Which tax a category of a sale bears; raises `TaxRateIsMissing`."""
    named = NAMED.get(category)
    if named is not None and not sale.rates.get(category):
        return _relieved(named, sale.country, [f"The category {category} says it."])
    buyer = sale.buyer
    if buyer is None:
        return _taxed(sale.rates, category, sale.country, ["The buyer has no tax profile."])
    if buyer.certificates:
        first = buyer.certificates[0]
        return Treatment(
            VatCode.EXEMPT,
            ZERO,
            sale.country,
            first.exemption_code,
            first.reason,
            trace=(f"Exemption certificate {first.number} holds on {sale.day}.",),
        )
    who = "business" if buyer.business else "consumer"
    where = f"{buyer.country}-{buyer.region}" if buyer.region else buyer.country
    trace = [f"Sold from {sale.country} to a {who} in {where}: {supply.value}."]
    if supply is Supply.GOODS:
        return _goods(sale, buyer, category, trace)
    return _services(sale, buyer, category, supply, trace)


def _goods(sale: Sale, buyer: Buyer, category: str, trace: list[str]) -> Treatment:
    place = "XI" if buyer.vat_country == "XI" and buyer.country == "GB" else buyer.country
    here = in_the_union(sale.country, "", sale.day)
    there = in_the_union(place, buyer.region, sale.day)
    if place == sale.country and here == there:
        return _taxed(sale.rates, category, sale.country, [*trace, "Both are in one country."])
    if not (here and there):
        return _relieved(VatCode.EXPORT, sale.country, [*trace, "The goods leave the VAT area."])
    trace = [*trace, "The goods go to another member state."]
    if buyer.business and _registered_abroad(sale, buyer, goods=True):
        return _relieved(
            VatCode.INTRA_COMMUNITY,
            sale.country,
            [*trace, f"The buyer has the VAT number {buyer.vat_number}."],
        )
    if buyer.business:
        trace = [*trace, "The buyer has no VAT number of another member state."]
    return _distance(sale, buyer, category, trace)


def _services(
    sale: Sale, buyer: Buyer, category: str, supply: Supply, trace: list[str]
) -> Treatment:
    if buyer.country == sale.country:
        return _taxed(sale.rates, category, sale.country, [*trace, "Both are in one country."])
    both = (
        in_the_union(sale.country, "", sale.day)
        and in_the_union(buyer.country, buyer.region, sale.day)
        and not {sale.country, buyer.country} & GOODS_ONLY
    )
    if buyer.business and both and _registered_abroad(sale, buyer, goods=False):
        return _relieved(
            VatCode.REVERSE_CHARGE,
            sale.country,
            [*trace, f"The buyer has the VAT number {buyer.vat_number} and owes the tax."],
        )
    if buyer.business and not both:
        return _relieved(
            VatCode.OUT_OF_SCOPE, sale.country, [*trace, "The service is supplied abroad."]
        )
    if supply is Supply.ELECTRONIC_SERVICES:
        if both:
            return _distance(sale, buyer, category, trace)
        return _relieved(
            VatCode.OUT_OF_SCOPE, sale.country, [*trace, "The service is supplied abroad."]
        )
    return _taxed(
        sale.rates, category, sale.country, [*trace, "Services to consumers follow the seller."]
    )


def _registered_abroad(sale: Sale, buyer: Buyer, *, goods: bool) -> bool:
    country = buyer.vat_country
    if country is None or country == sale.country or (country in GOODS_ONLY and not goods):
        return False
    return in_the_union(country, "", sale.day)


def _distance(sale: Sale, buyer: Buyer, category: str, trace: list[str]) -> Treatment:
    """Over a border to somebody who owes no tax there: by destination, or by origin while small."""
    if sale.scheme is DistanceScheme.ORIGIN:
        trace = [*trace, "The company taxes such sales at home."]
    elif sale.scheme is DistanceScheme.DESTINATION or sale.distance_sales > sale.threshold:
        why = (
            "The company taxes such sales at their destination."
            if sale.scheme is DistanceScheme.DESTINATION
            else f"Such sales have passed the threshold of {sale.threshold:f}."
        )
        found = _taxed(buyer.rates, category, buyer.country, [*trace, why])
        return _distant(found)
    else:
        trace = [*trace, f"Such sales are below the threshold of {sale.threshold:f}."]
    return _distant(_taxed(sale.rates, category, sale.country, trace))


def _distant(found: Treatment) -> Treatment:
    return Treatment(
        found.code, found.rate, found.country, found.exemption_code, found.reason, True, found.trace
    )


def _taxed(
    rates: Mapping[str, Decimal], category: str, country: str, trace: list[str]
) -> Treatment:
    rate = rates.get(category)
    if rate is None:
        raise TaxRateIsMissing(
            f"There is no rate for the tax category {category!r} on that day."
            if not trace[1:]
            else f"There is no rate for the tax category {category!r} in {country} on that day."
        )
    code = VatCode.STANDARD if rate else VatCode.ZERO_RATED
    return Treatment(code, rate, country, trace=(*trace, f"The rate of {country} is {rate:f}."))


def _relieved(code: VatCode, country: str, trace: list[str]) -> Treatment:
    exemption_code, reason = REASONS[code]
    return Treatment(code, ZERO, country, exemption_code or None, reason, trace=tuple(trace))


@dataclass(frozen=True, slots=True)
class TaxedSale:
    """The tax keys of lines, in their order, and the treatment of each key.

    A key is the line's tax category, unless goods and services of one category are treated
    differently: then the services go by the name of their treatment.
    """

    keys: tuple[str, ...]
    treatments: Mapping[str, Treatment]

    @property
    def rates(self) -> dict[str, Decimal]:
        """The rate of each key."""
        return {key: treatment.rate for key, treatment in self.treatments.items()}


def treat_all(sale: Sale, lines: Sequence[tuple[str, Supply]]) -> TaxedSale:
    """Treat the lines of a document, each by its category and what it supplies.

    Raises `TaxRateIsMissing`.
    """
    known: dict[tuple[str, Supply], str] = {}
    treatments: dict[str, Treatment] = {}
    for category, supply in sorted(set(lines), key=_goods_first):
        found = treat(sale, category, supply)
        key = category
        if key in treatments and _outcome(treatments[key]) != _outcome(found):
            key = _named_after(found, category)
        treatments.setdefault(key, found)
        known[category, supply] = key
    return TaxedSale(tuple(known[line] for line in lines), treatments)


def _goods_first(line: tuple[str, Supply]) -> tuple[str, bool, str]:
    category, supply = line
    return category, supply is not Supply.GOODS, supply.value


def _outcome(treatment: Treatment) -> tuple[VatCode, Decimal, str]:
    return treatment.code, treatment.rate, treatment.country


def _named_after(found: Treatment, category: str) -> str:
    by_code = {code: name for name, code in NAMED.items()}
    return by_code.get(found.code) or f"{category}-{found.country.lower()}"
