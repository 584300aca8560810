"""Tables of prices: which files they are, and how their rows refer to each other.

A data set is folders of tables, and a table may stand in several of them: products and selling
models beside prices are a few columns of those beside the catalogue. What a row refers to is looked
for where most is said of it: in the table of that name with the most columns, then in the others.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from cpq.readers.findings import Findings
from cpq.readers.revenue_cloud.folders import Folder
from cpq.readers.revenue_cloud.sheets import Row, Sheet, sheet

PRICES = frozenset(
    {
        "AttributeAdjustmentCondition",
        "AttributeBasedAdjRule",
        "AttributeBasedAdjustment",
        "BundleBasedAdjustment",
        "CostBook",
        "CostBookEntry",
        "PriceAdjustmentSchedule",
        "PriceAdjustmentTier",
        "Pricebook2",
        "PriceBookRateCard",
        "PricebookEntry",
        "PricebookEntryDerivedPrice",
        "ProductUsageGrant",
        "ProductUsageResource",
        "RateAdjustmentByTier",
        "RateCard",
        "RateCardEntry",
        "UsageResource",
    }
)
"""Tables that are read; a folder with one of them holds prices."""
SHARED = frozenset(
    {
        "AttributeDefinition",
        "AttributePicklist",
        "AttributePicklistValue",
        "CurrencyType",
        "Product2",
        "ProductAttributeDefinition",
        "ProductClassification",
        "ProductClassificationAttr",
        "ProductClassificationAttribute",
        "ProductRampSegment",
        "ProductSellingModel",
        "ProductSellingModelOption",
        "ProrationPolicy",
        "UnitOfMeasure",
        "UnitOfMeasureClass",
    }
)
"""Tables that are read wherever they stand, most of them beside the catalogue."""
UNSUPPORTED = {
    "ContractItemPrice": "prices of one contract",
    "ContractItemPriceAdjTier": "volume tiers of one contract",
    "PricebookEntryAdjustment": "which schedule belongs to one price",
    "ProductPriceHistoryLog": "what prices were before",
    "ProductPriceRange": "between which bounds a price may be set",
    "ProductUsageResourcePolicy": "how usage of one product is gathered, committed and rated",
    "RateAdjustmentByAttribute": "rates by attributes of what was used",
    "RatingFrequencyPolicy": "how often usage is rated",
    "UsageCommitmentPolicy": "which rate a commitment takes",
    "UsageGrantRenewalPolicy": "when a grant begins anew",
    "UsageGrantRolloverPolicy": "what becomes of a grant that nobody used",
    "UsageOveragePolicy": "whether usage beyond a grant costs anything",
    "UsagePrdGrantBindingPolicy": "to what a grant is bound",
    "UsageResourceBillingPolicy": "how usage is summed up before it is rated",
}
"""Tables that decide something which is not read: each row is lost by name."""
_DESCRIBING = ("Attribute", "ProductAttribute", "ProductClassification")


class Unread(Exception):
    """A row, or what it says, that cannot be said in Tradewind; the row is left out with a finding.

    Attributes:
        column: the field that says it.
        because: why, in a sentence.
    """

    def __init__(self, column: str, because: str) -> None:
        super().__init__(because)
        self.column = column
        self.because = because


@dataclass(slots=True)
class Tables:
    """All tables of a data set that say something about prices."""

    findings: Findings
    _sheets: dict[str, list[Sheet]]
    _ways: dict[tuple[tuple[str, ...], str], tuple[tuple[str, str], ...]] = field(
        default_factory=dict
    )

    def __bool__(self) -> bool:
        return any(name in self._sheets for name in PRICES)

    def sheets(self, name: str) -> list[Sheet]:
        """The tables of a name, the one that says most first."""
        return self._sheets.get(name, [])

    def rows(self, name: str, *identity: str) -> Iterator[Row]:
        """The rows of a table, in all folders; of those that are alike only the first.

        `identity` are the columns by which rows are told apart; none: all of them.
        """
        seen: set[tuple[str, ...]] = set()
        sheets = self.sheets(name)
        for at, one in enumerate(sheets):
            for row in one:
                said = tuple(row[column] for column in identity or row.columns)
                if at and said in seen:
                    continue
                seen.add(said)
                yield row

    def one(self, row: Row, base: str, *targets: str) -> Row | None:
        """The row of one of the tables that `row` refers to by the name; None: it refers to none.

        Raises `Unread` where what it refers to is not there, or is not one.
        """
        missed: Unread | None = None
        for column, named in self.ways(row, base):
            value = row[column]
            if not value:
                continue
            for target in targets:
                for each in self.sheets(target):
                    found = each.find(named, value)
                    if len(found) == 1:
                        return found[0]
                    count = "more than one row" if found else "no row"
                    missed = missed or Unread(
                        column, f"{target} has {count} with {named} {value!r}."
                    )
            missed = missed or Unread(column, f"There is no table {targets[0]}.")
        if missed is not None:
            raise missed
        return None

    def ways(self, row: Row, base: str) -> tuple[tuple[str, str], ...]:
        """The columns by which a row refers to something, with the field that each names."""
        key = (row.columns, base)
        if key not in self._ways:
            found = [
                (column, column[len(base) + 1 :])
                for column in row.columns
                if column.startswith(f"{base}.")
                and (column.count(".") == 1 or column.startswith(f"{base}.$$"))
            ]
            if f"{base}Id" in row.columns:
                found.append((f"{base}Id", "Id"))
            # What names several fields at once is the most exact.
            found.sort(key=lambda way: not way[1].startswith("$$"))
            self._ways[key] = tuple(found)
        return self._ways[key]

    def described(self) -> Folder:
        """The tables that say which attributes products have."""
        names = [one for one in self._sheets if one.startswith(_DESCRIBING) or one == "Product2"]
        return Folder({name: self._sheets[name][0] for name in names}, [])


def tables(files: Mapping[str, bytes], findings: Findings) -> Tables:
    """The tables among the files. Raises `FileCannotBeRead`, `FileIsTooLarge`.

    Of a folder that holds prices every other table is a finding, row by row if it decides anything.
    """
    folders: dict[str, dict[str, str]] = {}
    for path in sorted(files):
        folder, _, name = path.rpartition("/")
        if name.lower().endswith(".csv"):
            folders.setdefault(folder, {})[name[:-4]] = path
    sheets: dict[str, list[Sheet]] = {}
    for names in folders.values():
        holds_prices = bool(names.keys() & PRICES)
        ties_constraints = any(name.startswith("ExpressionSet") for name in names)
        for name, path in names.items():
            if name in PRICES or (name in SHARED and not ties_constraints):
                # A catalogue's own reader tells of files of its that have rows of another length.
                told = findings if holds_prices else Findings()
                sheets.setdefault(name, []).append(sheet(files[path], path, told))
            elif name in UNSUPPORTED:
                for row in sheet(files[path], path, findings):
                    findings.lost(name, row.place, f"It says {UNSUPPORTED[name]}.")
            elif holds_prices:
                for row in sheet(files[path], path, findings):
                    findings.lost(name, row.place, "A row of an unknown table.")
    for found in sheets.values():
        found.sort(key=lambda one: -len(one.columns))
    return Tables(findings, sheets)
