"""Guards that a migration puts on a table: the tenant's border, the grants, append-only."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol

from sqlalchemy import text

TENANT = "nullif(current_setting('app.tenant', true), '')"


class Operations(Protocol):
    """What the guards need of `alembic.op`."""

    def execute(self, sqltext: str) -> None: ...

    def get_context(self) -> Any: ...

    def get_bind(self) -> Any: ...


def service_of(op: Operations) -> str:
    """The service whose database is being migrated; roles and grants are named after it."""
    service = op.get_context().opts.get("service")
    if not isinstance(service, str):
        raise RuntimeError("migrations run through servicekit.migrations.environment.run")
    return service


def secure_table(op: Operations, *tables: str) -> None:
    """Put tables behind row-level security and let the application role use them.

    Every statement of every role but a superuser then sees and writes only rows whose `tenant` is
    the transaction's `app.tenant`; without one it sees nothing. Forced, so that the owner is no
    exception.
    """
    role = f"{service_of(op)}_app"
    for table in tables:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY tenant_rows ON {table} "
            f"USING (tenant = {TENANT}) WITH CHECK (tenant = {TENANT})"
        )
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO {role}")


def append_only(op: Operations, *tables: str) -> None:
    """Make the database refuse UPDATE, DELETE and TRUNCATE on tables, whoever asks.

    The trigger is ENABLE ALWAYS, so a session in replication role is refused as well. Call it
    after `secure_table`: it takes those grants away again.
    """
    role = f"{service_of(op)}_app"
    for table in tables:
        op.execute(
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION platform_refuse_change()"
        )
        op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER append_only")
        op.execute(f"REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM {role}")


def each_tenant(op: Operations) -> Iterator[str]:
    """Make each known tenant current in turn: a backfill is an ordinary statement per tenant.

    The owner is under row-level security too, so a backfill without a tenant would change nothing.
    Where the migration is only written as SQL, one tenant stands for all of them.
    """
    if op.get_context().as_sql:
        op.execute("SELECT set_config('app.tenant', 'each-tenant', true)")
        yield "each-tenant"
        op.execute("SELECT set_config('app.tenant', '', true)")
        return
    connection = op.get_bind()
    for tenant in connection.execute(text("SELECT tenant FROM platform_tenant ORDER BY tenant")):
        connection.execute(
            text("SELECT set_config('app.tenant', :tenant, true)"), {"tenant": tenant[0]}
        )
        yield tenant[0]
    connection.execute(text("SELECT set_config('app.tenant', '', true)"))
