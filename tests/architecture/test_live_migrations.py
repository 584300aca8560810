"""Migrations run while people work: squawk looks for what would make them wait or break them.

Each migration is rendered as SQL by itself. Tables that it creates have no readers yet, so what it
does to those is not looked at; what it does to older ones is done to a live table.
"""

import json
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from servicekit.migrations import runner
from servicekit.service import Service
from servicekit.testing.probe.service import service as probe

SQUAWK = Path(sys.executable).with_name("squawk")
POSTGRES = "18.0"

# What squawk would have, and why we do without.
EXCLUDED = {
    "require-lock-timeout": "servicekit.migrations.runner sets one for the whole connection",
    "require-statement-timeout": "a statement that has its lock may take long: the lock is weak",
    "transaction-nesting": "alembic writes BEGIN and COMMIT around each migration itself",
    "prefer-text-field": "alembic's own table of revisions",
    "prefer-bigint-over-int": "partitions and attempts are as Kafka counts them",
    "prefer-bigint-over-smallint": "positions, decimal places and days of a term are small by law",
}
# What a single migration may do, and why that harms nobody.
_SAME = "NOT NULL says the same from then on"
_TAXES_OF_BILLS = "some rows a bill; the key gets wider, and its readers come with the release"
_WIDER = "a wider law takes the place of the narrower one at once"
_LOTS = "the lots are found in the same transaction, which has the table to itself anyway"
_MATCHED = (
    "allocations live on as matchings under their ids; a build that still writes them must not"
)
_BOOKS = "the kept balances are made anew in the same transaction, and posting waits for it anyway"
_RATES = "some hundreds of tax rates a tenant; their readers come with the same release"
PERMITTED = {
    ("erp", "0018", "adding-required-field"): _BOOKS,
    ("erp", "0018", "constraint-missing-not-valid"): _BOOKS,
    ("erp", "0018", "adding-serial-primary-key-field"): _BOOKS,
    ("erp", "0018", "require-concurrent-index-creation"): _BOOKS,
    ("erp", "0018", "ban-drop-constraint"): _WIDER,
    ("cpq", "0024", "require-concurrent-index-creation"): _LOTS,
    ("cpq", "0024", "adding-foreign-key-constraint"): _LOTS,
    ("cpq", "0024", "constraint-missing-not-valid"): _LOTS,
    ("crm", "0006", "ban-drop-constraint"): _WIDER,
    ("erp", "0014", "ban-drop-constraint"): _WIDER,
    ("erp", "0061", "ban-drop-constraint"): _WIDER,
    ("erp", "0039", "ban-drop-constraint"): _SAME,
    ("erp", "0041", "ban-drop-constraint"): _SAME,
    ("erp", "0051", "ban-drop-constraint"): "no row is of the kind that is a kind no more",
    ("erp", "0053", "ban-drop-constraint"): _WIDER,
    ("erp", "0053", "require-concurrent-index-creation"): "a partial index of a kind that is new",
    ("erp", "0051", "require-concurrent-index-creation"): (
        "partial indexes of columns that are null in every row yet"
    ),
    ("erp", "0042", "ban-drop-constraint"): "lines of nothing were refused before, and are no more",
    ("erp", "0040", "ban-drop-constraint"): _TAXES_OF_BILLS,
    ("erp", "0040", "constraint-missing-not-valid"): _TAXES_OF_BILLS,
    ("erp", "0040", "adding-serial-primary-key-field"): _TAXES_OF_BILLS,
    ("cpq", "0020", "ban-drop-constraint"): _WIDER,
    ("cpq", "0025", "ban-drop-constraint"): _WIDER,
    ("cpq", "0025", "ban-drop-not-null"): "readers of contracts come with the same release",
    ("cpq", "0028", "changing-column-type"): "more digits of the same places rewrite nothing",
    ("cpq", "0016", "require-concurrent-index-creation"): (
        "a partial index of a column that is null in every row yet"
    ),
    ("cpq", "0012", "constraint-missing-not-valid"): "the unique constraint, as said below",
    ("cpq", "0012", "ban-drop-constraint"): "the same law with more states takes its place at once",
    ("cpq", "0012", "ban-drop-default"): "the defaults were for the rows that were there already",
    ("cpq", "0012", "disallowed-unique-constraint"): (
        "lines get their keys in the same transaction, which has the table to itself anyway"
    ),
    ("erp", "0016", "ban-drop-table"): _MATCHED,
    ("erp", "0016", "ban-drop-function"): _MATCHED,
    ("erp", "0016", "require-concurrent-index-deletion"): "nobody looks there any more",
    ("erp", "0021", "renaming-table"): _RATES,
    ("erp", "0021", "renaming-object"): _RATES,
    ("erp", "0021", "ban-drop-constraint"): _RATES,
    ("erp", "0021", "constraint-missing-not-valid"): _RATES,
    ("erp", "0021", "disallowed-unique-constraint"): _RATES,
    ("erp", "0025", "require-concurrent-index-creation"): (
        "the table comes with the release before; histories are imported after it"
    ),
    ("erp", "0009", "constraint-missing-not-valid"): (
        "some dozens of tax rates a tenant; an exclusion constraint cannot be NOT VALID"
    ),
}


def complaints(sql: str, *, excluded: dict[str, str]) -> list[dict[str, Any]]:
    """What squawk finds in one migration: rule, line and message."""
    found = subprocess.run(
        [
            SQUAWK,
            "--reporter=json",
            "--assume-in-transaction",
            f"--pg-version={POSTGRES}",
            *(f"--exclude={rule}" for rule in excluded),
        ],
        input=sql,
        check=False,
        capture_output=True,
        text=True,
    )
    assert found.returncode in (0, 1), found.stderr
    answer: list[dict[str, Any]] = json.loads(found.stdout)
    return answer


def rules_broken(service: Service, *, excluded: dict[str, str]) -> set[tuple[str, str, str]]:
    """Service, revision and rule of everything that squawk finds."""
    return {
        (service.name, revision, complaint["rule_name"])
        for revision in runner.revisions(service)
        for complaint in complaints(runner.render(service, revision), excluded=excluded)
    }


@pytest.mark.parametrize("name", ["crm", "erp", "cpq"])
def test_no_migration_stops_the_people_who_work(name: str, services: dict[str, Service]) -> None:
    assert rules_broken(services[name], excluded=EXCLUDED) <= PERMITTED.keys()


def test_every_exception_is_needed(services: dict[str, Service]) -> None:
    broken = {
        found for service in services.values() for found in rules_broken(service, excluded={})
    }

    assert EXCLUDED.keys() - {rule for _, _, rule in broken} == set()
    assert PERMITTED.keys() - broken == set()


MIGRATION = """
import sqlalchemy as sa
from alembic import op

from servicekit.migrations import each_tenant

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    {}
"""


@pytest.mark.parametrize(
    ("statement", "rule"),
    [
        (
            'op.create_index("ix_probe_note_text", "probe_note", ["text"])',
            "require-concurrent-index-creation",
        ),
        (
            'op.create_check_constraint("ck_probe_note_text", "probe_note", "text <> \'\'")',
            "constraint-missing-not-valid",
        ),
        (
            'op.add_column("probe_note", sa.Column("length", sa.BigInteger(), nullable=False))',
            "adding-required-field",
        ),
        (
            'op.alter_column("probe_note", "text", type_=sa.LargeBinary())',
            "changing-column-type",
        ),
        ('op.alter_column("probe_note", "text", new_column_name="words")', "renaming-column"),
        ('op.drop_column("probe_note", "text")', "ban-drop-column"),
        ('op.execute("UPDATE probe_note SET")', "syntax-error"),
        (
            'for _ in each_tenant(op): op.execute("DROP TABLE probe_note")',
            "ban-drop-table",
        ),
    ],
)
def test_what_would_stop_them_is_found(statement: str, rule: str, tmp_path: Path) -> None:
    migrations = tmp_path / "migrations"
    shutil.copytree(
        probe.migrations_directory, migrations, ignore=shutil.ignore_patterns("__pycache__")
    )
    (migrations / "versions" / "0003_careless.py").write_text(MIGRATION.format(statement))

    careless = replace(probe, migrations=migrations)

    broken = rules_broken(careless, excluded=EXCLUDED)
    assert {found for _, revision, found in broken if revision == "0003"} >= {rule}
    assert {revision for _, revision, _ in broken} == {"0003"}
