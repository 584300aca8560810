"""XML as elements that know their line. Entities are refused, as they can grow without bound."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from xml.sax import SAXException, SAXParseException  # nosec: the exceptions only
from xml.sax.handler import ContentHandler, feature_external_ges, feature_namespaces
from xml.sax.xmlreader import InputSource

import defusedxml.sax
from defusedxml import DefusedXmlException

from erp.charts.rules.refusals import ChartCannotBeRead, ChartIsTooLarge

if TYPE_CHECKING:
    from collections.abc import Iterator
    from xml.sax.xmlreader import AttributesImpl, Locator

MOST_ELEMENTS: Final = 200_000
DEEPEST: Final = 64
"""Elements inside each other; headings stand in headings, a handful of times."""


@dataclass(slots=True)
class Element:
    """An element: its name without namespace, attributes, children and the text inside."""

    tag: str
    line: int
    attributes: dict[str, str]
    children: list[Element] = field(default_factory=list)
    text: str = ""

    def child(self, tag: str) -> Element | None:
        """The first child of a name."""
        return next((one for one in self.children if one.tag == tag), None)

    def walk(self) -> Iterator[Element]:
        """This element and all below it, in the order of the file."""
        waiting = [self]
        while waiting:
            one = waiting.pop()
            yield one
            waiting.extend(reversed(one.children))


def parse(content: bytes, name: str) -> Element:
    """The root of an XML document; raises `ChartCannotBeRead`, `ChartIsTooLarge`."""
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
        raise ChartCannotBeRead(
            f"{name}:{problem.getLineNumber()}: {problem.getMessage()}.", field="files"
        ) from None
    except DefusedXmlException:
        raise ChartCannotBeRead(
            f"{name}:{builder.line}: entities and document types are not read.", field="files"
        ) from None
    except (SAXException, ValueError, LookupError) as problem:
        raise ChartCannotBeRead(
            f"{name}:{builder.line}: {str(problem)[:200]}.", field="files"
        ) from None
    if builder.root is None:
        raise ChartCannotBeRead(f"{name}:1: the file has no element.", field="files")
    return builder.root


class _Builder(ContentHandler):
    def __init__(self, name: str) -> None:
        super().__init__()
        self.root: Element | None = None
        self._name = name
        self._locator: Locator | None = None
        self._open: list[Element] = []
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
            raise ChartIsTooLarge(
                f"{self._name}:{self.line}: a file has at most {MOST_ELEMENTS} elements, "
                f"{DEEPEST} of them inside each other.",
                field="files",
            )
        element = Element(name.rpartition(":")[2], self.line, dict(attrs.items()))
        if self._open:
            self._open[-1].children.append(element)
        else:
            self.root = element
        self._open.append(element)

    def endElement(self, name: str) -> None:  # noqa: N802
        closed = self._open.pop()
        closed.text = closed.text.strip()

    def characters(self, content: str) -> None:
        if len(self._open[-1].text) < 2_000:
            self._open[-1].text += content
