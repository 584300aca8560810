"""Charts of LedgerSMB (and SQL-Ledger's heirs): headings and accounts inside each other.

    <configuration><coa><account-heading code=...><account code=... category="Asset"><link .../>

Links say what an account is offered for; settings name accounts that postings go to. A tax is an
account with a `tax` element.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Final

from erp.charts.rules.model import (
    Kind,
    Place,
    ReadAccount,
    ReadChart,
    ReadTax,
    Section,
    Severity,
)
from erp.charts.rules.wording import section_by_words

if TYPE_CHECKING:
    from collections.abc import Iterable

    from erp.charts.rules.markup import Element

LAYOUT: Final = "ledgersmb-xml"

_CATEGORIES: Final = {
    "asset": Kind.ASSET,
    "a": Kind.ASSET,
    "liability": Kind.LIABILITY,
    "l": Kind.LIABILITY,
    "equity": Kind.EQUITY,
    "q": Kind.EQUITY,
    "income": Kind.INCOME,
    "i": Kind.INCOME,
    "expense": Kind.EXPENSE,
    "e": Kind.EXPENSE,
}
_SECTIONS: Final = (
    ("AR", Kind.ASSET, Section.RECEIVABLES),
    ("IC", Kind.ASSET, Section.INVENTORY),
    ("Fixed_Asset", Kind.ASSET, Section.NON_CURRENT_ASSETS),
    ("Asset_Dep", Kind.ASSET, Section.NON_CURRENT_ASSETS),
    ("AR_paid", Kind.ASSET, Section.CASH),
    ("AP", Kind.LIABILITY, Section.PAYABLES),
    ("asset_expense", Kind.EXPENSE, Section.DEPRECIATION),
    ("IC_cogs", Kind.EXPENSE, Section.COST_OF_SALES),
    ("IC_sale", Kind.INCOME, Section.REVENUE),
    ("IC_income", Kind.INCOME, Section.REVENUE),
)
_ROLE_LINKS: Final = {"AR": "receivables", "AP": "payables", "IC": "inventory"}
_ROLE_SETTINGS: Final = {
    "inventory_accno_id": "inventory",
    "income_accno_id": "revenue",
    "expense_accno_id": "cost-of-goods-sold",
    "fxgain_accno_id": "exchange-gain",
    "fxloss_accno_id": "exchange-loss",
}


def read_ledgersmb(files: Iterable[tuple[str, Element]]) -> ReadChart:
    """Read the charts of the files together."""
    chart = ReadChart(LAYOUT)
    settings: dict[str, str] = {}
    for name, root in files:
        coa = root.child("coa")
        if coa is not None:
            _read_below(chart, name, coa, None, [])
        for element in root.walk():
            if element.tag == "setting" and "accno" in element.attributes:
                settings[element.attributes.get("name", "")] = element.attributes["accno"]
    for setting, role in _ROLE_SETTINGS.items():
        if setting in settings:
            # What the settings name outweighs what is merely offered.
            chart.roles[role] = [f"account:{settings[setting]}"]
    return chart


def _read_below(
    chart: ReadChart, name: str, element: Element, parent: str | None, above: list[str]
) -> None:
    waiting = [(element, parent, above)]
    while waiting:
        one, key_above, names = waiting.pop()
        inner = []
        for each in one.children:
            code = each.attributes.get("code", "").strip()
            place = Place(name, each.line, code or each.tag)
            title = each.attributes.get("description", "").strip()
            if each.tag == "account-heading":
                key = f"heading:{code or each.attributes.get('id', '')}"
                chart.accounts.append(
                    ReadAccount(key, code or None, title, None, place, key_above, heading=True)
                )
                inner.append((each, key, [title, *names]))
            elif each.tag == "account":
                _read_account(chart, each, code, title, place, key_above, names)
        waiting.extend(reversed(inner))


def _read_account(
    chart: ReadChart,
    element: Element,
    code: str,
    title: str,
    place: Place,
    parent: str | None,
    names: list[str],
) -> None:
    category = element.attributes.get("category", "").strip()
    kind = _CATEGORIES.get(category.lower())
    links = [each.attributes.get("code", "") for each in element.children if each.tag == "link"]
    hints = [*links]
    if element.attributes.get("contra") == "true":
        hints.append("contra")
    if element.attributes.get("recon") == "true":
        hints.append("reconcile")
    key = f"account:{code}"
    section = None
    if kind is not None:
        section = next(
            (section for link, of, section in _SECTIONS if link in links and of is kind), None
        ) or section_by_words(kind, [title, *names])
    chart.accounts.append(
        ReadAccount(
            key=key,
            code=code or None,
            name=title,
            kind=kind,
            place=place,
            parent=parent,
            active=element.attributes.get("obsolete", "false") not in ("true", "1"),
            section=section,
            hints=tuple(hints),
            untold=f"category {category!r} is none of Asset, Liability, Equity, Income, Expense",
        )
    )
    for link, role in _ROLE_LINKS.items():
        if link in links:
            chart.roles.setdefault(role, []).append(key)
    tax = element.child("tax")
    if tax is not None:
        if "AR_tax" in links and "AP_tax" not in links:
            chart.roles.setdefault("tax-payable", []).append(key)
        if "AP_tax" in links and "AR_tax" not in links:
            chart.roles.setdefault("input-tax", []).append(key)
        _read_tax(chart, tax, title, key, links, place)


def _read_tax(
    chart: ReadChart, tax: Element, title: str, key: str, links: list[str], place: Place
) -> None:
    direction = {(True, True): "both", (True, False): "sale", (False, True): "purchase"}.get(
        ("AR_tax" in links, "AP_tax" in links)
    )
    rates = [each for each in tax.children if each.tag == "rate"]
    if not rates:
        chart.note(Severity.WARNING, "tax-without-rate", place, f"tax {title!r} has no rate")
        chart.taxes.append(ReadTax(title, place, None, key, key, direction))
    for each in rates:
        written = each.attributes.get("value", "")
        try:
            rate: Decimal | None = Decimal(written)
            if rate is not None and (not rate.is_finite() or abs(rate) > 1):
                raise InvalidOperation
        except InvalidOperation:
            rate = None
            chart.note(
                Severity.ERROR,
                "tax-rate-unreadable",
                Place(place.file, each.line, place.element),
                f"the rate {written[:60]!r} is no fraction between -1 and 1",
            )
        valid_to = None
        if until := each.attributes.get("valid-to", each.attributes.get("validto")):
            try:
                valid_to = date.fromisoformat(until)
            except ValueError:
                chart.note(
                    Severity.ERROR, "day-unreadable", place, f"valid-to {until[:40]!r} is no day"
                )
        chart.taxes.append(ReadTax(title, place, rate, key, key, direction, valid_to=valid_to))
