"""Price books as documents of `POST /v1/price-books`, while they are put together."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from cpq.readers import fitting
from cpq.readers.revenue_cloud.pricing.cells import Days, days
from cpq.readers.revenue_cloud.pricing.tables import Tables, Unread
from cpq.readers.revenue_cloud.sheets import Row

MOST_RULES: Final = 50_000
"""Rules of one document; a longer book becomes several."""
LONGEST_SOURCE: Final = 128
LONGEST_NAME: Final = 200
_BOOK = "Pricebook2"


@dataclass(frozen=True, slots=True)
class Entry:
    """A rule in the form of the API, and the row that it is from."""

    rule: dict[str, Any]
    place: str


@dataclass(slots=True)
class Book:
    """A price book.

    Attributes:
        active: whether the data set sells by it; one that is not stays a draft.
        entries: its rules, by their keys.
    """

    key: str
    name: str
    active: bool
    entries: list[Entry] = field(default_factory=list)
    _keys: set[str] = field(default_factory=set)

    def add(self, place: str, *named: str | None, **rule: Any) -> None:
        """Adds a rule; its key is made of the words that name it."""
        stem = fitting.key(" / ".join(one for one in named if one), fitting.LONGEST_KEY - 8)
        key, at = stem, 1
        while key in self._keys:
            at += 1
            key = f"{stem} #{at}"
        self._keys.add(key)
        self.entries.append(Entry({"key": key, **rule}, place))

    def document(self, source: str) -> dict[str, Any]:
        """The document; its rules stand by their keys, whatever the order of the rows."""
        return {
            "key": self.key,
            "name": self.name,
            "source": fitting.line(source)[:LONGEST_SOURCE],
            "rules": [one.rule for one in self.sorted()],
        }

    def sorted(self) -> list[Entry]:
        """The rules in the order of the document."""
        return sorted(self.entries, key=lambda one: str(one.rule["key"]))


class Shelf:
    """The books of a data set.

    With several price books the rules of each are only for documents that name it. With one, they
    are for all documents.
    """

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self._books: dict[str, Book] = {}
        self.rows = list(tables.rows(_BOOK, "Name"))
        self.several = len(self.rows) > 1

    def of(self, row: Row, *bases: str) -> Row:
        """The price book that a row is of. Raises `Unread`."""
        for base in bases:
            found = self._tables.one(row, base, _BOOK)
            if found is not None:
                return found
        raise Unread(bases[0], "The row names no price book.")

    def named(self, book: Row) -> str:
        """What people call a price book."""
        return _name(book.first("Name", "Id"))

    def scope(self, book: Row) -> str | None:
        """The price book that documents must name; None: its rules are for all."""
        return self.named(book) if self.several else None

    def days(self, book: Row) -> Days:
        """The days on which a price book holds. Raises `Unread`."""
        return days(book, "ValidFrom", "ValidTo")

    def book(self, book: Row) -> Book:
        """The document of a price book."""
        return self.get(self.named(book), active=book.flag("IsActive", otherwise=True))

    def beside(self, book: Row, name: str) -> Book:
        """The document of what is not active in a price book, such as a schedule: a draft."""
        return self.get(_name(f"{self.named(book)} - {name}"), active=False)

    def get(self, name: str, *, active: bool) -> Book:
        """The document of that name."""
        return self._books.setdefault(name, Book(fitting.key(name), name, active))

    def documents(self) -> Iterator[Book]:
        """All documents with rules, those that are too long in parts."""
        for book in self._books.values():
            entries = book.sorted()
            for at in range(0, len(entries), MOST_RULES):
                part = at // MOST_RULES + 1
                if part == 1:
                    yield Book(book.key, book.name, book.active, entries[:MOST_RULES])
                else:
                    key = f"{fitting.key(book.key, fitting.LONGEST_KEY - 8)} #{part}"
                    chosen = entries[at : at + MOST_RULES]
                    yield Book(key, book.name, book.active, chosen)


def _name(said: str) -> str:
    return fitting.name(said)[:LONGEST_NAME].strip()
