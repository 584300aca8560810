"""From what was read to a chart that can be taken, and what is wrong with it."""

import re
from collections.abc import Collection

from erp.charts.rules.model import (
    Chart,
    ChartAccount,
    ChartTax,
    Finding,
    Kind,
    Place,
    ReadAccount,
    ReadChart,
    Section,
    Severity,
)

DEFAULT_SECTIONS: dict[Kind, Section] = {
    Kind.ASSET: Section.OTHER_CURRENT_ASSETS,
    Kind.LIABILITY: Section.OTHER_CURRENT_LIABILITIES,
    Kind.EQUITY: Section.EQUITY,
    Kind.INCOME: Section.OTHER_INCOME,
    Kind.EXPENSE: Section.OPERATING_EXPENSES,
}
KINDS_OF_ROLES = {
    "bank": Kind.ASSET,
    "receivables": Kind.ASSET,
    "inventory": Kind.ASSET,
    "input-tax": Kind.ASSET,
    "payables": Kind.LIABILITY,
    "tax-payable": Kind.LIABILITY,
    "retained-earnings": Kind.EQUITY,
    "result-carried": Kind.EQUITY,
    "revenue": Kind.INCOME,
    "cost-of-goods-sold": Kind.EXPENSE,
}
"""Where a file names an account of another kind for a role, it is not believed."""
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._/+-]{0,63}")
_LONGEST_NAME = 200


def check_chart(read: ReadChart) -> Chart:
    """Check what was read, account by account; every account is taken or told of."""
    return _Checking(read).chart()


class _Checking:
    def __init__(self, read: ReadChart) -> None:
        self.read = read
        self.findings = list(read.findings)
        self.by_key: dict[str, ReadAccount] = {}
        for account in read.accounts:
            self.by_key.setdefault(account.key, account)
        self.children: dict[str, list[ReadAccount]] = {}
        for account in read.accounts:
            if account.parent is not None:
                self.children.setdefault(account.parent, []).append(account)

    def note(self, severity: Severity, code: str, place: Place, detail: str) -> None:
        self.findings.append(Finding(severity, code, place, detail))

    def chart(self) -> Chart:
        """The chart with all findings."""
        self._find_duplicates()
        self._find_broken_parents()
        self._find_circles()
        kinds = self._kinds()
        taken = [each for each in self.read.accounts if self._is_taken(each, kinds)]
        codes = {each.key: each.code for each in taken if each.code}
        accounts = tuple(self._account(each, kinds, codes) for each in taken)
        if not any(each.active and not each.heading for each in accounts):
            place = self.read.accounts[0].place if self.read.accounts else Place("", 1, "chart")
            self.note(
                Severity.ERROR,
                "no-account-to-post-to",
                place,
                "the files have no account that takes postings",
            )
        taxes = tuple(self._taxes(codes))
        roles = self._roles(codes)
        return Chart(self.read.layout, accounts, taxes, roles, tuple(self.findings))

    def _find_duplicates(self) -> None:
        seen: dict[str, ReadAccount] = {}
        for account in self.read.accounts:
            if account.code is None:
                continue
            first = seen.setdefault(account.code, account)
            if first is not account:
                self.note(
                    Severity.ERROR,
                    "duplicate-code",
                    account.place,
                    f"code {account.code} is that of {first.name!r} in "
                    f"{first.place.file}:{first.place.line} already",
                )

    def _find_broken_parents(self) -> None:
        by_code = {each.code: each for each in reversed(self.read.accounts) if each.code}
        for account in self.read.accounts:
            if account.parent is None or account.parent in self.by_key:
                continue
            if account.parent in by_code:
                account.parent = by_code[account.parent].key
                self.children.setdefault(account.parent, []).append(account)
                continue
            self.note(
                Severity.ERROR,
                "broken-parent",
                account.place,
                f"the parent {account.parent!r} is not in the files",
            )
            account.parent = None

    def _find_circles(self) -> None:
        clear: set[str] = set()
        for account in self.read.accounts:
            path: list[str] = []
            on_path: set[str] = set()
            key: str | None = account.key
            while key is not None and key not in clear and key not in on_path:
                path.append(key)
                on_path.add(key)
                key = self.by_key[key].parent if key in self.by_key else None
            if key is not None and key in on_path:
                circle = path[path.index(key) :]
                self.note(
                    Severity.ERROR,
                    "circle-of-parents",
                    self.by_key[key].place,
                    f"{' -> '.join([*circle, key])} stand below each other",
                )
                self.by_key[key].parent = None
            clear |= on_path

    def _kinds(self) -> dict[str, Kind]:
        """The kind of each account; a heading's is that of the first account below it."""
        kinds = {
            each.key: each.kind
            for each in self.read.accounts
            if each.kind is not None and each.left_out is None
        }
        for account in self.read.accounts:
            if account.key not in kinds:
                continue
            above, steps = account.parent, 0
            while above is not None and above not in kinds and steps <= len(self.by_key):
                if self.by_key[above].heading:
                    kinds[above] = kinds[account.key]
                above, steps = self.by_key[above].parent, steps + 1
        return kinds

    def _is_taken(self, account: ReadAccount, kinds: dict[str, Kind]) -> bool:
        if account.code is None:
            below = bool(self.children.get(account.key))
            self.note(
                Severity.NOTICE if below else Severity.WARNING,
                "account-without-code",
                account.place,
                f"{account.name!r} has no code: "
                + ("what is below it stands one level higher" if below else "it is left out"),
            )
            return False
        if not _CODE.fullmatch(account.code):
            self.note(
                Severity.ERROR,
                "code-cannot-be",
                account.place,
                f"code {account.code[:80]!r} is not 1 to 64 letters, digits and . _ / + -",
            )
            return False
        if not account.name:
            self.note(
                Severity.WARNING,
                "account-without-name",
                account.place,
                f"{account.code} has no name: its code serves as one",
            )
            account.name = account.code
        if account.key in kinds:
            return True
        if account.left_out is not None:
            self.note(
                Severity.WARNING,
                "account-left-out",
                account.place,
                f"{account.code} {account.name!r} is left out: {account.left_out}",
            )
        elif account.heading:
            self.note(
                Severity.WARNING,
                "heading-without-accounts",
                account.place,
                f"{account.code} {account.name!r} has no account below it and is left out",
            )
        else:
            self.note(
                Severity.ERROR,
                "unknown-kind",
                account.place,
                f"{account.code} {account.name!r}: {account.untold}",
            )
        return False

    def _account(
        self, account: ReadAccount, kinds: dict[str, Kind], codes: dict[str, str]
    ) -> ChartAccount:
        kind = kinds[account.key]
        above, steps = account.parent, 0
        while above is not None and above not in codes and steps <= len(self.by_key):
            above, steps = self.by_key[above].parent, steps + 1
        name = " ".join(account.name.split())
        if len(name) > _LONGEST_NAME:
            self.note(
                Severity.WARNING,
                "name-cut",
                account.place,
                f"the name of {account.code} has {len(name)} characters and is cut at "
                f"{_LONGEST_NAME}",
            )
            name = name[:_LONGEST_NAME]
        return ChartAccount(
            code=account.code or "",
            name=name,
            kind=kind,
            section=account.section if account.section and account.kind is kind else _plain(kind),
            parent=codes.get(above) if above is not None else None,
            heading=account.heading,
            active=account.active,
            hints=account.hints,
            place=account.place,
        )

    def _taxes(self, codes: dict[str, str]) -> list[ChartTax]:
        found = []
        for tax in self.read.taxes:
            if tax.rate is not None and tax.rate and tax.account is None:
                self.note(
                    Severity.WARNING,
                    "tax-without-account",
                    tax.place,
                    f"tax {tax.name!r} has a rate and names no account",
                )
            for named in dict.fromkeys((tax.account, tax.credit_note_account)):
                if named is not None and self._tax_account(named, codes) is None:
                    self.note(
                        Severity.ERROR,
                        "tax-account-unknown",
                        tax.place,
                        f"tax {tax.name!r} names account {named!r}, which is not in the files or "
                        "was left out",
                    )
            found.append(
                ChartTax(
                    " ".join(tax.name.split())[:_LONGEST_NAME],
                    tax.rate,
                    self._tax_account(tax.account, codes),
                    self._tax_account(tax.credit_note_account, codes),
                    tax.direction,
                    tax.part_of,
                    tax.valid_from,
                    tax.valid_to,
                )
            )
        return found

    def _tax_account(self, named: str | None, codes: dict[str, str]) -> str | None:
        if named is None:
            return None
        bare = named.rpartition(".")[2]
        return codes.get(named) or codes.get(bare) or _code_among(named, codes.values())

    def _roles(self, codes: dict[str, str]) -> dict[str, str]:
        roles = {}
        for role, keys in self.read.roles.items():
            wanted = KINDS_OF_ROLES.get(role)
            fitting = [
                key
                for key in keys
                if key in codes and (wanted is None or self.by_key[key].kind is wanted)
            ]
            for key in keys:
                if key in codes and key not in fitting:
                    self.note(
                        Severity.NOTICE,
                        "role-of-another-kind",
                        self.by_key[key].place,
                        f"the file names {codes[key]} for {role}, but it is no {wanted} account: "
                        "the role is left unmapped",
                    )
            candidates = sorted({codes[key] for key in fitting})
            if len(candidates) == 1:
                roles[role] = candidates[0]
            elif candidates:
                self.note(
                    Severity.NOTICE,
                    "role-ambiguous",
                    self.by_key[fitting[0]].place,
                    f"role {role} may be any of {', '.join(candidates[:20])}: it is left unmapped",
                )
        return roles


def _plain(kind: Kind) -> Section:
    return DEFAULT_SECTIONS[kind]


def _code_among(named: str, codes: Collection[str]) -> str | None:
    return named if named in codes else None
