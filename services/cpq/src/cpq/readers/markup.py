"""XML as elements that know their line. Entities are refused, as they can grow without bound."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from typing import Final
from xml.sax import SAXException, SAXParseException  # nosec: the exceptions only
from xml.sax.handler import ContentHandler, feature_external_ges, feature_namespaces
from xml.sax.xmlreader import AttributesImpl, InputSource, Locator

import defusedxml.sax
from defusedxml import DefusedXmlException

from cpq.readers.files import LARGEST_FILE
from cpq.readers.refusals import FileCannotBeRead, FileIsTooLarge

MOST_ELEMENTS: Final = 1_000_000
DEEPEST: Final = 1_000
"""Elements inside each other; formulas are nested, one element for each alternative."""


@dataclass(slots=True)
class Element:
    """An element with its attributes, its children and all text directly inside."""

    tag: str
    line: int
    attributes: dict[str, str]
    children: list[Element] = field(default_factory=list)
    text: str = ""
    text_line: int = 0
    """The line on which the text begins."""

    def child(self, tag: str) -> Element | None:
        """The first child with a tag."""
        return next((one for one in self.children if one.tag == tag), None)


def parse(content: bytes, name: str) -> Element:
    """The root of an XML document.

    Raises `FileCannotBeRead` with the line, and `FileIsTooLarge`.
    """
    if len(content) > LARGEST_FILE:
        raise FileIsTooLarge(f"{name} has more than {LARGEST_FILE} bytes.")
    builder = _Builder(name)
    parser = defusedxml.sax.make_parser()
    parser.setFeature(feature_namespaces, False)
    parser.setFeature(feature_external_ges, False)
    parser.setContentHandler(builder)
    source = InputSource()
    source.setByteStream(io.BytesIO(content))
    try:
        parser.parse(source)
    except SAXParseException as problem:
        raise FileCannotBeRead(
            f"{name}:{problem.getLineNumber()}: {problem.getMessage()}."
        ) from None
    except DefusedXmlException:
        raise FileCannotBeRead(
            f"{name}:{builder.line}: entities and document types are not read."
        ) from None
    except (SAXException, ValueError, LookupError) as problem:
        raise FileCannotBeRead(f"{name}:{builder.line}: {str(problem)[:200]}.") from None
    if builder.root is None:
        raise FileCannotBeRead(f"{name}:1: the file has no element.")
    return builder.root


class _Builder(ContentHandler):
    def __init__(self, name: str) -> None:
        super().__init__()
        self.root: Element | None = None
        self._name = name
        self._locator: Locator | None = None
        self._open: list[Element] = []
        self._texts: list[list[str]] = []
        self._count = 0

    @property
    def line(self) -> int:
        """Where the parser is."""
        return (self._locator.getLineNumber() or 1) if self._locator is not None else 1

    def setDocumentLocator(self, locator: Locator) -> None:  # noqa: N802
        self._locator = locator

    def startElement(self, name: str, attrs: AttributesImpl) -> None:  # noqa: N802
        self._count += 1
        if self._count > MOST_ELEMENTS or len(self._open) >= DEEPEST:
            raise FileIsTooLarge(
                f"{self._name}:{self.line}: a file has at most {MOST_ELEMENTS} elements, "
                f"{DEEPEST} of them inside each other."
            )
        element = Element(name, self.line, dict(attrs.items()))
        if self._open:
            self._open[-1].children.append(element)
        else:
            self.root = element
        self._open.append(element)
        self._texts.append([])

    def endElement(self, name: str) -> None:  # noqa: N802
        self._open.pop().text = "".join(self._texts.pop())

    def characters(self, content: str) -> None:
        if not self._texts[-1]:
            self._open[-1].text_line = self.line
        self._texts[-1].append(content)
