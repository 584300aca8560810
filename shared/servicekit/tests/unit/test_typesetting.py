"""What people write never keeps a document from being printed."""

import io

import pypdf
import pytest

from servicekit.printing.typesetting import typeset

TEMPLATE = (
    b'#set document(title: "T")\n'
    b'#set text(lang: "en", font: ("Fira Sans", "Noto Sans SC"))\n#sys.inputs.at("said")'
)


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("Müller & 株式", "Müller & 株式"),
        ("a\U00041b4bb", "a?b"),
        ("x \ue000 y \U000e0001 z", "x ? y"),
        ("".join(chr(0x50000 + at) for at in range(60)) + "end", "end"),
    ],
)
def test_signs_that_no_font_has_are_marked(said: str, shown: str) -> None:
    pdf = typeset(TEMPLATE, {"said": said}, made_at=0, standard="ua-1")
    text = "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages)
    assert shown in text
