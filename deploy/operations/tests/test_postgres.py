"""The embedded PostgreSQL: roles, survival, and what it leaves behind."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncpg
import psutil
import pytest

from operations.postgres import EmbeddedPostgres, ExternalPostgres, RolePasswords
from operations.process import StartupError, free_port

UNSAFE_BUT_FAST = {"fsync": "off", "full_page_writes": "off"}
AWKWARD = RolePasswords(owner="o'wner", app="a/p@p:1", platform='pl"at form')


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedPostgres]:
    place = tmp_path_factory.mktemp("a place with blanks") / "data"
    postgres = EmbeddedPostgres(place, free_port(), UNSAFE_BUT_FAST)
    postgres.start()
    postgres.provision("crm", AWKWARD)
    yield postgres
    postgres.stop("immediate")


def ask(url: str, question: str) -> list[Any]:
    async def answer() -> list[Any]:
        connection = await asyncpg.connect(url)
        try:
            return [tuple(row) for row in await connection.fetch(question)]
        finally:
            await connection.close()

    return asyncio.run(answer())


def test_three_roles_share_the_database_and_none_can_bypass_row_security(
    server: EmbeddedPostgres,
) -> None:
    rows = ask(
        server.superuser_url("crm"),
        "SELECT rolname, rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb, rolcanlogin "
        "FROM pg_roles WHERE rolname LIKE 'crm%' ORDER BY rolname",
    )

    assert rows == [
        ("crm_app", False, True),
        ("crm_owner", False, True),
        ("crm_platform", False, True),
    ]


@pytest.mark.parametrize("role", ["owner", "app", "platform"])
def test_each_role_enters_with_its_own_password(server: EmbeddedPostgres, role: str) -> None:
    url = server.url("crm", f"crm_{role}", getattr(AWKWARD, role))

    assert ask(url, "SELECT current_user, current_database()") == [(f"crm_{role}", "crm")]


def test_a_wrong_password_does_not_enter(server: EmbeddedPostgres) -> None:
    with pytest.raises(asyncpg.InvalidPasswordError):
        ask(server.url("crm", "crm_app", "guess"), "SELECT 1")


def test_only_the_owner_may_create_tables(server: EmbeddedPostgres) -> None:
    ask(server.url("crm", "crm_owner", AWKWARD.owner), "CREATE TABLE mine (id int)")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        ask(server.url("crm", "crm_app", AWKWARD.app), "CREATE TABLE not_mine (id int)")


def test_databases_sort_alike_on_every_machine(server: EmbeddedPostgres) -> None:
    rows = ask(
        server.superuser_url("crm"),
        "SELECT pg_encoding_to_char(encoding), datlocprovider, datlocale FROM pg_database "
        "WHERE datname = 'crm'",
    )

    assert rows == [("UTF8", b"b", "C.UTF-8")]


def test_the_contrib_modules_that_services_need_are_there(server: EmbeddedPostgres) -> None:
    owner = server.url("crm", "crm_owner", AWKWARD.owner)
    for extension in ("btree_gist", "pg_trgm"):
        ask(owner, f"CREATE EXTENSION IF NOT EXISTS {extension}")


def test_provisioning_again_renews_the_passwords(server: EmbeddedPostgres) -> None:
    server.provision("erp", RolePasswords("old", "old", "old"))
    server.provision("erp", RolePasswords("new", "new", "new"))

    assert ask(server.url("erp", "erp_app", "new"), "SELECT 1") == [(1,)]


def test_a_server_of_ones_own_is_provisioned_the_same_way(server: EmbeddedPostgres) -> None:
    external = ExternalPostgres(server.superuser_url())
    external.provision("cpq", RolePasswords("o", "a", "p"))

    assert ask(external.url("cpq", "cpq_app", "a"), "SELECT current_user") == [("cpq_app",)]


def test_a_second_launcher_is_refused(server: EmbeddedPostgres) -> None:
    second = EmbeddedPostgres(server.data_directory, free_port())
    with pytest.raises(StartupError, match="Another Tradewind process"):
        second.start()


def test_what_was_committed_survives_a_kill(tmp_path: Path) -> None:
    postgres = EmbeddedPostgres(tmp_path / "data", free_port())
    postgres.start()
    try:
        ask(postgres.superuser_url(), "CREATE TABLE kept AS SELECT 42 AS answer")
        postgres.kill()
        assert not postgres.running

        postgres.start()

        assert ask(postgres.superuser_url(), "SELECT answer FROM kept") == [(42,)]
    finally:
        postgres.stop()


def test_a_server_left_by_a_killed_launcher_is_taken_over(tmp_path: Path) -> None:
    port = free_port()
    launcher = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import time; from pathlib import Path; from operations.postgres import *; "
            f"p = EmbeddedPostgres(Path({str(tmp_path / 'data')!r}), {port}); "
            "p.start(); print(p.process.pid, flush=True); time.sleep(600)",
        ],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert launcher.stdout is not None
    left_behind = int(launcher.stdout.readline())
    os.kill(launcher.pid, signal.SIGKILL)
    launcher.wait()
    launcher.stdout.close()

    postgres = EmbeddedPostgres(tmp_path / "data", port)
    postgres.start()
    try:
        assert postgres.process.pid != left_behind
        assert ask(postgres.superuser_url(), "SELECT 1") == [(1,)]
    finally:
        postgres.stop()


def test_a_record_that_names_an_unrelated_process_does_not_block_the_start(
    tmp_path: Path,
) -> None:
    postgres = EmbeddedPostgres(tmp_path / "data", free_port(), UNSAFE_BUT_FAST)
    postgres.start()
    record = tmp_path / "data" / "postmaster.pid"
    content = record.read_text().splitlines()
    postgres.kill()
    # As after a reboot: the number now belongs to somebody else, here to ourselves.
    record.write_text("\n".join([str(os.getpid()), *content[1:]]) + "\n")

    postgres.start()
    postgres.stop()


def test_a_taken_port_is_told_in_plain_words(server: EmbeddedPostgres, tmp_path: Path) -> None:
    with pytest.raises(StartupError, match=rf"Port {server.port} .*TRADEWIND_PORT_OFFSET"):
        EmbeddedPostgres(tmp_path / "data", server.port).start()


def test_nothing_runs_as_root(server: EmbeddedPostgres) -> None:
    assert psutil.Process(server.process.pid).uids().effective != 0
