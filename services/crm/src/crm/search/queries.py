"""Finding customers and people by words."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, select, text
from sqlalchemy.orm import aliased

from crm.search.models import Entry
from crm.search.rules import MOST_WORDS, NothingIsSearched, as_number
from servicekit.uow import ReadSession, UnitOfWork

Match = Literal["exact", "prefix", "near"]
Found = tuple[str, UUID]

_BEYOND = "\U0010ffff"

_READ = text("""
SELECT word, array(SELECT search_variants(word))
  FROM search_words(:query) WITH ORDINALITY AS said (word, place)
 ORDER BY strpos(search_folded(:query), word) LIMIT :most
""")

_TITLES = text("""
SELECT 'customer', id, name, number, active FROM customers_customer
 WHERE tenant = :tenant AND id = ANY(:customers)
UNION ALL
SELECT 'person', person.id, person.name,
       (SELECT customer.name FROM customers_contact contact
          JOIN customers_customer customer
            ON customer.tenant = :tenant AND customer.id = contact.customer_id
         WHERE contact.tenant = :tenant AND contact.person_id = person.id
         ORDER BY contact.ends_on DESC NULLS FIRST, contact.id LIMIT 1), person.active
  FROM people_person person WHERE person.tenant = :tenant AND person.id = ANY(:people)
""")


@dataclass(frozen=True, slots=True)
class Hit:
    """Something found: its kind and id, what it is called, and how well the words fit."""

    kind: str
    id: UUID
    name: str
    detail: str | None
    active: bool
    match: Match


async def search(
    reads: ReadSession | UnitOfWork, query: str, *, kind: str | None, limit: int
) -> list[Hit]:
    """What bears all the words of `query`: as they are, then the last one begun, then nearly.

    At most `limit` hits; each step is taken only while there are too few. Raises
    NothingIsSearched when there is no word in it.
    """
    number = as_number(query)
    said = [(number, [number])] if number else await _read(reads, query)
    if not said:
        raise NothingIsSearched("There is no letter or digit in it.", field="query.q")
    found: dict[Found, Match] = {}
    steps: tuple[Match, ...] = ("exact", "near") if number else ("exact", "prefix", "near")
    for match in steps:
        if len(found) >= limit or (match == "near" and number):
            break
        statement = _matching(reads.tenant, said, match, kind, limit)
        for row in await reads.session.execute(statement):
            found.setdefault((row[0], row[1]), match)
    return await _titled(reads, list(found.items())[:limit])


async def _read(reads: ReadSession | UnitOfWork, query: str) -> list[tuple[str, list[str]]]:
    rows = await reads.session.execute(_READ, {"query": query, "most": MOST_WORDS})
    return [(row[0], list(row[1])) for row in rows]


def _matching(
    tenant: str,
    said: Sequence[tuple[str, list[str]]],
    match: Match,
    kind: str | None,
    limit: int,
) -> Select[str, UUID]:
    # Only comparisons that the database knows to leak nothing: others would not use an index
    # under row-level security (docs/decisions/0193).
    first = aliased(Entry)
    statement = select(first.kind, first.record_id)
    for place, (word, variants) in enumerate(said):
        entry = first if place == 0 else aliased(Entry)
        fits: list[ColumnElement[bool]] = [entry.tenant == tenant]
        if match == "near":
            fits.append(entry.word.in_(variants))
        elif match == "prefix" and place == len(said) - 1:
            fits += [entry.word >= word, entry.word < word + _BEYOND, entry.near.is_(False)]
        else:
            fits += [entry.word == word, entry.near.is_(False)]
        if place == 0:
            statement = statement.where(*fits)
        else:
            same = (entry.kind == first.kind, entry.record_id == first.record_id)
            statement = statement.join(entry, and_(*same, *fits))
    if kind is not None:
        statement = statement.where(first.kind == kind)
    exactness = func.bool_or(first.near)
    return (
        statement.group_by(first.kind, first.record_id)
        .order_by(exactness, first.kind, first.record_id)
        .limit(limit)
        if match == "near"
        else statement.distinct().order_by(first.kind, first.record_id).limit(limit)
    )


async def _titled(
    reads: ReadSession | UnitOfWork, found: Sequence[tuple[Found, Match]]
) -> list[Hit]:
    ids: dict[str, list[UUID]] = {"customer": [], "person": []}
    for (kind, record_id), _ in found:
        ids[kind].append(record_id)
    rows = await reads.session.execute(
        _TITLES, {"tenant": reads.tenant, "customers": ids["customer"], "people": ids["person"]}
    )
    titles = {(row[0], row[1]): row for row in rows}
    return [
        Hit(
            kind=key[0],
            id=key[1],
            name=titles[key][2],
            detail=titles[key][3],
            active=titles[key][4],
            match=match,
        )
        for key, match in found
        if key in titles
    ]
