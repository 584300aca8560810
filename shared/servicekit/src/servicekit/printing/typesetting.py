"""Pages by typst, to be run in threads beside the event loop.

Typst is a library: it opens no socket, and of files it sees its own template alone. The fonts come
with packages, never from the machine, so the same input gives the same bytes everywhere.
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Literal

import fontpkg_fira_sans
import pylopdf_fonts_zh_cn
import typst


def typeset(
    template: bytes,
    inputs: Mapping[str, str],
    *,
    made_at: int,
    standard: Literal["ua-1", "a-3b"] | None = None,
) -> bytes:
    """The PDF of a template, dated at `made_at` (seconds since 1970, UTC).

    `inputs` are what the template finds in `sys.inputs`. Raises `typst.TypstError`.
    """
    return typst.compile(
        template,
        font_paths=_fonts(),
        ignore_system_fonts=True,
        format="pdf",
        sys_inputs=dict(inputs),
        pdf_standards=standard,
        timestamp=made_at,
    )


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
