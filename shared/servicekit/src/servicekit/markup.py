"""XML that came from outside: read without entities, within bounds."""

from dataclasses import dataclass

from lxml import etree

from servicekit.errors import InvalidInput


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a document may have at most: bytes, elements within each other, and elements."""

    most_bytes: int = 5_000_000
    deepest: int = 40
    most_elements: int = 500_000


def parsed(
    content: bytes, refusal: type[InvalidInput], bounds: Bounds | None = None
) -> etree._Element:
    """The root of a document. Raises `refusal`, about the field `content`.

    A document type declaration is refused whole, and with it all entities; nothing is fetched.
    """
    bounds = bounds or Bounds()
    if len(content) > bounds.most_bytes:
        raise refusal(f"The file has {len(content)} bytes.", field="content")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_pis=True
    )
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise refusal(f"It is not XML: {error}", field="content") from error
    information = root.getroottree().docinfo
    if information.doctype or information.internalDTD is not None:
        raise refusal("It declares a document type.", field="content")
    depth = count = 0
    for event, _ in etree.iterwalk(root, events=("start", "end")):
        if event == "start":
            depth, count = depth + 1, count + 1
            if depth > bounds.deepest or count > bounds.most_elements:
                raise refusal(
                    f"It has more than {bounds.deepest} levels or {bounds.most_elements} elements.",
                    field="content",
                )
        else:
            depth -= 1
    return root
