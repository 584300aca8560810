"""What the words of a chart say: English, German, French, Spanish, Italian, Dutch, Chinese.

Many charts tell what an account is only by the name of the heading or type it stands under. A
decision made by words is told as a notice, never silently; and the words decide no role.
"""

import re
from collections.abc import Sequence

from erp.charts.rules.model import Kind, Section

_KINDS: tuple[tuple[Kind, re.Pattern[str]], ...] = tuple(
    (kind, re.compile(words, re.IGNORECASE))
    for kind, words in (
        (
            Kind.LIABILITY,
            r"fremdkapital|verbindlichkeit|rückstellung|liabilit|payable|creditor|\bloans?\b"
            r"|\bdettes?\b|emprunt|fournisseur|pasivos?\b|debiti|schulden|passive rechnungsabgr"
            r"|deferred tax|负债",
        ),
        (
            Kind.EQUITY,
            r"eigenkapital|anfangskapital|entnahmen|\beinlagen\b|kapitalrücklage|gewinnrücklage|gewinnvortrag"
            r"|gezeichnetes kapital"
            r"|\bequity\b|\bcapital and reserves\b|share capital|capitaux propres|fonds propres"
            r"|\bréserves?\b|report à nouveau|patrimonio|eigen vermogen|所有者权益|权益",
        ),
        (
            Kind.ASSET,
            r"\baktiva\b|anlagevermögen|umlaufvermögen|\bassets?\b|\bactifs?\b|immobilis"
            r"|\bactivos?\b|attivit|activa\b|资产",
        ),
    )
)
_RESULTS: tuple[tuple[Kind, re.Pattern[str]], ...] = tuple(
    (kind, re.compile(words, re.IGNORECASE))
    for kind, words in (
        # A release names the charge that it takes back, so it is looked for first.
        (Kind.INCOME, r"\breprises?\b|auflösung von|erträge aus"),
        (
            Kind.EXPENSE,
            r"expenses?\b|\bcosts?\b|\bloss(es)?\b|aufwand|aufwendung|kosten|\bsteuern\b"
            r"|\bcharges\b|\bachats?\b|\bimpôts?\b|gastos?\b|costi\b|depreciation|amorti[sz]ation"
            r"|abschreibung|费用|成本",
        ),
        (
            Kind.INCOME,
            r"revenues?\b|\bincome\b|\bgains?\b|\bsales\b|erlöse?|ertrag|erträge|\bproduits?\b"
            r"|\bventes?\b|chiffre d|ingresos?\b|ricavi\b|opbrengst|收入|收益",
        ),
    )
)
_SECTIONS: dict[Kind, tuple[tuple[Section, re.Pattern[str]], ...]] = {
    kind: tuple((section, re.compile(words, re.IGNORECASE)) for section, words in rules)
    for kind, rules in {
        Kind.ASSET: (
            (
                Section.NON_CURRENT_ASSETS,
                r"non.?current|fixed asset|capital asset|property|anlagevermögen|immobilis"
                r"|sachanlage|finanzanlage|immaterielle|intangible|goodwill|equipment|machiner"
                r"|vehicle|buildings?|accumulated (depr|amort)|accum\. ?(depr|amort)"
                r"|amortissements? des|固定资产"
                r"|累计折旧|无形资产|累计摊销|在建工程|长期|生产性生物",
            ),
            (
                Section.CASH,
                r"\bcash\b|\bbank\b|\bchecking|\bkasse\b|kassenbestand|bankguthaben|\bbanken?\b"
                r"|guthaben bei kredit|caisse|disponib|现金|银行存款|货币资金",
            ),
            (
                Section.INVENTORY,
                r"inventor|\bstocks?\b|vorräte|fertige|roh-|\bwaren\b|matières|marchandises"
                r"|en-cours|材料|库存|商品|周转|消耗性",
            ),
            (
                Section.RECEIVABLES,
                r"receivable|debtors?\b|forderungen aus lief|créances clients|\bclients\b|应收",
            ),
        ),
        Kind.LIABILITY: (
            (
                Section.NON_CURRENT_LIABILITIES,
                r"non.?current liab|long.?term|pension|bonds?\b|anleihen|darlehen|emprunts?"
                r"|mortgage|langfr|长期",
            ),
            (
                Section.PAYABLES,
                r"accounts? payable|trade payable|creditors?\b|verbindlichkeiten aus lief"
                r"|fournisseurs|应付账款|应付票据",
            ),
        ),
        Kind.EQUITY: (),
        Kind.INCOME: (
            (
                Section.FINANCIAL_RESULT,
                r"interest|zins|financ|finanz|dividend|exchange|kursdiff|währungs|投资收益",
            ),
            (Section.OTHER_INCOME, r"other|sonstige|autres|exception|ausserord|außerord|营业外"),
            (
                Section.REVENUE,
                r"revenue|\bsales\b|erlöse|ventes|chiffre d|umsatz|operating income|业务收入",
            ),
        ),
        Kind.EXPENSE: (
            (
                Section.INCOME_TAXES,
                r"income tax|steuern vom eink|ertragsteuer|körperschaft|impôts? sur les (bén|soci)"
                r"|corporation tax|所得税",
            ),
            (Section.DEPRECIATION, r"depreciat|amorti[sz]ation|abschreib|dotations?\b|折旧|摊销"),
            (
                Section.FINANCIAL_RESULT,
                r"interest|zins|financ|finanz|exchange|kursdiff|财务费用",
            ),
            (
                Section.COST_OF_SALES,
                r"cost of (goods|sales|revenue)|\bcogs\b|materialaufwand|wareneinsatz|wareneingang"
                r"|purchases?\b|\bachats?\b|业务成本",
            ),
        ),
    }.items()
}


def kind_by_words(names: Sequence[str], *, of_result: bool) -> Kind | None:
    """The kind that the nearest of `names` tells, or None.

    `names` begin with the account's own and go up. `of_result`: whether it is known to stand in
    the profit and loss, and not in the balance sheet.
    """
    for name in names:
        for kind, words in _RESULTS if of_result else _KINDS:
            if words.search(name):
                return kind
    return None


def section_by_words(kind: Kind, names: Sequence[str]) -> Section | None:
    """The section that the nearest of `names` tells for an account of a kind, or None."""
    for name in names:
        for section, words in _SECTIONS[kind]:
            if words.search(name):
                return section
    return None
