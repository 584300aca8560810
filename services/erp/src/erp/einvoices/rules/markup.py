"""XML, written by lxml and read without entities, within bounds."""

from datetime import date
from decimal import Decimal

from lxml import etree

from servicekit import markup
from servicekit.errors import InvalidInput
from servicekit.values.decimals import ARITHMETIC, plain

LARGEST_FILE = markup.Bounds().most_bytes
"""Bytes of the largest document that is read."""


class DocumentIsNotReadable(InvalidInput):
    """What is not XML, or is XML that no document needs, is not looked at."""

    code = "einvoice-is-not-readable"
    title = "The file is an invoice or credit note in UBL 2.1 or CII"
    hint = "Send one XML document of at most 5 MB in UTF-8, without a document type declaration."


def element(
    parent: etree._Element, name: str, text: str | None = None, /, **attributes: str
) -> etree._Element:
    """A new last child, `name` in Clark's notation."""
    made = etree.SubElement(parent, name, attributes)
    if text is not None:
        made.text = legible(text)
    return made


def legible(text: str) -> str:
    """The text without the characters that XML 1.0 cannot hold."""
    return "".join(
        c for c in text if c in "\t\n\r" or (c >= " " and c not in "\ufffe\uffff" and not _half(c))
    )


def _half(character: str) -> bool:
    return "\ud800" <= character <= "\udfff"


def amount(value: Decimal, places: int) -> str:
    """An amount with all its places."""
    return f"{value:.{places}f}"


def number(value: Decimal) -> str:
    """A number with the places that it needs, never with an exponent."""
    return plain(value)


def written(root: etree._Element) -> bytes:
    """The document in UTF-8, without indents: white space is content to some readers."""
    data: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8")
    return data


def parsed(content: bytes) -> etree._Element:
    """The root of a document that came from outside. Raises `DocumentIsNotReadable`."""
    return markup.parsed(content, DocumentIsNotReadable)


class Reading:
    """Reads values below an element by paths over fixed prefixes; what is missing is None."""

    def __init__(self, at: etree._Element, prefixes: dict[str, str]) -> None:
        self.at = at
        self._prefixes = prefixes

    def all(self, path: str) -> list["Reading"]:
        """Every element on the path."""
        return [Reading(found, self._prefixes) for found in self.at.findall(path, self._prefixes)]

    def one(self, path: str) -> "Reading | None":
        """The first element on the path."""
        found = self.at.find(path, self._prefixes)
        return None if found is None else Reading(found, self._prefixes)

    def text(self, path: str) -> str | None:
        """The text of the first element on the path, trimmed; None where it is empty."""
        found = self.at.find(path, self._prefixes)
        return None if found is None else ((found.text or "").strip() or None)

    def attribute(self, path: str, name: str) -> str | None:
        """An attribute of the first element on the path."""
        found = self.at.find(path, self._prefixes)
        return None if found is None else found.get(name)

    def required(self, path: str) -> str:
        """The text of what no document lacks. Raises `DocumentIsNotReadable`."""
        found = self.text(path)
        if found is None:
            raise DocumentIsNotReadable(f"{path} is missing.", field="content")
        return found

    def decimal(self, path: str) -> Decimal | None:
        """A number. Raises `DocumentIsNotReadable`."""
        text = self.text(path)
        return None if text is None else _decimal(text, path)

    def amount(self, path: str) -> Decimal:
        """A number that is zero where it is missing."""
        return self.decimal(path) or Decimal(0)

    def day(self, path: str) -> date | None:
        """A day, as 2025-01-31 or 20250131. Raises `DocumentIsNotReadable`."""
        text = self.text(path)
        if text is None:
            return None
        try:
            return date.fromisoformat(text[:10])
        except ValueError as error:
            raise DocumentIsNotReadable(f"{path} is no day: {text!r}", field="content") from error


def _decimal(text: str, path: str) -> Decimal:
    # xs:decimal: no exponent, no thousands, no words for infinity.
    whole = text.removeprefix("-").removeprefix("+").replace(".", "", 1)
    if not whole.isascii() or not whole.isdigit() or len(whole) > ARITHMETIC.prec:
        raise DocumentIsNotReadable(f"{path} is no number: {text[:60]!r}", field="content")
    return Decimal(text)
