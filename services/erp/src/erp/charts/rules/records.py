"""Charts as records of templates: Tryton's XML, and Odoo's before it wrote CSV.

    <tryton><data><record model="account.account.template" id="..."><field name="code">...

A type (`account.account.type.template`) says which statement an account stands in; its flags
(assets, revenue, expense, receivable ...) and those of the types above it tell the kind, and where
no flag does, their names. Taxes stand in files of their own and refer to accounts by record id.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Final

from erp.charts.rules.accounts_csv import ODOO_TYPES
from erp.charts.rules.model import (
    Kind,
    Place,
    ReadAccount,
    ReadChart,
    ReadTax,
    Section,
    Severity,
)
from erp.charts.rules.wording import kind_by_words, section_by_words

if TYPE_CHECKING:
    from collections.abc import Iterable

    from erp.charts.rules.markup import Element

ROOTS: Final = {"tryton": "tryton-xml", "odoo": "odoo-xml", "openerp": "odoo-xml"}

_FLAGS: tuple[tuple[str, Kind], ...] = (
    ("assets", Kind.ASSET),
    ("receivable", Kind.ASSET),
    ("payable", Kind.LIABILITY),
    ("revenue", Kind.INCOME),
    ("expense", Kind.EXPENSE),
)
_DECIMAL = re.compile(
    r"^(?P<sign>-?)\s*(?:Decimal\(\s*['\"]?(?P<inner>[^'\")]+)['\"]?\s*\)|(?P<bare>[\d.]+))$"
)
_DATE = re.compile(
    r"^(?:datetime\.)?date\((\d{4}),\s*(\d{1,2}),\s*(\d{1,2})\)$|^(\d{4})-(\d\d)-(\d\d)$"
)


@dataclass(slots=True)
class _Record:
    """A record with its fields: text or evaluated value, and references."""

    model: str
    id: str
    place: Place
    values: dict[str, str] = field(default_factory=dict)
    refs: dict[str, str] = field(default_factory=dict)

    def flag(self, name: str) -> bool:
        return self.values.get(name, "").strip() in ("True", "1", "true")


@dataclass(frozen=True, slots=True)
class _Told:
    kind: Kind | None
    section: Section | None
    statement: str
    by: str
    """`flag`, `words`, `side`, or why there is no kind."""


def read_records(roots: Iterable[tuple[str, Element]]) -> ReadChart:
    """Read the records of the files together; the first one names the layout."""
    files = list(roots)
    chart = ReadChart(ROOTS[files[0][1].tag])
    records = [record for name, root in files for record in _records(name, root)]
    seen: dict[tuple[str, str], _Record] = {}
    for record in records:
        first = seen.setdefault((record.model, record.id), record)
        if first is not record and record.id:
            chart.note(
                Severity.ERROR,
                "duplicate-record",
                record.place,
                f"record {record.id} stands in {first.place.file}:{first.place.line} already",
            )
    types = {r.id: r for r in records if r.model.startswith("account.account.type")}
    told = {id_: _told_by(record, types) for id_, record in types.items()}
    accounts = [r for r in records if r.model in ("account.account.template", "account.account")]
    keys = {record.id for record in accounts}
    _read_accounts(chart, accounts, types, told, keys)
    _read_taxes(chart, records, keys)
    return chart


def _records(name: str, root: Element) -> Iterable[_Record]:
    for element in root.walk():
        if element.tag != "record":
            continue
        id_ = element.attributes.get("id", "")
        record = _Record(
            element.attributes.get("model", ""), id_, Place(name, element.line, id_ or "record")
        )
        for each in element.children:
            if each.tag != "field" or "name" not in each.attributes:
                continue
            at = each.attributes["name"].removesuffix("_id")
            if "ref" in each.attributes:
                record.refs[at] = each.attributes["ref"]
            elif "eval" in each.attributes:
                if each.attributes["eval"] != "None":
                    record.values[at] = each.attributes["eval"]
            else:
                record.values[at] = each.text
        yield record


def _told_by(record: _Record, types: dict[str, _Record]) -> _Told:
    chain: list[_Record] = []
    above: _Record | None = record
    while above is not None and above not in chain:
        chain.append(above)
        above = types.get(above.refs.get("parent", ""))
    statement = next(
        (each.values["statement"] for each in chain if each.values.get("statement")), ""
    )
    names = [each.values.get("name", "") for each in chain]
    if statement not in ("balance", "income"):
        return _Told(
            None, None, statement, f"its type stands in no statement ({statement or 'none'})"
        )
    fitting = (
        {Kind.INCOME, Kind.EXPENSE}
        if statement == "income"
        else {Kind.ASSET, Kind.LIABILITY, Kind.EQUITY}
    )
    kind, by = None, "flag"
    for each in chain:
        kind = next((kind for flag, kind in _FLAGS if each.flag(flag) and kind in fitting), None)
        if kind is not None:
            break
    if kind is None:
        kind, by = kind_by_words(names, of_result=statement == "income"), "words"
    if kind is None and statement == "balance":
        kind, by = Kind.LIABILITY, "side"
    if kind is None:
        return _Told(
            None, None, statement, f"no type above it tells revenue from expense: {names[0]}"
        )
    return _Told(kind, _section(kind, chain, names), statement, by)


def _section(kind: Kind, chain: list[_Record], names: list[str]) -> Section | None:
    for each in chain:
        for flag, section, of in (
            ("receivable", Section.RECEIVABLES, Kind.ASSET),
            ("stock", Section.INVENTORY, Kind.ASSET),
            ("fixed_asset", Section.NON_CURRENT_ASSETS, Kind.ASSET),
            ("payable", Section.PAYABLES, Kind.LIABILITY),
        ):
            if each.flag(flag) and kind is of:
                return section
    return section_by_words(kind, names)


def _read_accounts(
    chart: ReadChart,
    records: list[_Record],
    types: dict[str, _Record],
    told: dict[str, _Told],
    keys: set[str],
) -> None:
    parents = {_known(record.refs.get("parent", ""), keys) for record in records}
    reported: set[str] = set()
    for record in records:
        type_ = _known(record.refs.get("type") or record.refs.get("user_type", ""), types.keys())
        said = told.get(type_) if type_ else None
        odoo = ODOO_TYPES.get(record.values.get("account_type", "").strip())
        has_children = record.id in parents
        closed = record.flag("closed")
        account = ReadAccount(
            key=record.id,
            code=(record.values.get("code") or "").strip() or None,
            name=record.values.get("name", "").strip(),
            kind=said.kind if said else odoo[0] if odoo else None,
            place=record.place,
            parent=_known(record.refs.get("parent", ""), keys),
            # What has no type is a view: it takes no postings, whatever stands below it.
            heading=(has_children and closed) or (type_ is None and odoo is None),
            active=not closed or has_children,
            section=said.section if said else odoo[1] if odoo else None,
            hints=tuple(
                flag
                for flag in ("party_required", "reconcile", "closed", "deferral")
                if record.flag(flag)
            ),
        )
        if said is None and type_ is not None:
            chart.note(Severity.ERROR, "unknown-type", record.place, f"there is no type {type_}")
        if said is not None and said.kind is None:
            if said.statement == "income":
                account.untold = said.by
            else:
                account.left_out = said.by
        if said is not None and said.by in ("words", "side") and type_ not in reported and type_:
            reported.add(type_)
            chart.note(
                Severity.NOTICE,
                "kind-by-words" if said.by == "words" else "kind-by-side",
                types[type_].place,
                f"type {types[type_].values.get('name', '')!r} says no kind: taken as "
                f"{said.kind.value if said.kind else ''}, "
                + (
                    "by its name and those above it"
                    if said.by == "words"
                    else "since it stands in the balance sheet and is no asset"
                ),
            )
        chart.accounts.append(account)
        _candidates(chart, account, types.get(type_ or ""))


def _candidates(chart: ReadChart, account: ReadAccount, type_: _Record | None) -> None:
    if type_ is None or account.heading or not account.active or "reconcile" not in account.hints:
        return
    for flag, role in (("receivable", "receivables"), ("payable", "payables")):
        if type_.flag(flag):
            chart.roles.setdefault(role, []).append(account.key)


def _read_taxes(chart: ReadChart, records: list[_Record], keys: set[str]) -> None:
    groups = {r.id: r.values.get("kind") for r in records if r.model == "account.tax.group"}
    taxes = [r for r in records if r.model in ("account.tax.template", "account.tax")]
    by_id = {record.id: record for record in taxes}
    for record in taxes:
        parent = by_id.get(record.refs.get("parent", ""))
        rate = _number(record.values.get("rate"))
        if rate is None and record.values.get("rate"):
            chart.note(
                Severity.ERROR,
                "tax-rate-unreadable",
                record.place,
                f"the rate {record.values['rate'][:60]!r} is no number",
            )
        direction = groups.get(record.refs.get("group", "")) or (
            groups.get(parent.refs.get("group", "")) if parent else None
        )
        chart.taxes.append(
            ReadTax(
                name=record.values.get("name", "").strip() or record.id,
                place=record.place,
                rate=rate if record.values.get("type") != "none" else None,
                account=record.refs.get("invoice_account"),
                credit_note_account=record.refs.get("credit_note_account"),
                direction=direction if direction in ("sale", "purchase", "both") else None,
                part_of=parent.values.get("name") if parent else None,
                valid_from=_day(chart, record, "start_date"),
                valid_to=_day(chart, record, "end_date"),
            )
        )


def _known(ref: str, keys: Iterable[str]) -> str | None:
    """A reference, without the module that it may be prefixed with where the file has it so."""
    if not ref:
        return None
    bare = ref.rpartition(".")[2]
    return bare if ref not in keys and bare in keys else ref


def _number(written: str | None) -> Decimal | None:
    found = _DECIMAL.match((written or "").strip())
    if found is None:
        return None
    try:
        value = Decimal((found["inner"] or found["bare"]).strip())
    except InvalidOperation:
        return None
    if not value.is_finite() or abs(value) > 1000:
        return None
    return -value if found["sign"] else value


def _day(chart: ReadChart, record: _Record, name: str) -> date | None:
    written = record.values.get(name)
    if not written:
        return None
    found = _DATE.match(written.strip())
    try:
        if found is None:
            raise ValueError(written)
        return date(*(int(part) for part in found.groups() if part is not None))
    except ValueError:
        chart.note(
            Severity.ERROR, "day-unreadable", record.place, f"{name} {written[:40]!r} is no day"
        )
        return None
