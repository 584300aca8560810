"""Telling what a file is by what is in it, and reading it."""

from dataclasses import dataclass
from typing import Final

from erp.charts.rules.accounts_csv import read_tables
from erp.charts.rules.checking import check_chart
from erp.charts.rules.ledgersmb import read_ledgersmb
from erp.charts.rules.markup import Element, parse
from erp.charts.rules.model import Chart, ReadChart
from erp.charts.rules.records import ROOTS, read_records
from erp.charts.rules.refusals import ChartCannotBeRead, ChartIsTooLarge, ChartLayoutIsUnknown

LARGEST_FILES: Final = 8 * 1024 * 1024
"""All files of a chart together, in bytes; the largest known chart has half a megabyte."""


@dataclass(frozen=True, slots=True)
class ChartFile:
    """A file of a chart as it was sent."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Layout:
    """A layout that is read, and how it is told from others."""

    name: str
    description: str


LAYOUTS: Final = (
    Layout("tryton-xml", "Records of account templates, types and taxes below <tryton>."),
    Layout("odoo-xml", "Records of account templates below <odoo> or <openerp>."),
    Layout("ledgersmb-xml", "<configuration> with a <coa> of headings and accounts."),
    Layout("odoo-csv", "A table with code, name and account_type; taxes with type_tax_use."),
    Layout(
        "cn-small-enterprises-csv",
        "A table with code, name and class that has accounts of China's standard for small "
        "enterprises.",
    ),
    Layout("plain-csv", "A table with code, name and class (or type, kind, category)."),
)


def read_chart(files: list[ChartFile]) -> Chart:
    """Read the files of one chart and check them.

    Raises `ChartCannotBeRead`, `ChartIsTooLarge`, `ChartLayoutIsUnknown`; whatever else is wrong
    stands in the findings.
    """
    if sum(len(each.content) for each in files) > LARGEST_FILES:
        raise ChartIsTooLarge(
            f"The files have more than {LARGEST_FILES} bytes together.", field="files"
        )
    marked = [each for each in files if _is_markup(each.content)]
    if marked and len(marked) < len(files):
        raise ChartLayoutIsUnknown(
            "XML and tables are not read together: send the files of one chart.", field="files"
        )
    if marked:
        return check_chart(
            _read_markup([(each.name, parse(each.content, each.name)) for each in files])
        )
    return check_chart(read_tables([(each.name, _text(each)) for each in files]))


def _read_markup(roots: list[tuple[str, Element]]) -> ReadChart:
    tags = {root.tag for _, root in roots}
    if tags <= ROOTS.keys():
        return read_records(roots)
    if tags == {"configuration"} and any(root.child("coa") for _, root in roots):
        return read_ledgersmb(roots)
    raise ChartLayoutIsUnknown(
        f"<{min(tags)}> is the root of no layout that is read.", field="files"
    )


def _is_markup(content: bytes) -> bool:
    start = content[:200].lstrip(b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n")
    return start.startswith((b"<", b"\x00<"))


def _text(file: ChartFile) -> str:
    wide = file.content[:2] in (b"\xff\xfe", b"\xfe\xff")
    try:
        text = file.content.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError as problem:
        line = file.content.count(b"\n", 0, problem.start) + 1
        raise ChartCannotBeRead(
            f"{file.name}:{line}: the file is not UTF-8 text.", field="files"
        ) from None
    if "\x00" in text:
        raise ChartCannotBeRead(f"{file.name}:1: the file is not text.", field="files")
    return text
