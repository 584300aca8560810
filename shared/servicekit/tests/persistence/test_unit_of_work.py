"""The unit of work on a real database."""

import pytest
from sqlalchemy import select

from servicekit.errors import Stale
from servicekit.testing import principal
from servicekit.testing.postgres import ServiceDatabase
from servicekit.testing.probe.service import Note, NoteNotFound, TitleIsTaken, service


async def test_what_a_unit_of_work_adds_is_there_afterwards(database: ServiceDatabase) -> None:
    async with database.app.unit_of_work(principal()) as uow:
        note = Note(title="first")
        uow.add(note)
    assert note.version == 1
    async with database.app.reading(principal()) as reads:
        found = await reads.get(Note, note.id)
        assert (found.title, found.created_at) == ("first", database.clock.now())
