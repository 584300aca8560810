"""A payment run as the file that a bank takes: ISO 20022 pain.001.001.09, SEPA credit transfers.

The library of the field writes neither structured references nor a given message id and instant,
so the file is set here; its official schema comes with that library and is what the file is held
against before anybody sees it. Equal runs give equal bytes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from importlib.resources import files
from unicodedata import normalize

from lxml import etree

NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"
ALLOWED = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/-?:().,'+ ")
"""The signs that every bank in SEPA takes (EPC217-08)."""
SPELLED = {"ß": "ss", "æ": "ae", "Æ": "AE", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "&": "+"}
LONGEST_NAME, LONGEST_TEXT = 70, 140


class FileIsNotValid(Exception):
    """The file is not what its schema says: nothing leaves."""


@dataclass(frozen=True, slots=True)
class Transfer:
    """A transfer to a supplier, in euros; `reference` (ISO 11649) or else `text` says what for."""

    end_to_end_id: str
    name: str
    iban: str
    bic: str | None
    amount: Decimal
    text: str
    reference: str | None


@dataclass(frozen=True, slots=True)
class Order:
    """All transfers of a run from one account; `made_at` is an aware instant."""

    message_id: str
    made_at: datetime
    pay_on: date
    name: str
    iban: str
    bic: str | None
    transfers: Sequence[Transfer]


def plain_text(text: str, longest: int) -> str:
    """The text in signs that banks take; what has no such sign becomes a full stop."""
    found = []
    for sign in "".join(SPELLED.get(each, each) for each in text):
        base = normalize("NFKD", sign)[0]
        found.append(base if base in ALLOWED else " " if sign.isspace() else ".")
    return " ".join("".join(found).split())[:longest] or "."


def pain_001(order: Order) -> bytes:
    """The file. Raises FileIsNotValid when its own schema refuses it."""
    total = sum((each.amount for each in order.transfers), start=Decimal(0))
    root = etree.Element(_tag("Document"), nsmap={None: NAMESPACE})
    start = _add(root, "CstmrCdtTrfInitn")
    head = _add(start, "GrpHdr")
    _add(head, "MsgId", order.message_id)
    _add(head, "CreDtTm", order.made_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))
    _add(head, "NbOfTxs", str(len(order.transfers)))
    _add(head, "CtrlSum", _amount(total))
    _add(_add(head, "InitgPty"), "Nm", plain_text(order.name, LONGEST_NAME))
    batch = _add(start, "PmtInf")
    _add(batch, "PmtInfId", order.message_id)
    _add(batch, "PmtMtd", "TRF")
    _add(batch, "BtchBookg", "true")
    _add(batch, "NbOfTxs", str(len(order.transfers)))
    _add(batch, "CtrlSum", _amount(total))
    _add(_add(_add(batch, "PmtTpInf"), "SvcLvl"), "Cd", "SEPA")
    _add(_add(batch, "ReqdExctnDt"), "Dt", order.pay_on.isoformat())
    _add(_add(batch, "Dbtr"), "Nm", plain_text(order.name, LONGEST_NAME))
    _add(_add(_add(batch, "DbtrAcct"), "Id"), "IBAN", order.iban)
    _bank(_add(_add(batch, "DbtrAgt"), "FinInstnId"), order.bic)
    _add(batch, "ChrgBr", "SLEV")
    for each in order.transfers:
        one = _add(batch, "CdtTrfTxInf")
        _add(_add(one, "PmtId"), "EndToEndId", each.end_to_end_id)
        amount = _add(_add(one, "Amt"), "InstdAmt", _amount(each.amount))
        amount.set("Ccy", "EUR")
        if each.bic is not None:
            _bank(_add(_add(one, "CdtrAgt"), "FinInstnId"), each.bic)
        _add(_add(one, "Cdtr"), "Nm", plain_text(each.name, LONGEST_NAME))
        _add(_add(_add(one, "CdtrAcct"), "Id"), "IBAN", each.iban)
        told = _add(one, "RmtInf")
        if each.reference is None:
            _add(told, "Ustrd", plain_text(each.text, LONGEST_TEXT))
        else:
            structured = _add(_add(told, "Strd"), "CdtrRefInf")
            kind = _add(structured, "Tp")
            _add(_add(kind, "CdOrPrtry"), "Cd", "SCOR")
            _add(kind, "Issr", "ISO")
            _add(structured, "Ref", each.reference)
    content = etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)
    schema = _schema()
    if not schema.validate(etree.fromstring(content)):
        raise FileIsNotValid(str(schema.error_log.last_error))
    return bytes(content)


@cache
def _schema() -> etree.XMLSchema:
    path = files("sepaxml") / "schemas" / "pain.001.001.09.xsd"
    return etree.XMLSchema(etree.fromstring(path.read_bytes()))


def _tag(name: str) -> str:
    return f"{{{NAMESPACE}}}{name}"


def _add(to: etree._Element, name: str, text: str | None = None) -> etree._Element:
    child = etree.SubElement(to, _tag(name))
    child.text = text
    return child


def _bank(to: etree._Element, bic: str | None) -> None:
    if bic is None:
        _add(_add(to, "Othr"), "Id", "NOTPROVIDED")
    else:
        _add(to, "BICFI", bic)


def _amount(amount: Decimal) -> str:
    return f"{amount:.2f}"
