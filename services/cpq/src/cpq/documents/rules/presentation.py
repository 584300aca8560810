"""How a seller presents itself on its documents, and what may be a logo."""

import re
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from xml.etree import ElementTree as ET

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring

from cpq.documents.rules.wording import Language
from servicekit.errors import InvalidInput, Stale

PNG: Final = "image/png"
SVG: Final = "image/svg+xml"
LARGEST_LOGO: Final = 200_000
"""Bytes."""
LARGEST_SIDE: Final = 4_000
"""Pixels of a PNG."""
_PNG_BEGINS: Final = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"


class LogoIsNotAPicture(InvalidInput):
    """A logo is a PNG or an SVG that draws and does nothing else."""

    code = "logo-is-not-a-picture"
    title = "The logo is not a PNG or SVG that can be drawn"
    hint = (
        "Send a PNG of at most 4000 pixels a side, or an SVG of shapes, paths and gradients "
        "without scripts, styles, texts, pictures and links; 200 kB at most."
    )


class PresentationHasChanged(Stale):
    """Somebody else has written the next version of the presentation."""

    code = "presentation-has-changed"
    title = "The presentation has changed since you read it"
    hint = "Read it again, look at what changed, and send the request with the new ETag."


@dataclass(frozen=True, slots=True)
class Logo:
    """A picture that was examined."""

    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Texts:
    """What a seller says in one language; empty: nothing."""

    introduction: str = ""
    terms: tuple[str, ...] = ()
    """Paragraphs."""
    validity: str = ""
    """In place of our own sentence; `{day}` stands for the last day."""
    closing: str = ""


@dataclass(frozen=True, slots=True)
class Presentation:
    """A version of how a seller presents itself. Version 0 is that of one who has said nothing."""

    version: int = 0
    seller_name: str = ""
    seller_address: tuple[str, ...] = ()
    """Lines below the name."""
    seller_country: str = ""
    """ISO 3166-1 alpha-2."""
    seller_contact: tuple[str, ...] = ()
    """Lines at the foot of a page: telephone, e-mail, registration."""
    tax_number: str = ""
    accent: str = "#1f4e79"
    """The colour of rules and headings."""
    paper: str = "a4"
    language: Language = Language.ENGLISH
    """Where nobody names one."""
    shows_waterfall: bool = False
    """Each line tells how its price came about."""
    texts: Mapping[Language, Texts] = field(default_factory=dict)
    logo: Logo | None = None

    def says(self, language: Language) -> Texts:
        """The seller's texts in a language, else those of its own language."""
        return self.texts.get(language) or self.texts.get(self.language) or Texts()


def examined_logo(media_type: str, content: bytes) -> Logo:
    """The logo, an SVG rewritten from what is allowed in it. Raises `LogoIsNotAPicture`."""
    if len(content) > LARGEST_LOGO:
        raise _no(f"it has {len(content)} bytes")
    if media_type == PNG:
        _check_png(content)
        return Logo(PNG, content)
    return Logo(SVG, _drawn(content))


def _no(why: str) -> LogoIsNotAPicture:
    return LogoIsNotAPicture(why, field="logo")


def _check_png(content: bytes) -> None:
    if not content.startswith(_PNG_BEGINS) or len(content) < 33:
        raise _no("it does not begin as a PNG does")
    width, height = struct.unpack(">II", content[16:24])
    if not (0 < width <= LARGEST_SIDE and 0 < height <= LARGEST_SIDE):
        raise _no(f"it has {width} by {height} pixels")


_SVG: Final = "{http://www.w3.org/2000/svg}"
_MOST_ELEMENTS: Final = 5_000
_ELEMENTS: Final = frozenset(
    {
        "svg", "g", "path", "rect", "circle", "ellipse", "line", "polyline", "polygon", "title",
        "desc", "defs", "linearGradient", "radialGradient", "stop", "clipPath",
    }
)  # fmt: skip
_ATTRIBUTES: Final = frozenset(
    {
        "width", "height", "viewBox", "preserveAspectRatio", "x", "y", "x1", "y1", "x2", "y2", "cx",
        "cy", "r", "rx", "ry", "fx", "fy", "d", "points", "transform", "fill", "fill-opacity",
        "fill-rule", "stroke", "stroke-width", "stroke-linecap", "stroke-linejoin",
        "stroke-miterlimit", "stroke-dasharray", "stroke-dashoffset", "stroke-opacity", "opacity",
        "clip-path", "clip-rule", "id", "offset", "stop-color", "stop-opacity", "gradientUnits",
        "gradientTransform", "spreadMethod", "clipPathUnits", "version", "color",
    }
)  # fmt: skip
_OWN_REFERENCE: Final = re.compile(r"url\(\s*['\"]?#[\w.-]+['\"]?\s*\)")


def _drawn(content: bytes) -> bytes:
    """The SVG with nothing but shapes in it; what only decorates the file is left out."""
    try:
        root = fromstring(content, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        raise _no("it is no well-formed XML without declarations of its own") from error
    if root.tag != f"{_SVG}svg":
        raise _no("it is no SVG")
    if sum(1 for _ in root.iter()) > _MOST_ELEMENTS:
        raise _no(f"it has more than {_MOST_ELEMENTS} elements")
    ET.register_namespace("", _SVG[1:-1])
    drawn: bytes = ET.tostring(_cleaned(root, 0), encoding="utf-8")
    return drawn


def _cleaned(element: ET.Element, depth: int) -> ET.Element:
    name = element.tag.removeprefix(_SVG)
    if name not in _ELEMENTS or depth > 40:
        raise _no(f"an SVG logo may not have {name[:40]!r} in it")
    kept = ET.Element(element.tag)
    for attribute, value in element.attrib.items():
        if attribute.startswith(("{", "data-")) or attribute == "class":
            if "href" in attribute:
                raise _no("an SVG logo refers to nothing")
            continue
        if attribute not in _ATTRIBUTES:
            raise _no(f"an SVG logo may not have {attribute[:40]!r} in it")
        if "url" in value.lower() and not _OWN_REFERENCE.fullmatch(value.strip()):
            raise _no("an SVG logo refers to nothing outside itself")
        kept.set(attribute, value)
    if name in ("title", "desc"):
        kept.text = element.text
        return kept
    # Editors leave elements of their own names behind; they draw nothing.
    kept.extend([_cleaned(child, depth + 1) for child in element if child.tag.startswith(_SVG)])
    return kept
