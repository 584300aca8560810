"""The official rules run here, and nothing is valid by default."""

import pytest

from erp.einvoices.rules import DocumentIsNotReadable, Severity, Syntax, read, written_as
from erp.einvoices.service import validation
from erp.einvoices.service.leaving import EinvoiceIsNotValid, passed
from erp.einvoices.service.validation import RulesDidNotRun, validated

from .documents import composed


def test_a_wrong_sum_is_found_with_its_rule_and_place() -> None:
    content = written_as(composed(), Syntax.UBL)
    wrong = content.replace(b">107.00</cbc:PayableAmount>", b">107.01</cbc:PayableAmount>")
    assert wrong != content
    [found] = validated(wrong, Syntax.UBL)
    assert (found.rule, found.severity) == ("BR-CO-16", Severity.FATAL)
    assert "LegalMonetaryTotal" in found.location
    assert validated(content, Syntax.UBL) == []


def test_the_schema_speaks_too() -> None:
    content = written_as(composed(), Syntax.UBL)
    wrong = content.replace(b"cbc:IssueDate>", b"cbc:Issued>")
    assert "XSD" in {each.rule for each in validated(wrong, Syntax.UBL)}


@pytest.mark.parametrize(
    "report", [None, "", "<svrl:schematron-output xmlns:svrl='http://purl.oclc.org/dsdl/svrl'/>"]
)
def test_silence_is_not_validity(report: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    class Silent:
        def parse_xml(self, xml_text: str) -> str:
            return xml_text

        def transform_to_string(self, xdm_node: str) -> str | None:
            return report

    silent = Silent()
    monkeypatch.setattr(validation, "_rules", lambda _: validation._Rules(silent, silent))
    with pytest.raises(RulesDidNotRun):
        validated(written_as(composed(), Syntax.UBL), Syntax.UBL)


def test_rules_of_the_other_syntax_do_not_call_a_document_valid() -> None:
    with pytest.raises(RulesDidNotRun):
        validated(written_as(composed(), Syntax.UBL), Syntax.CII)


@pytest.mark.parametrize("syntax", list(Syntax))
def test_what_has_a_fatal_finding_does_not_leave(syntax: Syntax) -> None:
    with pytest.raises(EinvoiceIsNotValid) as refused:
        passed(composed(type_code="999"), syntax)
    assert refused.value.faults


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<a/>",
        b"not xml",
        b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>',
        b"<a>" * 100 + b"</a>" * 100,
        b" " * 5_000_001,
    ],
)
def test_what_is_no_document_is_refused(content: bytes) -> None:
    with pytest.raises(DocumentIsNotReadable):
        read(content)


@pytest.mark.parametrize("number", [b"1e5", b"NaN", b"Infinity", b"1,5", b"1_0", b"9" * 60, b"."])
def test_numbers_are_decimals_and_nothing_else(number: bytes) -> None:
    content = written_as(composed(), Syntax.UBL).replace(b">107.00<", b">" + number + b"<")
    with pytest.raises(DocumentIsNotReadable):
        read(content)
