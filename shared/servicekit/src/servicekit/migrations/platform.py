"""The platform's own tables and functions, the same in every service's database.

A service's first migration calls `create_platform(op)`. They are plain SQL: no model maps them,
because the unit of work, the relay and the consumers speak to them beneath the ORM.
"""

from __future__ import annotations

from contracts import LONGEST_EVENT_BYTES
from servicekit.migrations.finish import FINISH
from servicekit.migrations.guards import Operations, append_only, service_of
from servicekit.values.currencies import MINOR_UNITS

_TENANTS = """
CREATE TABLE platform_tenant (
    tenant text PRIMARY KEY CHECK (tenant ~ '^[a-z0-9][a-z0-9-]{0,62}$'),
    first_seen_at timestamptz NOT NULL DEFAULT now()
)
"""

# The row's lock makes the ids in the outbox ascend with the sequence within an aggregate.
_EVENT_STREAM = """
CREATE TABLE platform_event_stream (
    tenant text NOT NULL,
    topic text NOT NULL,
    aggregate_id text NOT NULL,
    sequence bigint NOT NULL CHECK (sequence > 0),
    PRIMARY KEY (tenant, topic, aggregate_id)
) WITH (fillfactor = 80)
"""

_OUTBOX = f"""
CREATE TABLE platform_outbox (
    id bigint GENERATED ALWAYS AS IDENTITY (CACHE 1) PRIMARY KEY,
    tenant text NOT NULL,
    topic text NOT NULL,
    aggregate_id text NOT NULL,
    sequence bigint NOT NULL CHECK (sequence > 0),
    event_id uuid NOT NULL,
    event_type text NOT NULL,
    dataschema text NOT NULL,
    body bytea NOT NULL CHECK (octet_length(body) < {LONGEST_EVENT_BYTES}),
    occurred_at timestamptz NOT NULL,
    correlation_id text NOT NULL,
    causation_id text,
    actor text NOT NULL,
    traceparent text,
    replay boolean NOT NULL DEFAULT false,
    sent_at timestamptz,
    UNIQUE (topic, tenant, aggregate_id, sequence)
) WITH (
    fillfactor = 90,
    autovacuum_vacuum_scale_factor = 0.02,
    autovacuum_vacuum_insert_scale_factor = 0.05,
    autovacuum_analyze_scale_factor = 0.05
);
CREATE INDEX platform_outbox_unsent ON platform_outbox (id) WHERE sent_at IS NULL;
CREATE INDEX platform_outbox_occurred ON platform_outbox USING brin (occurred_at)
"""

_RELAY = """
CREATE TABLE platform_relay_log (
    topic text NOT NULL,
    partition integer NOT NULL,
    acked_offset bigint NOT NULL,
    cluster_id text NOT NULL,
    PRIMARY KEY (topic, partition)
);
CREATE TABLE platform_replay (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    requested_by text NOT NULL,
    requested_at timestamptz NOT NULL DEFAULT now(),
    topic text,
    tenant text,
    aggregate_id text,
    since timestamptz,
    done_at timestamptz,
    rows bigint
)
"""

_CONSUMERS = """
CREATE TABLE platform_consumer_offset (
    consumer text NOT NULL,
    topic text NOT NULL,
    partition integer NOT NULL,
    next_offset bigint NOT NULL DEFAULT 0,
    cluster_id text NOT NULL DEFAULT '',
    last_event_id text,
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (consumer, topic, partition)
) WITH (fillfactor = 50);
CREATE TABLE platform_aggregate_mark (
    consumer text NOT NULL,
    topic text NOT NULL,
    tenant text NOT NULL,
    aggregate_id text NOT NULL,
    sequence bigint NOT NULL,
    parked boolean NOT NULL DEFAULT false,
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (consumer, topic, tenant, aggregate_id)
) WITH (fillfactor = 80);
CREATE TABLE platform_parked_message (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    consumer text NOT NULL,
    topic text NOT NULL,
    partition integer NOT NULL,
    "offset" bigint NOT NULL,
    tenant text NOT NULL,
    aggregate_id text NOT NULL DEFAULT '',
    sequence bigint,
    event_id text,
    event_type text,
    key bytea,
    body bytea,
    headers jsonb NOT NULL DEFAULT '[]',
    kind text NOT NULL CHECK (kind IN ('parked', 'waiting')),
    reason text NOT NULL,
    trace text,
    attempts integer NOT NULL DEFAULT 1,
    parked_at timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX platform_parked_message_aggregate
    ON platform_parked_message (consumer, topic, tenant, aggregate_id, sequence)
"""

_IDEMPOTENCY = """
CREATE TABLE platform_idempotency (
    tenant text NOT NULL,
    digest bytea NOT NULL CHECK (octet_length(digest) = 32),
    key text NOT NULL,
    principal text NOT NULL,
    route text NOT NULL,
    fingerprint bytea NOT NULL,
    status smallint NOT NULL,
    headers jsonb NOT NULL,
    body bytea NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (tenant, digest)
);
CREATE INDEX platform_idempotency_created ON platform_idempotency USING brin (created_at)
"""

_AUDIT = """
CREATE TABLE platform_audit_entry (
    id bigint GENERATED ALWAYS AS IDENTITY (CACHE 1) PRIMARY KEY,
    xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
    tenant text NOT NULL,
    at timestamptz NOT NULL,
    actor text NOT NULL,
    action text NOT NULL,
    subject_type text NOT NULL,
    subject_id text NOT NULL,
    details jsonb NOT NULL,
    correlation_id text NOT NULL
);
CREATE INDEX platform_audit_entry_xid ON platform_audit_entry (xid);
CREATE TABLE platform_audit_seal (
    position bigint PRIMARY KEY CHECK (position > 0),
    entry_id bigint NOT NULL UNIQUE,
    horizon xid8 NOT NULL,
    hash bytea NOT NULL CHECK (octet_length(hash) = 32),
    sealed_at timestamptz NOT NULL DEFAULT now()
)
"""

_REFUSE_CHANGE = """
CREATE FUNCTION platform_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% only grows: % is refused', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'restrict_violation',
              HINT = 'Record a correction as a new row.';
END
$$
"""

_OWN_ROWS = "tenant = nullif(current_setting('app.tenant', true), '')"

# Tables that hold a tenant's rows: the application role sees the current tenant's only.
TENANT_TABLES = {
    "platform_tenant": "SELECT, INSERT",
    "platform_event_stream": "SELECT, INSERT, UPDATE",
    "platform_outbox": "SELECT, INSERT",
    "platform_idempotency": "SELECT, INSERT",
    "platform_audit_entry": "SELECT, INSERT",
    "platform_parked_message": "SELECT, INSERT, UPDATE, DELETE",
}
# Tables of the machinery: no business data, or data of several tenants in one batch.
MACHINERY_TABLES = {
    "platform_consumer_offset": "SELECT, INSERT, UPDATE, DELETE",
    "platform_aggregate_mark": "SELECT, INSERT, UPDATE, DELETE",
    "platform_relay_log": None,
    "platform_replay": None,
    "platform_audit_seal": None,
}


def create_platform(op: Operations) -> None:
    """Create every platform table, function, policy and grant of a service's database."""
    service = service_of(op)
    app, platform = f"{service}_app", f"{service}_platform"
    for part in (
        _REFUSE_CHANGE,
        currency_function(),
        _TENANTS,
        _EVENT_STREAM,
        _OUTBOX,
        _RELAY,
        _CONSUMERS,
        _IDEMPOTENCY,
        _AUDIT,
    ):
        _run(op, part)
    op.execute(FINISH)
    op.execute(f"GRANT USAGE ON SCHEMA public TO {app}, {platform}")
    # Readiness compares it with the newest migration of the build.
    op.execute(f"GRANT SELECT ON alembic_version TO {app}, {platform}")
    for table, grants in (TENANT_TABLES | MACHINERY_TABLES).items():
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY every_row ON {table} TO {platform} USING (true)")
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO {platform}")
        if grants is None:
            continue
        rows = _OWN_ROWS if table in TENANT_TABLES else "true"
        op.execute(f"CREATE POLICY app_rows ON {table} TO {app} USING ({rows}) WITH CHECK ({rows})")
        op.execute(f"GRANT {grants} ON {table} TO {app}")
    # Migrations read the tenants to backfill for each (`each_tenant`).
    op.execute(
        f"CREATE POLICY owner_reads ON platform_tenant FOR SELECT TO {service}_owner USING (true)"
    )
    append_only(op, "platform_audit_entry", "platform_audit_seal")
    for table in ("platform_audit_entry", "platform_audit_seal"):
        op.execute(f"REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM {platform}")


def currency_function() -> str:
    """The SQL of `currency_minor_units(text)`: ISO 4217 places, NULL for an unknown code.

    PL/pgSQL and a search in a text, where a CASE over lists in SQL would read better: that would
    be planned into every CHECK again for each statement, which cost an UPDATE of one row of three
    amounts 0.31 ms, twenty times the update itself. This costs 0.01 ms.
    """
    by_places: dict[int, list[str]] = {}
    for code, places in sorted(MINOR_UNITS.items()):
        by_places.setdefault(places, []).append(code)
    # Most currencies have two places: ask there first.
    ordered = sorted(by_places.items(), key=lambda item: -len(item[1]))
    cases = "\n".join(
        f"        WHEN strpos(' {' '.join(codes)} ', ' ' || currency || ' ') > 0 THEN {places}"
        for places, codes in ordered
    )
    return (
        "CREATE OR REPLACE FUNCTION currency_minor_units(currency text) RETURNS integer\n"
        "LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$\n"
        "BEGIN\n"
        f"    RETURN CASE\n        WHEN length(currency) <> 3 THEN NULL\n{cases}\n    END;\n"
        "END $$"
    )


def _run(op: Operations, statements: str) -> None:
    # asyncpg prepares what SQLAlchemy hands it, and a prepared statement is one statement.
    parts = [statements] if "$$" in statements else statements.split(";\n")
    for part in parts:
        if part.strip():
            op.execute(part)


def widen_events(op: Operations) -> None:
    """Let the outbox take events of up to four million bytes; before it was 900,000.

    The rows that are there fulfil it already; a later migration says so with `events_are_wide`.
    """
    op.execute("ALTER TABLE platform_outbox DROP CONSTRAINT platform_outbox_body_check")
    op.execute(
        "ALTER TABLE platform_outbox ADD CONSTRAINT platform_outbox_body_check "
        "CHECK (octet_length(body) < 4000000) NOT VALID"
    )


def events_are_wide(op: Operations) -> None:
    """Let the database know that all events are as `widen_events` says."""
    op.execute("ALTER TABLE platform_outbox VALIDATE CONSTRAINT platform_outbox_body_check")


def read_audit_trail(op: Operations) -> None:
    """Let the application read the seals of its tenant's entries, and find a document's history.

    Call it last: the index is built while people work, outside of the migration's transaction.
    """
    app = f"{service_of(op)}_app"
    op.execute("GRANT SELECT ON platform_audit_seal TO " + app)
    # Entries are only there for their own tenant, hence so are their seals.
    seen = "EXISTS (SELECT FROM platform_audit_entry AS e WHERE e.id = entry_id)"
    op.execute(f"CREATE POLICY app_reads ON platform_audit_seal FOR SELECT TO {app} USING ({seen})")
    with op.get_context().autocommit_block():
        for name, columns in (
            ("platform_audit_entry_subject", "tenant, subject_id, id"),
            ("platform_audit_entry_newest", "tenant, id"),
        ):
            op.execute(
                f"CREATE INDEX CONCURRENTLY IF NOT EXISTS {name} "
                f"ON platform_audit_entry ({columns})"
            )
