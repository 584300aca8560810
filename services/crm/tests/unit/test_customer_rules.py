"""Addresses, consents, phone numbers and imports: the laws without a database."""

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.customers.rules import (
    Address,
    AddressKindIsRepeated,
    Consent,
    ConsentLiesInTheFuture,
    Existing,
    ExternalReferenceIsTaken,
    Known,
    NewCustomer,
    PhoneNumberIsImpossible,
    TaxIdIsTaken,
    check_addresses,
    check_decision_time,
    consents_in_force,
    home_country,
    sort_out,
)
from crm.customers.service.phones import e164
from servicekit.errors import Refusal

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
PEOPLE = [None, UUID(int=1), UUID(int=2)]

consents = st.builds(
    Consent,
    id=st.uuids(),
    contact_id=st.sampled_from(PEOPLE),
    purpose=st.sampled_from(["newsletter", "phone-sales"]),
    channel=st.sampled_from(["email", "any"]),
    granted=st.booleans(),
    decided_at=st.integers(0, 5).map(lambda hours: NOON + timedelta(hours=hours)),
)
customers = st.builds(
    NewCustomer,
    name=st.just("Acme"),
    external_reference=st.one_of(st.none(), st.sampled_from("abcde")),
    tax_id=st.one_of(st.none(), st.sampled_from("TUVWX")),
)


def address(kind: str, country: str) -> Address:
    return Address(kind, "Street 1", None, "Town", None, None, country)


def test_invoices_go_to_one_place() -> None:
    check_addresses(
        [address("billing", "DE"), address("shipping", "DE"), address("shipping", "FR")]
    )

    with pytest.raises(AddressKindIsRepeated) as caught:
        check_addresses([address("billing", "DE"), address("billing", "FR")])

    assert caught.value.field == "addresses.1.kind"


def test_the_registered_address_says_where_a_company_is_at_home() -> None:
    addresses = [address("shipping", "FR"), address("billing", "DE"), address("registered", "NL")]

    assert home_country(addresses) == "NL"
    assert home_country(addresses[:2]) == "DE"
    assert home_country(addresses[:1]) == "FR"
    assert home_country([]) is None
    assert home_country(addresses, "AT") == "AT"


@given(st.lists(consents, max_size=20, unique_by=lambda consent: consent.id), st.randoms())
def test_which_consents_hold_does_not_depend_on_the_order_they_were_typed_in(
    entries: list[Consent], shuffled: random.Random
) -> None:
    held = set(consents_in_force(entries))
    shuffled.shuffle(entries)

    assert set(consents_in_force(entries)) == held


@given(st.lists(consents, max_size=20, unique_by=lambda consent: consent.id))
def test_one_decision_holds_per_person_purpose_and_channel_and_none_is_later(
    entries: list[Consent],
) -> None:
    held = {(c.contact_id, c.purpose, c.channel): c for c in consents_in_force(entries)}

    assert len(held) == len(consents_in_force(entries))
    for entry in entries:
        winner = held[entry.contact_id, entry.purpose, entry.channel]
        assert winner.decided_at >= entry.decided_at
        if winner.decided_at == entry.decided_at and not entry.granted:
            assert not winner.granted


def test_a_form_found_in_a_drawer_does_not_undo_a_later_withdrawal() -> None:
    withdrawn = Consent(uuid4(), None, "newsletter", "email", granted=False, decided_at=NOON)
    found = Consent(
        uuid4(), None, "newsletter", "email", granted=True, decided_at=NOON - timedelta(days=9)
    )

    assert consents_in_force([withdrawn, found]) == [withdrawn]


def test_a_decision_cannot_be_recorded_before_it_is_made() -> None:
    check_decision_time(NOON + timedelta(minutes=4), NOON)

    with pytest.raises(ConsentLiesInTheFuture):
        check_decision_time(NOON + timedelta(minutes=6), NOON)


@given(st.lists(customers, max_size=12), st.lists(st.sampled_from("abcde"), unique=True))
def test_an_import_creates_no_reference_and_no_tax_id_twice(
    rows: list[NewCustomer], held: list[str]
) -> None:
    known = Known({reference: uuid4() for reference in held}, {"T": uuid4()})

    verdicts = sort_out(rows, known)

    assert len(verdicts) == len(rows)
    fresh = [verdict for verdict in verdicts if isinstance(verdict, NewCustomer)]
    references = [row.external_reference for row in fresh if row.external_reference]
    tax_ids = [row.tax_id for row in fresh if row.tax_id]
    assert len(references) == len(set(references))
    assert len(tax_ids) == len(set(tax_ids))
    assert not set(references) & set(held)
    assert "T" not in tax_ids


@given(st.lists(customers, max_size=12))
def test_importing_the_same_rows_again_changes_nothing(rows: list[NewCustomer]) -> None:
    rows = [replace(row, external_reference=str(at)) for at, row in enumerate(rows)]
    first = sort_out(rows, Known({}, {}))
    held = {row.external_reference: uuid4() for row in first if isinstance(row, NewCustomer)}

    again = sort_out(rows, Known(held, {}))  # type: ignore[arg-type]

    for before, after in zip(first, again, strict=True):
        if isinstance(before, NewCustomer):
            assert after == Existing(held[before.external_reference])


def test_a_refused_row_keeps_its_place_and_its_reason() -> None:
    refusal = PhoneNumberIsImpossible("123", field="phone")
    rows: list[NewCustomer | Refusal] = [
        NewCustomer(name="A", external_reference="a"),
        refusal,
        NewCustomer(name="B", external_reference="a"),
        NewCustomer(name="C", tax_id="T"),
    ]

    first, second, third, fourth = sort_out(rows, Known({}, {"T": uuid4()}))

    assert first == rows[0]
    assert second is refusal
    assert isinstance(third, ExternalReferenceIsTaken)
    assert isinstance(fourth, TaxIdIsTaken)


@pytest.mark.parametrize(
    ("written", "country", "dialled"),
    [
        ("030 901820", "DE", "+4930901820"),
        ("+49 (30) 901-820", None, "+4930901820"),
        ("(171) 555-7788", "GB", "+441715557788"),
        ("+1 206 555 0100", "NL", "+12065550100"),
    ],
)
def test_a_phone_number_is_kept_as_it_is_dialled(
    written: str, country: str | None, dialled: str
) -> None:
    assert e164(written, country) == dialled


@pytest.mark.parametrize(
    ("written", "country"),
    [("030 901820", None), ("12", "DE"), ("+49", None), ("---", "DE"), ("+999 12345678", "DE")],
)
def test_what_cannot_be_dialled_is_refused_by_its_field(written: str, country: str | None) -> None:
    with pytest.raises(PhoneNumberIsImpossible) as caught:
        e164(written, country, field="contacts.0.phone")

    assert caught.value.field == "contacts.0.phone"


@given(st.integers(10**7, 10**10 - 1))
def test_a_dialled_number_stays_as_it_is(digits: int) -> None:
    try:
        once = e164(f"+49{digits}", "US")
    except PhoneNumberIsImpossible:
        return
    assert e164(once, "FR") == once
