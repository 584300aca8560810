"""What a bank says of a payment run: ISO 20022 pain.002, the customer payment status report."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from lxml import etree

from servicekit import markup
from servicekit.errors import InvalidInput, NotFound, RuleBroken

NAMESPACE = re.compile(r"^urn:iso:std:iso:20022:tech:xsd:pain\.002\.001\.(\d{2})$")
VERSIONS = range(3, 15)
"""The versions that are read: what this needs of them is the same in all."""
REJECTED = frozenset({"RJCT", "CANC"})
SETTLED = frozenset({"ACSC", "ACCC", "ACWC"})
PARTLY = "PART"


class StatusReportIsNotReadable(InvalidInput):
    """What is no status report is not looked at."""

    code = "status-report-is-not-readable"
    title = "The file is a customer payment status report (pain.002)"
    hint = "Send the XML that the bank gave, pain.002.001.03 or later, of at most 5 MB."


class StatusReportNotFound(NotFound):
    """The report does not exist, or belongs to another tenant."""

    code = "status-report-not-found"
    title = "No such status report"
    hint = "List them with GET /v1/payment-status-reports."


class StatusReportIsOfNoRun(NotFound):
    """A report names the message that it answers."""

    code = "status-report-is-of-no-run"
    title = "The report answers a payment run that was released"
    hint = "OrgnlMsgId is the MsgId of the run's file: GET /v1/payment-runs/{id}/file."


class StatusReportNamesAnotherPayment(RuleBroken):
    """A report about a run tells of its payments only."""

    code = "status-report-names-another-payment"
    title = "Every payment that the report names is one of its run"
    hint = "Ask the bank: nothing of the report was taken."


class StatusReportContradicts(RuleBroken):
    """What was rejected is not settled, and the other way round."""

    code = "status-report-contradicts"
    title = "A payment that was settled is not rejected by a later report, nor the reverse"
    hint = "Money that comes back later is booked by POST /v1/supplier-payments/{id}/return."


class StatusReportIsAnother(RuleBroken):
    """A bank gives each report a number of its own."""

    code = "status-report-is-another"
    title = "The report of this number was taken with other contents"
    hint = "Read what was taken: GET /v1/payment-status-reports."


class Outcome(StrEnum):
    """What has become of a payment."""

    PENDING = "pending"
    SETTLED = "settled"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Told:
    """A status with its reason: a code (ISO 20022 external set) and words."""

    status: str
    reason_code: str | None = None
    reason: str | None = None

    @property
    def outcome(self) -> Outcome:
        """What it means for a payment."""
        if self.status in REJECTED:
            return Outcome.REJECTED
        return Outcome.SETTLED if self.status in SETTLED else Outcome.PENDING


@dataclass(frozen=True, slots=True)
class StatusReport:
    """A report: of the message as a whole, and of payments by their end-to-end ids.

    `batch` is the status of the one batch that a run's file has. `said_on` is the calendar day of
    its creation as the bank wrote it.
    """

    number: str
    said_on: date
    message_id: str
    group: Told | None
    batch: Told | None
    payments: Mapping[str, Told]


def read_status_report(content: bytes) -> StatusReport:
    """A report out of a file. Raises `StatusReportIsNotReadable`."""
    root = markup.parsed(content, StatusReportIsNotReadable)
    name = etree.QName(root)
    version = NAMESPACE.match(name.namespace or "")
    if name.localname != "Document" or version is None or int(version.group(1)) not in VERSIONS:
        raise StatusReportIsNotReadable(
            f"It is {name.localname} of {name.namespace or 'no namespace'}.", field="content"
        )
    at = _Reader(root, name.namespace or "")
    group = at.one("CstmrPmtStsRpt/OrgnlGrpInfAndSts")
    batches = at.all("CstmrPmtStsRpt/OrgnlPmtInfAndSts")
    if len(batches) > 1:
        raise StatusReportIsNotReadable(
            "It tells of several batches; a run's file has one.", field="content"
        )
    payments: dict[str, Told] = {}
    for one in at.all("CstmrPmtStsRpt/OrgnlPmtInfAndSts/TxInfAndSts"):
        named = one.required("OrgnlEndToEndId")
        if named in payments:
            raise StatusReportIsNotReadable(f"It names {named} twice.", field="content")
        told = one.told("TxSts")
        if told is not None:
            payments[named] = told
    return StatusReport(
        at.required("CstmrPmtStsRpt/GrpHdr/MsgId"),
        _day(at.required("CstmrPmtStsRpt/GrpHdr/CreDtTm")),
        at.required("CstmrPmtStsRpt/OrgnlGrpInfAndSts/OrgnlMsgId"),
        group.told("GrpSts") if group else None,
        batches[0].told("PmtInfSts") if batches else None,
        payments,
    )


def outcomes(report: StatusReport, payments: Sequence[str]) -> dict[str, Told]:
    """What a report says of each payment of its run, by end-to-end id; the closest word counts.

    A payment that is not named has the status of the batch, else of the message; where that is
    PART, nothing is said of it (ISO 20022 payments status report, message definition: status is
    given at the level at which it differs). Raises `StatusReportNamesAnotherPayment`.
    """
    for named in report.payments:
        if named not in payments:
            raise StatusReportNamesAnotherPayment(f"{named} is no payment of the run.")
    whole = report.batch or report.group
    found = dict(report.payments)
    if whole is not None and whole.status != PARTLY:
        for payment in payments:
            found.setdefault(payment, whole)
    return found


def check_follows(known: Outcome | None, told: Outcome, name: str) -> None:
    """Raise `StatusReportContradicts` where a final word is followed by the opposite one."""
    if {known, told} == {Outcome.SETTLED, Outcome.REJECTED}:
        raise StatusReportContradicts(f"{name} was {known}, the report says {told}.")


class _Reader:
    """Reads values by paths in one namespace; what is missing is None."""

    def __init__(self, at: etree._Element, namespace: str) -> None:
        self._at, self._namespace = at, namespace

    def _path(self, path: str) -> str:
        return "/".join(f"{{{self._namespace}}}{step}" for step in path.split("/"))

    def one(self, path: str) -> "_Reader | None":
        found = self._at.find(self._path(path))
        return None if found is None else _Reader(found, self._namespace)

    def all(self, path: str) -> list["_Reader"]:
        return [_Reader(one, self._namespace) for one in self._at.findall(self._path(path))]

    def text(self, path: str) -> str | None:
        return (self._at.findtext(self._path(path)) or "").strip() or None

    def required(self, path: str) -> str:
        found = self.text(path)
        if found is None:
            raise StatusReportIsNotReadable(f"{path} is missing.", field="content")
        return found

    def told(self, status: str) -> Told | None:
        """The status at this level with its first reason; None where nothing is said."""
        found = self.text(status)
        if found is None:
            return None
        if not re.fullmatch(r"[A-Z]{4}", found):
            raise StatusReportIsNotReadable(f"{found[:40]!r} is no status.", field="content")
        code = self.text("StsRsnInf/Rsn/Cd")
        words = self.text("StsRsnInf/AddtlInf") or self.text("StsRsnInf/Rsn/Prtry")
        if code is not None and not re.fullmatch(r"[A-Z0-9]{4}", code):
            words = f"{code[:35]} {words or ''}".strip()
            code = None
        return Told(found, code, None if words is None else words[:500])


def _day(text: str) -> date:
    try:
        return datetime.fromisoformat(text).date()
    except ValueError as error:
        raise StatusReportIsNotReadable(f"{text[:40]!r} is no instant.", field="content") from error
