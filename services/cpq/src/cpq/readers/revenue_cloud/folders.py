"""Which files of a folder are the catalogue, which its constraint models, and which neither."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cpq.readers.findings import Findings
from cpq.readers.refusals import FileCannotBeRead, FileIsTooLarge, NothingToConfigure
from cpq.readers.revenue_cloud.sheets import Sheet, sheet

MOST_FILES = 2_000
MOST_BYTES = 200_000_000
DEEPEST_FOLDER = 6

STRUCTURE = {
    "ProductRelatedComponent",
    "ProductComponentGroup",
    "ProductAttributeDefinition",
    "ProductClassificationAttr",
    "ProductClassificationAttribute",
}
"""What makes a folder with Product2 a catalogue."""
CONSTRAINTS = {
    "ExpressionSet",
    "ExpressionSetConstraintObj",
    "ExpressionSetDefinitionVersion",
    "ExpressionSetDefinitionContextDefinition",
}
READ = {
    "Product2",
    *STRUCTURE,
    "ProductClassification",
    "AttributeDefinition",
    "AttributePicklist",
    "AttributePicklistValue",
    "ProductRelationshipType",
    "ProductSellingModel",
    "ProductSellingModelOption",
    "ProductCategory",
    "ProductCategoryProduct",
    "ProductQualification",
    "ProductDisqualification",
    "ProductCategoryQualification",
    "ProductCategoryDisqual",
    "ProductCategoryDisqualification",
}
"""Tables that decide what can be configured."""
IGNORED = {
    "AttributeCategory": "how attributes are sorted on a page",
    "AttributeCategoryAttribute": "how attributes are sorted on a page",
    "ProductCatalog": "in which catalogues categories stand",
    "ProdtAttrScope": "what happens after the order",
    "ProductRampSegment": "how a price rises over the years",
    "ProrationPolicy": "how part of a period is charged",
    "UnitOfMeasure": "units of quantities; every quantity is in the product's own unit",
    "UnitOfMeasureClass": "units of quantities; every quantity is in the product's own unit",
}
"""Tables that decide nothing about what can be configured, and what they say."""
UNSUPPORTED = {
    "AttrPicklistExcludedValue": "values of a pick list that one product does not have",
    "ProductRelComponentOverride": "components that are overridden in one bundle",
    "ProductComponentGrpOverride": "groups that are overridden in one bundle",
}
"""Tables that decide something that is not read: each row is lost by name."""


@dataclass(slots=True)
class Constraints:
    """A constraint model: its file in CML, and the tables that tie it to the catalogue."""

    name: str
    path: str
    content: bytes
    sheets: dict[str, Sheet] = field(default_factory=dict)

    def sheet(self, name: str) -> Sheet:
        """A table; empty where there is none."""
        return self.sheets.get(name) or Sheet(name)


@dataclass(slots=True)
class Folder:
    """A catalogue with its constraint models."""

    sheets: dict[str, Sheet]
    constraints: list[Constraints]

    def sheet(self, *names: str) -> Sheet:
        """The first of these tables that there is; an empty one where there is none."""
        for one in names:
            if one in self.sheets:
                return self.sheets[one]
        return self.sheets.setdefault(names[0], Sheet(names[0]))


def load(path: Path) -> dict[str, bytes]:
    """The files of a folder and its folders, by their path in it.

    Raises `FileCannotBeRead` where there is no such folder, `FileIsTooLarge`. Links are not
    followed.
    """
    if not path.is_dir():
        raise FileCannotBeRead(f"{path.name} is no folder.")
    found: dict[str, bytes] = {}
    size = 0
    for one in sorted(path.rglob("*")):
        parts = one.relative_to(path).parts
        if one.is_symlink() or not one.is_file() or len(parts) > DEEPEST_FOLDER:
            continue
        if one.suffix.lower() not in (".csv", ".cml", ".ffxblob"):
            continue
        size += one.stat().st_size
        if len(found) >= MOST_FILES or size > MOST_BYTES:
            raise FileIsTooLarge(
                f"{path.name} has more than {MOST_FILES} files or {MOST_BYTES} bytes."
            )
        found["/".join(parts)] = one.read_bytes()
    return found


def sort(files: Mapping[str, bytes], findings: Findings) -> Folder:
    """The catalogue and the constraint models among the files.

    Raises `NothingToConfigure` without a catalogue, `FileCannotBeRead` with two.
    """
    folders: dict[str, dict[str, str]] = {}
    for path in sorted(files):
        folder, _, name = path.rpartition("/")
        if name.lower().endswith(".csv"):
            folders.setdefault(folder, {})[name[:-4]] = path
    tied = {folder for folder, names in folders.items() if names.keys() & CONSTRAINTS}
    catalogues = [
        folder
        for folder, names in folders.items()
        if folder not in tied and "Product2" in names and names.keys() & STRUCTURE
    ]
    if not catalogues:
        raise NothingToConfigure(
            "No folder has Product2.csv beside ProductRelatedComponent.csv or product attributes."
        )
    if len(catalogues) > 1:
        raise FileCannotBeRead(
            f"There is more than one catalogue: {', '.join(catalogues)}. Give one at a time."
        )
    chosen = catalogues[0]
    sheets = {}
    for name, path in folders[chosen].items():
        found = sheet(files[path], path, findings)
        if name in READ:
            sheets[name] = found
        elif name in UNSUPPORTED:
            for row in found:
                findings.lost(name, row.place, f"It says {UNSUPPORTED[name]}; it was left out.")
        elif name in IGNORED:
            findings.noted(name, f"{path}:1", f"It says {IGNORED[name]}.")
        elif found.rows:
            findings.lost(name, f"{path}:1", "An unknown table; it was left out.")
    for folder in folders:
        if folder != chosen and folder not in tied:
            findings.noted(
                folder or ".",
                f"{next(iter(folders[folder].values()))}:1",
                "No part of the catalogue.",
            )
    return Folder(sheets, _constraints(files, folders, tied, findings))


def _constraints(
    files: Mapping[str, bytes],
    folders: Mapping[str, Mapping[str, str]],
    tied: set[str],
    findings: Findings,
) -> list[Constraints]:
    """The constraint models: a CML file, and the tables in its folder or the one above."""
    found = []
    for path in sorted(files):
        if not path.lower().endswith((".cml", ".ffxblob")):
            continue
        folder = path.rpartition("/")[0]
        if folder not in tied and folder.rpartition("/")[2] == "blobs":
            folder = folder.rpartition("/")[0]
        name = path.rpartition("/")[2].rpartition(".")[0]
        one = Constraints(name, path, files[path])
        if folder in tied:
            one.sheets = {
                table: sheet(files[where], where, Findings() if table in one.sheets else findings)
                for table, where in folders[folder].items()
            }
        else:
            findings.lost(
                name, f"{path}:1", "No ExpressionSetConstraintObj.csv ties it to the catalogue."
            )
        found.append(one)
    return found
