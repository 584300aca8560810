"""What a validator found."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from servicekit.errors import RuleBroken


class Severity(StrEnum):
    """Whether a finding keeps a document from being sent."""

    FATAL = "fatal"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule that a document breaks, and where: an XPath, or the line of the schema's complaint."""

    rule: str
    severity: Severity
    location: str
    text: str


class EinvoiceIsNotValid(RuleBroken):
    """What the official rules refuse does not leave."""

    code = "einvoice-is-not-valid"
    title = "An e-invoice passes the official rules of EN 16931"
    hint = "Each fault names the rule and the place; correct the legal or the billing details."


def is_fatal(findings: Sequence[Finding]) -> bool:
    """Whether one of them is."""
    return any(each.severity is Severity.FATAL for each in findings)
