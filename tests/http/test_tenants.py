"""Two tenants with the same data never see each other's rows, on any address of any service."""

import asyncio
import contextlib
import importlib
from typing import Any

import pytest
from schemathesis import GenerationMode
from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import DBAPIError

from servicekit.errors import Refusal
from servicekit.service import Service
from servicekit.testing.fuzz import Fuzz, is_uuid, members
from servicekit.testing.hearing import hear_examples, identifiers
from servicekit.testing.http import Api
from servicekit.testing.postgres import Databases, ServiceDatabase
from servicekit.testing.principals import principal
from servicekit.testing.serving import listening

pytestmark = [
    pytest.mark.long,
    pytest.mark.timeout(1_200),
    pytest.mark.filterwarnings("ignore"),
]

FACES = {"crm": "crm.app", "erp": "erp.app", "cpq": "cpq.app"}
SHELF = "servicekit.testing.shelf.service"


def available(module: str) -> Service:
    try:
        found: Service = importlib.import_module(module).service
    except ModuleNotFoundError as error:
        pytest.skip(f"{module} cannot be imported: {error}")
    return found


@pytest.mark.parametrize("module", [SHELF, *FACES.values()], ids=["shelf", *FACES])
async def test_a_tenant_never_sees_anothers_rows(
    databases: Databases, module: str, likely: dict[str, list[Any]]
) -> None:
    async with (
        databases.of(available(module)) as database,
        Api.of(database, request_timeout_seconds=20) as api,
        listening(api.app) as address,
    ):
        own_words = likely if module == FACES["cpq"] else None
        owner, stranger = api.signed_in(tenant="owner"), api.signed_in(tenant="stranger")
        theirs, same, own = (
            Fuzz(owner, address, likely=own_words),
            Fuzz(stranger, address, likely=own_words),
            Stranger(stranger, address),
        )
        positive = (GenerationMode.POSITIVE,)
        heard: set[str] = set()
        for fuzz, tenant in ((theirs, "owner"), (same, "stranger")):
            events = await hear_examples(database, tenant)
            for name, value in identifiers(events):
                fuzz.remember(name, value)
            for event in events:
                heard |= {value for _, value in members(event.model_dump(mode="json"))}
            assert not await asyncio.to_thread(fuzz.run, positive * 2)
        # Both hear the same events, and the generator makes up the same identifiers for both;
        # those are no secrets.
        secrets = {value for values in theirs.known.values() for value in values}
        secrets -= theirs.made_up | same.made_up | heard
        # The shelf makes few things, and how many depends on what the generator thinks of.
        assert len(secrets) > 2, "the owner has too little to hide"
        own.known, own.secrets = theirs.known, secrets
        assert not await asyncio.to_thread(own.run, positive)
        assert own.refused > 5
        await the_database_keeps_the_border_by_itself(database)


async def test_the_trial_notices_a_table_without_its_policy(databases: Databases) -> None:
    async with databases.of(available(SHELF)) as database, Api.of(database) as api:
        for tenant in ("owner", "stranger"):
            book = {"title": "Dune", "isbn": "1"}
            await api.signed_in(tenant=tenant).post("/v1/books", book)
        await the_database_keeps_the_border_by_itself(database)
        async with database.superuser() as superuser:
            await superuser.execute("ALTER TABLE shelf_book DISABLE ROW LEVEL SECURITY")
        with pytest.raises(AssertionError, match="shelf_book"):
            await the_database_keeps_the_border_by_itself(database)


class Stranger(Fuzz):
    """Asks for everything that somebody else owns."""

    secrets: set[str]
    refused = 0

    def _send(self, case: Any, mode: GenerationMode) -> None:
        self._use_what_is_known(case)
        sent = set((case.path_parameters or {}).values())
        sent |= {value for _, value in members(case.body)}
        answer = case.call(base_url=self.address, headers=dict(self.headers), timeout=30)
        if answer.content == b"Invalid HTTP request received.":
            return
        curl = case.as_curl_command()
        is_json = "json" in answer.headers.get("content-type", [""])[0]
        body = answer.json() if answer.content and is_json else None
        assert answer.status_code < 500, f"{answer.status_code} {answer.content[:4000]!r}\n{curl}"
        asked_for = set((case.path_parameters or {}).values()) & self.secrets
        if asked_for:
            assert answer.status_code >= 400, (
                f"{answer.status_code} {answer.content[:4000]!r}\n{curl}"
            )
            self.refused += 1
        shown = {value for _, value in members(body) if is_uuid(value)} & self.secrets
        # Files are searched as they are; what they pack or draw came from the same queries.
        if not is_json:
            shown |= {secret for secret in self.secrets if secret.encode() in answer.content}
        assert shown <= sent, f"another tenant's {shown - sent}\n{answer.content[:4000]!r}\n{curl}"

    def _remember(self, path: str, body: Any) -> None:
        """Learns nothing of its own."""


async def the_database_keeps_the_border_by_itself(database: ServiceDatabase) -> None:
    """Statements that forget the tenant reach the caller's rows and no others."""
    async with database.superuser() as everybody:
        for table in database.service.metadata.sorted_tables:
            if "tenant" not in table.c:
                continue
            count = f"SELECT count(*) FROM {table.name} WHERE tenant = $1"
            expected = await everybody.fetchval(count, "stranger")
            async with database.app.reading(principal("stranger")) as reads:
                rows = (await reads.session.execute(select(table.c.tenant))).scalars().all()
            assert set(rows) <= {"stranger"}, table.name
            assert len(rows) == expected, table.name
            await _unfiltered_writes(database, table, expected)
            async with database.app.reading(principal("nobody")) as reads:
                found = await reads.session.scalar(select(func.count()).select_from(table))
            assert found == 0, table.name


async def _unfiltered_writes(database: ServiceDatabase, table: Any, expected: int) -> None:
    for statement in (update(table).values(tenant="stranger"), delete(table)):
        reached = 0
        # Append-only tables refuse altogether, which is as good; nothing is kept either way.
        with contextlib.suppress(DBAPIError, Refusal, TakenBackError):
            async with database.app.unit_of_work(principal("stranger")) as uow:
                result: Any = await uow.session.execute(statement)
                reached = result.rowcount
                raise TakenBackError
        assert reached <= expected, table.name


class TakenBackError(Exception):
    """Rolls a trial back."""
