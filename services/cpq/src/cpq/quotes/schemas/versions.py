"""What clients receive about versions of a quote."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal, Self

from cpq.facts.payloads import StoredAmount
from cpq.quotes.queries import KeptVersion
from cpq.quotes.rules import Comparison, Difference, canonical
from cpq.quotes.schemas.usage import UsageProofOut
from cpq.quotes.service import Replay
from servicekit.http import Out


class QuoteVersionOut(Out):
    """A revision that was kept."""

    revision: int
    """Which one."""
    content_hash: str
    """SHA-256 of what it offers."""
    label: str | None
    """What somebody called it."""
    kept_at: datetime | None
    """When it was kept, in UTC."""
    kept_by: str | None
    """Who kept it, or sent it: the subject of their access token."""


class QuoteVersionsOut(Out):
    """All revisions that were kept, the newest first."""

    versions: list[QuoteVersionOut]
    """The revisions."""

    @classmethod
    def of(cls, kept: list[KeptVersion]) -> Self:
        """Render them."""
        return cls(versions=[QuoteVersionOut.model_validate(each) for each in kept])


class DifferenceOut(Out):
    """A member that differs."""

    field: str
    """Its name in the offer."""
    before: str | None
    """What the earlier version said, objects as JSON; null: nothing."""
    after: str | None
    """What the later version says, objects as JSON; null: nothing."""


class LineDifferenceOut(Out):
    """What became of a line."""

    key: str
    """The line, by its key."""
    change: Literal["added", "removed", "changed"]
    """What happened to it."""
    fields: list[DifferenceOut]
    """What differs."""
    amount: StoredAmount
    """What the net grows by because of it, not rounded; below zero it shrinks."""


class ComparisonOut(Out):
    """What a later version says differently from an earlier one."""

    fields: list[DifferenceOut]
    """Members of the quote itself."""
    lines: list[LineDifferenceOut]
    """Lines that differ."""
    net: StoredAmount
    """What the net grows by."""

    @classmethod
    def of(cls, found: Comparison) -> Self:
        """Render it."""
        return cls(
            fields=_differences(found.fields),
            lines=[
                LineDifferenceOut(
                    key=line.key,
                    change=line.change,
                    fields=_differences(line.fields),
                    amount=line.amount,
                )
                for line in found.lines
            ],
            net=found.net,
        )


def _differences(found: Sequence[Difference]) -> list[DifferenceOut]:
    return [
        DifferenceOut(field=each.field, before=_text(each.before), after=_text(each.after))
        for each in found
    ]


def _text(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return canonical(value).decode()


class ReplayOut(Out):
    """A revision priced again from nothing but what was kept of it."""

    revision: int
    """Which one."""
    same: bool
    """Every price and every step came out as they were."""
    kept_hash: str
    """SHA-256 of the priced lines as they were."""
    hash: str
    """SHA-256 of the priced lines now."""
    net: StoredAmount
    """Net of the replay."""
    gross: StoredAmount
    """Net and estimated tax of the replay."""
    usage: list[UsageProofOut]
    """The samples of usage, rated again by the replayed prices."""

    @classmethod
    def of(cls, replay: Replay) -> Self:
        """Render it."""
        return cls(
            revision=replay.revision,
            same=replay.same,
            kept_hash=replay.kept_hash,
            hash=replay.hash,
            net=replay.net,
            gross=replay.gross,
            usage=[UsageProofOut.of(proof) for proof in replay.usage],
        )
