"""Which tax a sale bears: every case of the directive that the rule knows."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from erp.taxes.rules import (
    NAMED,
    REASONS,
    Buyer,
    Certificate,
    DistanceScheme,
    Sale,
    Supply,
    TaxRateIsMissing,
    VatCode,
    in_the_union,
    members,
    treat,
    treat_all,
)

DAY = date(2026, 3, 2)
HOME = {
    "standard": Decimal("0.19"),
    "reduced": Decimal("0.07"),
    "zero": Decimal(0),
    "exempt": Decimal(0),
}
FRANCE = {"standard": Decimal("0.2"), "reduced": Decimal("0.055")}


def sale(country: str = "FR", **buyer: object) -> Sale:
    more = {"rates": FRANCE} | buyer
    return Sale("DE", DAY, HOME, Buyer(country, **more))  # type: ignore[arg-type]


def registered(country: str, number: str, of: str) -> Sale:
    return sale(country, business=True, vat_number=number, vat_country=of)


def french_business(**more: object) -> Sale:
    return sale(business=True, vat_number="FR40303265045", vat_country="FR", **more)


@pytest.mark.parametrize(
    ("case", "supply", "code", "rate"),
    [
        (Sale("DE", DAY, HOME), Supply.GOODS, "S", "0.19"),
        (sale("DE"), Supply.GOODS, "S", "0.19"),
        (registered("DE", "DE136695976", "DE"), Supply.GOODS, "S", "0.19"),
        (french_business(), Supply.GOODS, "K", "0"),
        (french_business(), Supply.SERVICES, "AE", "0"),
        (french_business(), Supply.ELECTRONIC_SERVICES, "AE", "0"),
        (sale(business=True), Supply.GOODS, "S", "0.19"),
        (sale(), Supply.GOODS, "S", "0.19"),
        (sale(), Supply.SERVICES, "S", "0.19"),
        (sale("CH", business=True), Supply.GOODS, "G", "0"),
        (sale("CH"), Supply.GOODS, "G", "0"),
        (sale("CH", business=True), Supply.SERVICES, "O", "0"),
        (sale("CH"), Supply.SERVICES, "S", "0.19"),
        (sale("CH"), Supply.ELECTRONIC_SERVICES, "O", "0"),
        (sale("ES", region="CANARY-ISLANDS"), Supply.GOODS, "G", "0"),
        (sale("DE", region="HELGOLAND"), Supply.GOODS, "G", "0"),
        (registered("GB", "GB980780684", "GB"), Supply.GOODS, "G", "0"),
        (registered("GB", "XI980780684", "XI"), Supply.GOODS, "K", "0"),
        (registered("GB", "XI980780684", "XI"), Supply.SERVICES, "O", "0"),
    ],
)  # fmt: skip
def test_who_buys_what_where_decides(case: Sale, supply: Supply, code: str, rate: str) -> None:
    found = treat(case, "standard", supply)

    assert (found.code.value, found.rate) == (code, Decimal(rate)), found.trace
    assert found.trace


def test_britain_was_a_member_until_it_left() -> None:
    british = registered("GB", "GB980780684", "GB")
    member, abroad = (
        treat(replace(british, day=day), "standard").code
        for day in (date(2020, 12, 31), date(2021, 1, 1))
    )

    assert (member, abroad) == (VatCode.INTRA_COMMUNITY, VatCode.EXPORT)


def outcome(case: Sale) -> tuple[str, Decimal]:
    found = treat(case, "standard")
    return found.country, found.rate


def test_consumers_over_the_border_are_taxed_at_home_up_to_the_threshold_and_there_above() -> None:
    below = replace(sale(), distance_sales=Decimal(10_000))
    above = replace(sale(), distance_sales=Decimal("10000.01"))

    assert outcome(below) == ("DE", Decimal("0.19"))
    assert outcome(above) == ("FR", Decimal("0.2"))
    assert treat(above, "reduced").rate == Decimal("0.055")
    assert treat(below, "standard").distance
    assert treat(above, "standard").distance
    opted = replace(sale(), scheme=DistanceScheme.DESTINATION)
    assert treat(opted, "standard").country == "FR"
    small = replace(above, scheme=DistanceScheme.ORIGIN)
    assert treat(small, "standard").country == "DE"
    assert not treat(sale("DE"), "standard").distance


def test_a_destination_without_a_rate_is_no_guess() -> None:
    there = replace(sale(rates={}), scheme=DistanceScheme.DESTINATION)

    with pytest.raises(TaxRateIsMissing, match="FR"):
        treat(there, "standard")
    with pytest.raises(TaxRateIsMissing, match="luxury"):
        treat(Sale("DE", DAY, HOME), "luxury")


def test_a_certificate_exempts_and_says_why() -> None:
    found = treat(
        sale("DE", certificates=[Certificate("C-1", "VATEX-EU-151", "Diplomatic mission")]),
        "standard",
    )

    assert (found.code, found.rate) == (VatCode.EXEMPT, Decimal(0))
    assert (found.exemption_code, found.reason) == ("VATEX-EU-151", "Diplomatic mission")
    assert "C-1" in found.trace[0]


@pytest.mark.parametrize(("category", "code"), sorted(NAMED.items()))
def test_a_caller_may_say_the_treatment_himself(category: str, code: VatCode) -> None:
    for case in (Sale("DE", DAY, HOME), french_business(), sale("CH")):
        assert treat(case, category).code is code


COUNTRIES = st.sampled_from(["DE", "FR", "AT", "GB", "CH", "US", "MC", "NO", "ES"])
BUYERS = st.builds(
    Buyer,
    country=COUNTRIES,
    region=st.sampled_from(["", "CANARY-ISLANDS"]),
    business=st.booleans(),
    vat_number=st.just("something"),
    vat_country=st.none() | COUNTRIES | st.just("XI"),
    certificates=st.just(()) | st.just((Certificate("C", None, "Embassy"),)),
    rates=st.just(FRANCE),
)
SALES = st.builds(
    Sale,
    country=COUNTRIES,
    day=st.dates(date(1994, 1, 1), date(2030, 1, 1)),
    rates=st.just(HOME),
    buyer=st.none() | BUYERS,
    scheme=st.sampled_from(DistanceScheme),
    distance_sales=st.decimals(0, 30_000, places=2),
)


@given(SALES, st.sampled_from(["standard", "reduced"]), st.sampled_from(Supply))
def test_no_tax_has_a_reason_and_tax_has_none(case: Sale, category: str, supply: Supply) -> None:
    found = treat(case, category, supply)

    assert (found.code in REASONS) == (found.reason is not None)
    assert found.rate == 0 or found.code is VatCode.STANDARD
    assert found.trace
    if found.code is VatCode.INTRA_COMMUNITY:
        assert case.buyer is not None
        assert case.buyer.business
        assert case.buyer.vat_country not in (None, case.country)
        assert in_the_union(case.country, "", case.day)
    if found.code is VatCode.STANDARD:
        assert found.country in {case.country, case.buyer.country if case.buyer else ""}
    if found.country != case.country:
        assert found.distance


@given(
    SALES, st.lists(st.tuples(st.sampled_from(sorted(HOME)), st.sampled_from(Supply)), max_size=9)
)
def test_the_lines_of_a_document_are_treated_as_each_by_itself(
    case: Sale, lines: list[tuple[str, Supply]]
) -> None:
    try:
        single = [treat(case, category, supply) for category, supply in lines]
    except TaxRateIsMissing:
        with pytest.raises(TaxRateIsMissing):
            treat_all(case, lines)
        return
    taxed = treat_all(case, lines)

    for key, alone in zip(taxed.keys, single, strict=True):
        together = taxed.treatments[key]
        assert (together.code, together.rate, together.country) == (
            alone.code,
            alone.rate,
            alone.country,
        )
    assert taxed.treatments.keys() == set(taxed.keys)


def test_there_are_27_members() -> None:
    assert len(members(DAY)) == 27
    assert len(members(date(2020, 6, 1))) == 28
    assert len(members(date(2003, 1, 1))) == 15
