"""Every table of every service is behind row-level security, or says why not.

The database's own catalogue is asked, not the models: what counts is what is there.
"""

import asyncpg
import pytest

from servicekit.migrations import runner
from servicekit.migrations.platform import MACHINERY_TABLES
from servicekit.service import Service
from servicekit.testing.postgres import Databases, MakesDatabases
from servicekit.testing.probe.service import service as probe

OWN_ROWS = "(tenant = NULLIF(current_setting('app.tenant'::text, true), ''::text))"

# Tables without a tenant's border for the application role, and why that is right.
WITHOUT_A_BORDER = {
    "alembic_version": "names the schema's revision; holds no tenant's data",
    "platform_consumer_offset": "where a consumer stands in a partition, which mixes tenants",
    "platform_aggregate_mark": "sequence numbers only; a batch reads those of several tenants",
    "platform_relay_log": "where the broker's logs end; the application role has no right on it",
    "platform_replay": "requests of operators; the application role has no right on it",
}
# Seals have no tenant of their own: they are seen where the entry that they seal is.
SEALS = (
    "(EXISTS ( SELECT\n   FROM platform_audit_entry e\n"
    "  WHERE (e.id = platform_audit_seal.entry_id)))"
)

TABLES = """
SELECT c.relname AS name, c.relrowsecurity AS enabled, c.relforcerowsecurity AS forced,
       pg_get_userbyid(c.relowner) AS owner,
       EXISTS (SELECT 1 FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'tenant'
                  AND a.attnotnull AND NOT a.attisdropped) AS has_tenant,
       coalesce((SELECT a.attname FROM pg_index i JOIN pg_attribute a
                     ON a.attrelid = c.oid AND a.attnum = i.indkey[0]
                  WHERE i.indrelid = c.oid AND i.indisprimary), '') AS first_key,
       has_any_column_privilege($1, c.oid, 'SELECT, INSERT, UPDATE')
           OR has_table_privilege($1, c.oid, 'DELETE, TRUNCATE') AS usable
  FROM pg_class c
 WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace
 ORDER BY 1
"""
POLICIES = """
SELECT tablename AS name, policyname, roles::text[] AS roles, cmd, qual, with_check
  FROM pg_policies WHERE schemaname = 'public'
"""
FOREIGN_KEYS = """
SELECT conrelid::regclass::text AS name, conname,
       ARRAY(SELECT attname::text FROM pg_attribute
              WHERE attrelid = conrelid AND attnum = ANY(conkey)) AS columns
  FROM pg_constraint WHERE contype = 'f' AND connamespace = 'public'::regnamespace
"""
NUMBERS = """
SELECT table_name AS name, column_name
  FROM information_schema.columns
 WHERE table_schema = 'public'
   AND (data_type IN ('real', 'double precision', 'money', 'timestamp without time zone')
        OR (data_type = 'numeric' AND numeric_precision IS NULL))
"""


async def faults(connection: asyncpg.Connection, service: str) -> list[str]:
    """Everything in a migrated database that a tenant's border could leak through."""
    app, platform = f"{service}_app", f"{service}_platform"
    found = []
    policies = await connection.fetch(POLICIES)
    for table in await connection.fetch(TABLES, app):
        name = table["name"]
        if table["owner"] != f"{service}_owner":
            found.append(f"{name} is owned by {table['owner']}")
        bordered = [
            policy
            for policy in policies
            if policy["name"] == name and set(policy["roles"]) & {app, "public"}
        ]
        if name in WITHOUT_A_BORDER:
            if MACHINERY_TABLES.get(name, "used") is None and table["usable"]:
                found.append(f"{name} is open to {app}, but should be closed")
            continue
        if name == "platform_audit_seal":
            stops = [(policy["cmd"], policy["qual"]) for policy in bordered] == [("SELECT", SEALS)]
            if table["usable"] and not stops:
                found.append(f"{name} is open to {app}, but should stop at the tenant's entries")
            continue
        if not table["has_tenant"]:
            found.append(f"{name} has no tenant column")
        if not (table["enabled"] and table["forced"]):
            found.append(f"{name} does not force row-level security")
        if not bordered:
            found.append(f"{name} has no policy")
        found += [
            f"{name}: policy {policy['policyname']} is not the tenant's border"
            for policy in bordered
            if policy["qual"] != OWN_ROWS or policy["with_check"] != OWN_ROWS
        ]
        if name.startswith("platform_"):
            continue
        if table["first_key"] != "tenant":
            found.append(f"{name}: its primary key does not begin with the tenant")
        if await connection.fetchval(
            "SELECT has_any_column_privilege($1, $2::text, 'SELECT, INSERT, UPDATE') "
            "OR has_table_privilege($1, $2::text, 'DELETE, TRUNCATE')",
            platform,
            name,
        ):
            found.append(f"{name}: {platform} has rights on a business table")
    found += [
        f"{key['name']}: foreign key {key['conname']} leaves the tenant out"
        for key in await connection.fetch(FOREIGN_KEYS)
        if "tenant" not in key["columns"]
    ]
    found += [
        f"{column['name']}.{column['column_name']} is not exact"
        for column in await connection.fetch(NUMBERS)
    ]
    return found


@pytest.mark.parametrize("name", ["crm", "erp", "cpq"])
async def test_every_table_keeps_tenants_apart(
    name: str, services: dict[str, Service], databases: Databases
) -> None:
    async with databases.of(services[name]) as database, database.superuser() as everything:
        assert await faults(everything, name) == []


@pytest.mark.parametrize("name", ["crm", "erp", "cpq"])
async def test_models_and_migrations_agree(
    name: str, services: dict[str, Service], databases: Databases
) -> None:
    async with databases.of(services[name]) as database:
        assert await runner.current(database.addresses.app) == runner.head(services[name])
        await runner.check(services[name], database.addresses.owner)


@pytest.mark.parametrize("name", ["crm", "erp", "cpq"])
async def test_no_role_of_a_service_escapes_row_level_security(
    name: str, services: dict[str, Service], databases: Databases
) -> None:
    async with databases.of(services[name]) as database, database.superuser() as everything:
        rows = await everything.fetch(
            "SELECT rolname FROM pg_roles WHERE rolname LIKE $1 AND (rolsuper OR rolbypassrls "
            "OR rolcreaterole OR rolcreatedb)",
            f"{name}\\_%",
        )
        assert [row["rolname"] for row in rows] == []


@pytest.mark.parametrize(
    ("statement", "fault"),
    [
        (
            "CREATE TABLE probe_stray (tenant text NOT NULL, id uuid, PRIMARY KEY (tenant, id))",
            "probe_stray does not force row-level security",
        ),
        ("CREATE TABLE probe_stray (id uuid PRIMARY KEY)", "probe_stray has no tenant column"),
        (
            "ALTER TABLE probe_note NO FORCE ROW LEVEL SECURITY",
            "probe_note does not force row-level security",
        ),
        ("DROP POLICY tenant_rows ON probe_note", "probe_note has no policy"),
        (
            "CREATE POLICY leak ON probe_note USING (true)",
            "probe_note: policy leak is not the tenant's border",
        ),
        (
            "GRANT SELECT ON probe_note TO probe_platform",
            "probe_note: probe_platform has rights on a business table",
        ),
        (
            "GRANT SELECT ON platform_audit_seal TO probe_app",
            "platform_audit_seal is open to probe_app, but should stop at the tenant's entries",
        ),
        ("ALTER TABLE probe_note OWNER TO probe_app", "probe_note is owned by probe_app"),
        ("ALTER TABLE probe_note ADD weight float", "probe_note.weight is not exact"),
        ("ALTER TABLE probe_note ADD weight numeric", "probe_note.weight is not exact"),
        (
            "ALTER TABLE probe_note ADD UNIQUE (id); ALTER TABLE probe_remark "
            "ADD CONSTRAINT short FOREIGN KEY (note_id) REFERENCES probe_note (id)",
            "probe_remark: foreign key short leaves the tenant out",
        ),
    ],
)
async def test_a_leak_is_caught(
    service_database: MakesDatabases, statement: str, fault: str
) -> None:
    """The control: the probe is clean, and each leak is named."""
    database = await service_database(probe)
    async with database.superuser() as everything:
        await everything.execute("SET ROLE NONE")
        assert await faults(everything, "probe") == []
        await everything.execute(statement)
        assert fault in await faults(everything, "probe")


def test_every_exception_has_a_reason() -> None:
    assert all(len(reason) > 20 for reason in WITHOUT_A_BORDER.values())
