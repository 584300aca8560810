"""Pages by typst, to be run in threads beside the event loop.

Typst is a library: it opens no socket, and of files it sees its own template alone. The fonts come
with packages, never from the machine, so the same input gives the same bytes everywhere.
"""

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Literal

import fontpkg_fira_sans
import pylopdf_fonts_zh_cn
import typst

UNKNOWN_SIGN = "?"
MOST_UNKNOWN_SIGNS = 20
"""How many runs of unknown signs are looked for; beyond them all that is not ASCII is marked."""
_COULD_NOT = re.compile(r'the text `"(.+?)"` could not be displayed', re.DOTALL)
_ESCAPED = re.compile(r"\\u\{([0-9a-fA-F]+)\}")


def typeset(
    template: bytes,
    inputs: Mapping[str, str],
    *,
    made_at: int,
    standard: Literal["ua-1", "a-3b"] | None = None,
) -> bytes:
    """The PDF of a template, dated at `made_at` (seconds since 1970, UTC).

    `inputs` are what the template finds in `sys.inputs`. A sign that no font has is set as a
    question mark: what people write must not keep a document from being printed. Raises
    `typst.TypstError`.
    """
    said = dict(inputs)
    for _ in range(MOST_UNKNOWN_SIGNS):
        try:
            return _compiled(template, said, standard, made_at)
        except typst.TypstError as error:
            unknown = _unknown(str(error))
            if not unknown or not any(sign in text for sign in unknown for text in said.values()):
                raise
            marks = str.maketrans(dict.fromkeys(unknown, UNKNOWN_SIGN))
            said = {name: text.translate(marks) for name, text in said.items()}
    ascii_only = {
        name: text.encode("ascii", "replace").decode("ascii") for name, text in said.items()
    }
    return _compiled(template, ascii_only, standard, made_at)


def _compiled(
    template: bytes,
    inputs: dict[str, str],
    standard: Literal["ua-1", "a-3b"] | None,
    made_at: int,
) -> bytes:
    return typst.compile(
        template,
        font_paths=_fonts(),
        ignore_system_fonts=True,
        format="pdf",
        sys_inputs=inputs,
        pdf_standards=standard,
        timestamp=made_at,
    )


def _unknown(complaint: str) -> set[str]:
    """The signs that typst could not set, by what it says of them."""
    found = _COULD_NOT.search(complaint)
    if found is None:
        return set()
    text = _ESCAPED.sub(lambda each: chr(int(each.group(1), 16)), found.group(1))
    return {sign for sign in text if not sign.isascii()}


@cache
def _fonts() -> typst.Fonts:
    """Fira Sans, and Noto Sans SC for Chinese; both under the SIL Open Font License."""
    directories = [
        Path(fontpkg_fira_sans.__file__).parent / "files",
        pylopdf_fonts_zh_cn.sans_path().parent,
    ]
    return typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=False, font_paths=directories
    )
