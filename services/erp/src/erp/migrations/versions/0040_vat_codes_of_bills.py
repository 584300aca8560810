"""Bills state the VAT category of EN 16931, and the tax that the company owes itself.

Of bills of before the rate says which it was: nothing but S, E and Z could be entered.
"""

import sqlalchemy as sa
from alembic import op

from servicekit.migrations import each_tenant

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None

CODES = "vat_code IN ('S', 'Z', 'E', 'AE', 'K', 'G', 'O')"
TABLES = {
    "payables_bill_line": ("tax_category", "tax_rate"),
    "payables_bill_tax": ("category", "rate"),
}


def upgrade() -> None:
    op.add_column("payables_bill", sa.Column("tax_country", sa.Text(), nullable=True))
    for table in TABLES:
        op.add_column(table, sa.Column("vat_code", sa.Text(), nullable=True))
    op.add_column("payables_bill_tax", sa.Column("due_rate", sa.Numeric(9, 6), nullable=True))
    op.add_column("payables_bill_tax", sa.Column("due", sa.Numeric(20, 4), nullable=True))
    guards = (*((table, "append_only") for table in TABLES), ("payables_bill", "bill_is_guarded"))
    for table, trigger in guards:
        op.execute(f"ALTER TABLE {table} DISABLE TRIGGER {trigger}")
    op.execute("ALTER TABLE payables_bill DISABLE TRIGGER document_is_proved")
    for _ in each_tenant(op):
        # All tax was deducted in the company's own return.
        op.execute(
            "UPDATE payables_bill b SET tax_country = c.country FROM ledger_company c "
            "WHERE c.tenant = b.tenant AND c.id = b.company_id"
        )
        for table, (category, rate) in TABLES.items():
            op.execute(
                f"UPDATE {table} SET vat_code = CASE WHEN {rate} > 0 THEN 'S' "
                f"WHEN {category} = 'exempt' THEN 'E' ELSE 'Z' END"
            )
    op.execute("ALTER TABLE payables_bill ENABLE ALWAYS TRIGGER document_is_proved")
    for table, trigger in guards:
        op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {trigger}")
    op.drop_constraint(op.f("pk_payables_bill_tax"), "payables_bill_tax", type_="primary")
    op.create_primary_key(
        op.f("pk_payables_bill_tax"),
        "payables_bill_tax",
        ["tenant", "bill_id", "vat_code", "category", "rate"],
    )
    for table, name, rule in (
        ("payables_bill", "tax_country", "tax_country IS NOT NULL"),
        ("payables_bill_line", "vat_code", f"vat_code IS NOT NULL AND {CODES}"),
        ("payables_bill_tax", "vat_code", CODES),
        (
            "payables_bill_tax",
            "due",
            "(due_rate IS NOT NULL) = (vat_code IN ('AE', 'K'))"
            " AND (due IS NULL) = (due_rate IS NULL)",
        ),
    ):
        op.execute(f"ALTER TABLE {table} ADD CONSTRAINT ck_{table}_{name} CHECK ({rule}) NOT VALID")
