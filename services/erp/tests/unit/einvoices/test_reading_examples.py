"""The examples of the standard's authors are read, and their figures tie."""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from erp.einvoices.rules import differences
from erp.einvoices.service import read_document

pytestmark = pytest.mark.data


def test_every_example_is_read_and_ties_to_the_cent(data_set: Callable[[str], Path]) -> None:
    folder = data_set("einvoice") / "en16931-examples"
    files = [path for path in sorted(folder.rglob("*")) if path.suffix.lower() == ".xml"]
    assert len(files) >= 32
    for path in files:
        document = read_document(path.read_bytes())
        assert document.lines, path.name
        assert [str(each) for each in differences(document)] == [], path.name


def test_what_an_example_says_is_what_was_read(data_set: Callable[[str], Path]) -> None:
    folder = data_set("einvoice") / "en16931-examples" / "ubl"
    note = read_document((folder / "ubl-tc434-creditnote1.xml").read_bytes())
    assert note.is_credit_note
    invoice = read_document((folder / "ubl-tc434-example2.xml").read_bytes())
    assert (invoice.currency, invoice.totals.prepaid) == ("NOK", Decimal(1000))
    assert len(invoice.allowances) == 2
