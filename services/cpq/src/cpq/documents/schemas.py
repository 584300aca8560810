"""Requests and answers of documents."""

from base64 import b64decode, b64encode
from binascii import Error
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, field_validator

from cpq.documents.rules import LARGEST_LOGO, Language, Logo, Presentation, Texts
from servicekit.http import CountryCode, In, Out
from servicekit.http.schemas import OneLine

Line = Annotated[str, StringConstraints(min_length=1, max_length=120), OneLine]
MaybeLine = Annotated[str, StringConstraints(max_length=120)]
Paragraph = Annotated[str, StringConstraints(min_length=1, max_length=4_000)]
MaybeText = Annotated[str, StringConstraints(max_length=4_000)]
Colour = Annotated[str, StringConstraints(pattern=r"^#[0-9a-f]{6}$")]
Content = Annotated[str, StringConstraints(min_length=8, max_length=LARGEST_LOGO * 4 // 3 + 4)]
Paper = Literal["a4", "us-letter"]
LanguageTag = Literal["en", "de", "zh-Hans"]


class LogoIn(In):
    """A picture."""

    media_type: Literal["image/png", "image/svg+xml"]
    """What it is."""
    content: Content
    """The file in Base64, 200 kB at most."""

    @field_validator("content")
    @classmethod
    def _readable(cls, value: str) -> str:
        try:
            b64decode(value, validate=True)
        except (Error, ValueError) as error:
            raise ValueError("write the file in Base64") from error
        return value

    def logo(self) -> Logo:
        """The picture, not examined yet."""
        return Logo(self.media_type, b64decode(self.content))


class TextsIn(In):
    """What the seller says in one language."""

    introduction: MaybeText = ""
    """Before the lines; a line each is a paragraph."""
    terms: list[Paragraph] = Field(default=[], max_length=100)
    """Terms and conditions, by paragraphs."""
    validity: MaybeText = ""
    """How long the offer holds, with {day} for its last day; empty: our own sentence."""
    closing: MaybeText = ""
    """After the terms."""

    def texts(self) -> Texts:
        """The value that documents are made with."""
        return Texts(self.introduction, tuple(self.terms), self.validity, self.closing)


class PresentationIn(In):
    """How the seller presents itself on documents from now on."""

    seller_name: MaybeLine = ""
    """The seller, as letters name it."""
    seller_address: list[Line] = Field(default=[], max_length=8)
    """Lines below the name."""
    seller_country: CountryCode | None = None
    """Where the seller is."""
    seller_contact: list[Line] = Field(default=[], max_length=8)
    """What stands at the foot of a page: telephone, e-mail, registration."""
    tax_number: MaybeLine = ""
    """The seller's tax number."""
    accent: Colour = "#1f4e79"
    """The colour of headings and rules, such as #1f4e79; dark enough to be read on white."""
    paper: Paper = "a4"
    """The size of a page."""
    language: LanguageTag = "en"
    """Where nobody names one."""
    shows_waterfall: bool = False
    """Whether lines tell how their price came about."""
    texts: dict[LanguageTag, TextsIn] = Field(default={})
    """By language."""
    logo: LogoIn | None = None
    """Null: none."""

    @field_validator("accent")
    @classmethod
    def _dark(cls, value: str) -> str:
        if contrast_with_white(value) < 4.5:
            raise ValueError("choose a darker colour: on white it cannot be read (WCAG 2.2, 1.4.3)")
        return value

    def presentation(self) -> Presentation:
        """The value that documents are made with."""
        return Presentation(
            seller_name=self.seller_name,
            seller_address=tuple(self.seller_address),
            seller_country=self.seller_country or "",
            seller_contact=tuple(self.seller_contact),
            tax_number=self.tax_number,
            accent=self.accent,
            paper=self.paper,
            language=Language(self.language),
            shows_waterfall=self.shows_waterfall,
            texts={Language(language): says.texts() for language, says in self.texts.items()},
            logo=self.logo.logo() if self.logo else None,
        )


def contrast_with_white(colour: str) -> float:
    """The contrast of a colour `#rrggbb` with white, 1 to 21 (WCAG 2.2, relative luminance)."""

    def linear(part: str) -> float:
        value = int(part, 16) / 255
        return value / 12.92 if value <= 0.04045 else float(((value + 0.055) / 1.055) ** 2.4)

    red, green, blue = (linear(colour[at : at + 2]) for at in (1, 3, 5))
    return 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05)


class LogoOut(Out):
    """A picture, as it is drawn."""

    media_type: str
    """What it is."""
    content: str
    """The file in Base64; an SVG as it was rewritten."""


class TextsOut(Out):
    """What the seller says in one language."""

    introduction: str
    """Before the lines."""
    terms: list[str]
    """Terms and conditions, by paragraphs."""
    validity: str
    """How long the offer holds; empty: our own sentence."""
    closing: str
    """After the terms."""


class PresentationOut(Out):
    """How the seller presents itself on documents. Version 0: it has said nothing yet."""

    version: int
    seller_name: str
    """The seller, as letters name it."""
    seller_address: list[str]
    """Lines below the name."""
    seller_country: str | None
    """Where the seller is."""
    seller_contact: list[str]
    """What stands at the foot of a page."""
    tax_number: str
    """The seller's tax number."""
    accent: str
    """The colour of headings and rules."""
    paper: str
    """The size of a page."""
    language: str
    """Where nobody names one."""
    shows_waterfall: bool
    """Whether lines tell how their price came about."""
    texts: dict[str, TextsOut]
    """By language."""
    logo: LogoOut | None
    """Null: none."""

    @classmethod
    def of(cls, shown: Presentation) -> Self:
        """Render the version."""
        return cls(
            version=shown.version,
            seller_name=shown.seller_name,
            seller_address=list(shown.seller_address),
            seller_country=shown.seller_country or None,
            seller_contact=list(shown.seller_contact),
            tax_number=shown.tax_number,
            accent=shown.accent,
            paper=shown.paper,
            language=shown.language.value,
            shows_waterfall=shown.shows_waterfall,
            texts={
                language.value: TextsOut(
                    introduction=says.introduction,
                    terms=list(says.terms),
                    validity=says.validity,
                    closing=says.closing,
                )
                for language, says in shown.texts.items()
            },
            logo=None
            if shown.logo is None
            else LogoOut(
                media_type=shown.logo.media_type,
                content=b64encode(shown.logo.content).decode(),
            ),
        )
