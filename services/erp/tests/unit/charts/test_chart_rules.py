"""Reading charts: whatever is in a file, each account is taken or told of."""

import string

from hypothesis import given, settings
from hypothesis import strategies as st

from erp.charts.rules import ChartFile, Kind, Section, Severity, read_chart

CODES = st.text(string.digits, min_size=1, max_size=3)


@given(
    st.lists(
        st.tuples(
            CODES | st.just(""),
            st.sampled_from(["asset", "equity", "income", "cost", "expense", "other", ""]),
            CODES | st.just(""),
        ),
        min_size=1,
        max_size=30,
    )
)
@settings(deadline=None)
def test_every_row_is_taken_or_told_of_with_its_line(
    rows: list[tuple[str, str, str]],
) -> None:
    text = "code,name,type,parent\n" + "".join(
        f"{code},Account,{kind},{parent}\n" for code, kind, parent in rows
    )

    chart = read_chart([ChartFile("plain.csv", text.encode())])

    told = {each.place.line for each in chart.findings}
    taken = {each.place.line for each in chart.accounts}
    assert set(range(2, len(rows) + 2)) <= told | taken
    codes = [each.code for each in chart.accounts]
    if not chart.errors:
        assert len(codes) == len(set(codes))
    for account in chart.accounts:
        assert account.parent is None or account.parent in codes
        seen, above = {account.code}, account.parent
        by_code = {each.code: each for each in chart.accounts}
        while above is not None and not chart.errors:
            assert above not in seen
            seen.add(above)
            above = by_code[above].parent


def test_costs_beside_expenses_are_work_in_progress() -> None:
    beside = read_chart([ChartFile("a", b"code,name,class\n1,Making,cost\n2,Rent,expense\n")])
    alone = read_chart([ChartFile("a", b"code,name,class\n1,Making,cost\n2,Sales,income\n")])

    assert (beside.accounts[0].kind, beside.accounts[0].section) == (Kind.ASSET, Section.INVENTORY)
    assert (alone.accounts[0].kind, alone.accounts[0].section) == (
        Kind.EXPENSE,
        Section.COST_OF_SALES,
    )
    assert [each.code for each in beside.findings] == ["kind-of-costs"]


RECORDS = """<tryton><data>
<record model="account.account.type.template" id="side">
  <field name="name">Assets</field><field name="statement">balance</field></record>
<record model="account.account.type.template" id="owed">
  <field name="name">Owed</field><field name="parent" ref="side"/>
  <field name="receivable" eval="True"/></record>
<record model="account.account.type.template" id="memo">
  <field name="name">Memo</field><field name="statement">off-balance</field></record>
<record model="account.account.template" id="root"><field name="name">Root</field></record>
<record model="account.account.template" id="view">
  <field name="name">View</field><field name="code">1</field>
  <field name="parent" ref="root"/></record>
<record model="account.account.template" id="customers">
  <field name="name">Customers</field><field name="code">11</field>
  <field name="parent" ref="view"/><field name="type" ref="owed"/>
  <field name="reconcile" eval="True"/></record>
<record model="account.account.template" id="noted">
  <field name="name">Noted</field><field name="code">9</field>
  <field name="parent" ref="root"/><field name="type" ref="memo"/></record>
<record model="account.tax.template" id="tax">
  <field name="name">Tax</field><field name="type">percentage</field>
  <field name="rate" eval="-Decimal('.055')"/></record>
<record model="account.tax.template" id="astray">
  <field name="name">Astray</field><field name="type">percentage</field>
  <field name="rate" eval="Decimal('0.2')"/>
  <field name="invoice_account" ref="nowhere"/></record>
</data></tryton>"""


def test_records_are_read_with_types_views_and_taxes() -> None:
    chart = read_chart([ChartFile("chart.xml", RECORDS.encode())])

    assert [
        (each.code, each.kind, each.section, each.parent, each.heading) for each in chart.accounts
    ] == [
        ("1", Kind.ASSET, Section.OTHER_CURRENT_ASSETS, None, True),
        ("11", Kind.ASSET, Section.RECEIVABLES, "1", False),
    ]
    assert chart.roles == {"receivables": "11"}
    assert [(each.severity, each.code) for each in chart.findings] == [
        (Severity.NOTICE, "account-without-code"),
        (Severity.WARNING, "account-left-out"),
        (Severity.WARNING, "tax-without-account"),
        (Severity.ERROR, "tax-account-unknown"),
    ]
    assert str(chart.taxes[0].rate) == "-0.055"


def test_odoo_taxes_find_their_accounts_below_them() -> None:
    accounts = (
        b"id,name,code,account_type,reconcile\na1,VAT due,2200,liability_current,False\n"
        b"a2,Debtors,1100,asset_receivable,True\n"
    )
    taxes = (
        b"id,name,type_tax_use,amount,amount_type,repartition_line_ids/repartition_type,"
        b"repartition_line_ids/document_type,repartition_line_ids/account_id\n"
        b"t1,20%,sale,20.0,percent,base,invoice,\n,,,,,tax,invoice,a1\n"
        b",,,,,base,refund,\n,,,,,tax,refund,a1\n"
    )

    chart = read_chart([ChartFile("accounts.csv", accounts), ChartFile("taxes.csv", taxes)])

    assert chart.layout == "odoo-csv"
    assert chart.roles == {"receivables": "1100"}
    [tax] = chart.taxes
    assert (str(tax.rate), tax.account, tax.credit_note_account) == ("0.2", "2200", "2200")
    assert not chart.errors


def test_what_the_settings_name_is_not_believed_of_another_kind() -> None:
    file = (
        b'<configuration><coa><account code="6" description="Allowance" category="Expense"/>'
        b'<account code="7" description="Sales" category="Income"/></coa><settings>'
        b'<setting name="inventory_accno_id" accno="6"/>'
        b'<setting name="income_accno_id" accno="7"/></settings></configuration>'
    )

    chart = read_chart([ChartFile("chart.xml", file)])

    assert chart.roles == {"revenue": "7"}
    assert [each.code for each in chart.findings] == ["role-of-another-kind"]
