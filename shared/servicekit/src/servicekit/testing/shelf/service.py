"""The shelf: books, with a law or two, and addresses that misbehave on request."""

import asyncio
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, Self
from uuid import UUID

from fastapi import Depends
from pydantic import Field
from sqlalchemy import MetaData, UniqueConstraint, select, text
from sqlalchemy.orm import Mapped

from servicekit.errors import Fault, NotFound, RuleBroken
from servicekit.http import (
    BULK_BODY_BYTES,
    AmountIn,
    AmountOut,
    BulkIn,
    BulkOut,
    Caller,
    Code,
    CurrencyCode,
    DayIn,
    EventStream,
    IfMatch,
    In,
    InstantIn,
    Listing,
    LiveEvent,
    LiveStream,
    Name,
    Out,
    Page,
    PageOut,
    Reading,
    Reads,
    RowOutcome,
    SliceRouter,
    Writes,
    choice,
    each_row,
    prefixed,
)
from servicekit.service import Service
from servicekit.tables import NAMING, Amount, Identified, ServiceBase, Versioned
from servicekit.uow import ReadSession


class BookNotFound(NotFound):
    code = "book-not-found"
    title = "There is no such book on this shelf"
    hint = "List the books to see what there is."


class IsbnIsTaken(RuleBroken):
    code = "isbn-is-taken"
    title = "A shelf holds one book of an ISBN"
    hint = "Change the book that is there."


class Base(ServiceBase):
    __abstract__ = True

    metadata = MetaData(naming_convention=NAMING)


class Book(Identified, Versioned, Base):
    """A book. Its title is unique too, but no refusal says so."""

    __tablename__ = "shelf_book"
    __table_args__ = (UniqueConstraint("tenant", "isbn"), UniqueConstraint("tenant", "title"))
    __missing__ = BookNotFound
    __refusals__: ClassVar = {
        "uq_shelf_book_tenant_isbn": lambda: IsbnIsTaken("another book has it", field="isbn")
    }

    title: Mapped[str]
    isbn: Mapped[str]
    pages: Mapped[int | None]
    price: Mapped[Amount]
    language: Mapped[str]
    published_on: Mapped[date | None]


class ShelfIn(In):
    row: int
    label: Code


class BookIn(In):
    title: Name
    isbn: Code
    price: AmountIn = Decimal(0)
    currency: CurrencyCode = "EUR"
    pages: int | None = None
    language: Literal["en", "de", "fr"] = "en"
    published_on: DayIn | None = None
    seen_at: InstantIn | None = None
    shelves: Annotated[list[ShelfIn], Field(max_length=5)] = []  # noqa: RUF012  pydantic copies it


class BookPatch(In):
    title: Name | None = None
    price: AmountIn | None = None


class BooksAskedIn(In):
    isbns: Annotated[list[Code], Field(max_length=1000)]


class BookOut(Out):
    id: UUID
    title: str
    isbn: str
    pages: int | None
    price: AmountOut
    language: str
    published_on: date | None
    version: int

    @classmethod
    def of(cls, book: Book) -> Self:
        return cls.model_validate(book)


LISTING = Listing(
    Book,
    sorts={
        "created_at": Book.created_at,
        "title": Book.title,
        "pages": Book.pages,
        "price": Book.price,
        "published_on": Book.published_on,
    },
    filters={
        "title": prefixed(Book.title),
        "language": choice(Book.language, ("en", "de", "fr")),
        "pages": Book.pages,
        "price": Book.price,
        "published_on": Book.published_on,
        "created_at": Book.created_at,
        "id": Book.id,
    },
    default_sort="-created_at",
)

router = SliceRouter(prefix="/v1/books", tags=["books"])


async def _shelve(uow: Writes, body: BookIn) -> Book:
    book = Book(
        id=uow.new_id(),
        title=body.title,
        isbn=body.isbn,
        pages=body.pages,
        price=body.price,
        language=body.language,
        published_on=body.published_on,
    )
    uow.add(book)
    await uow.flush()
    uow.audit("shelf.book-created", "book", book.id, {"isbn": body.isbn})
    return book


@router.post("", permission="shelf.books.write", status_code=201, refusals=(IsbnIsTaken,))
async def create_book(body: BookIn, uow: Writes) -> BookOut:
    """Put a book on the shelf."""
    return BookOut.of(await _shelve(uow, body))


@router.post("/bulk", permission="shelf.books.write", max_body_bytes=BULK_BODY_BYTES)
async def create_books(body: BulkIn[BookIn], uow: Writes) -> BulkOut:
    """Put many books on the shelf."""

    async def work(row: BookIn) -> RowOutcome:
        known = await uow.session.scalar(select(Book.id).where(Book.isbn == row.isbn))
        if known is not None:
            return RowOutcome(known, created=False)
        return RowOutcome((await _shelve(uow, row)).id, created=True)

    return await each_row(uow, body, work)


@router.patch("/{book_id}", permission="shelf.books.write", refusals=(BookNotFound,))
async def change_book(book_id: UUID, body: BookPatch, expected: IfMatch, uow: Writes) -> BookOut:
    """Change a book."""
    book = await uow.lock(Book, book_id, expected=expected)
    if body.title is not None:
        book.title = body.title
    if body.price is not None:
        book.price = body.price
    await uow.flush()
    return BookOut.of(book)


@router.delete("/{book_id}", permission="shelf.books.delete", refusals=(BookNotFound,))
async def remove_book(book_id: UUID, uow: Writes) -> None:
    """Take a book off the shelf."""
    await uow.session.delete(await uow.lock(Book, book_id))


@router.get("", permission="shelf.books.read")
async def books(page: Annotated[Page, Depends(LISTING)], reads: Reads) -> PageOut[BookOut]:
    """The books on the shelf."""
    return PageOut.of(await page.fetch(reads, select(Book)), BookOut.of)


class BooksFoundOut(Out):
    version: int
    found: list[BookOut]


@router.query("/find", permission="shelf.books.read", refusals=(BookNotFound,))
async def find_books(body: BooksAskedIn, reading: Reading) -> BooksFoundOut:
    """The books with these numbers, however many are asked for."""
    async with reading() as reads:
        rows = await reads.session.scalars(select(Book).where(Book.isbn.in_(body.isbns)))
        found = [BookOut.of(row) for row in rows]
    missing = set(body.isbns) - {each.isbn for each in found}
    if missing:
        faults = [
            Fault(f"isbns.{at}", f"no book has the number {isbn}")
            for at, isbn in enumerate(body.isbns)
            if isbn in missing
        ]
        raise BookNotFound("Some of the books are not on the shelf", faults=faults)
    return BooksFoundOut(version=1, found=found)


@router.get("/{book_id}", permission="shelf.books.read", refusals=(BookNotFound,))
async def book(book_id: UUID, reads: Reads) -> BookOut:
    """One book."""
    return BookOut.of(await reads.get(Book, book_id))


@router.get("/stream", permission="shelf.books.read")
async def stream_books(stream: LiveStream) -> EventStream:
    """Books as they are put on the shelf."""

    async def since(reads: ReadSession, last: str | None) -> Sequence[LiveEvent]:
        statement = select(Book).order_by(Book.id)
        if last is not None:
            statement = statement.where(Book.id > UUID(last))
        found = (await reads.session.scalars(statement)).all()
        return [LiveEvent(str(row.id), "book", BookOut.of(row)) for row in found]

    return await stream.open(since, every=0.05)


oddities = SliceRouter(prefix="/v1/oddities", tags=["oddities"])


class Echo(Out):
    said: str


@oddities.get("/me", permission="shelf.oddities.read")
async def me(caller: Caller) -> Echo:
    """Who I am."""
    return Echo(said=f"{caller.tenant}/{caller.subject}")


@oddities.get("/bug", permission="shelf.oddities.read")
async def bug() -> Echo:
    """A mistake of ours."""
    raise ZeroDivisionError("secret-internals")


@oddities.get("/slow", permission="shelf.oddities.read")
async def slow(seconds: int = 1) -> Echo:
    """Takes its time."""
    await asyncio.sleep(seconds)
    return Echo(said="at last")


@oddities.post("/sql", permission="shelf.oddities.write")
async def run_sql(body: dict[str, Any], uow: Writes) -> Echo:
    """Runs a statement, to see what its failure looks like."""
    await uow.session.execute(text(str(body["sql"])), body.get("parameters") or {})
    return Echo(said="done")


@oddities.post("/unflushed/{book_id}", permission="shelf.oddities.write")
async def unflushed(book_id: UUID, uow: Writes) -> BookOut:
    """Renders before it flushes, which the edge catches."""
    found = await uow.get(Book, book_id)
    found.pages = (found.pages or 0) + 1
    return BookOut.of(found)


service = Service(
    name="shelf",
    title="Shelf",
    version="0.0.0",
    base=Base,
    routers=(router, oddities),
    roles={
        "admin": frozenset({"*"}),
        "editor": frozenset({"shelf.books.read", "shelf.books.write"}),
        "reader": frozenset({"shelf.books.read"}),
        "curator": frozenset({"shelf.books.*"}),
    },
    migrations=Path(__file__).parent / "migrations",
)
