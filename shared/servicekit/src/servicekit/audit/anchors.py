"""The chain's head, written down outside the database."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Anchor:
    """The hash that the chain had at a position, at an aware UTC instant."""

    at: datetime
    position: int
    hash: bytes


@dataclass(frozen=True, slots=True)
class AnchorFile:
    """Anchors of one service, one JSON object a line, only ever appended to.

    Keep it where whoever administers the database cannot write: it is what shows that the last
    rows, or the whole chain, were replaced.
    """

    path: Path

    @classmethod
    def of(cls, state_directory: Path, service: str) -> AnchorFile:
        """The anchors of a service: `<state>/audit-anchors/<service>.jsonl`."""
        return cls(state_directory / "audit-anchors" / f"{service}.jsonl")

    def append(self, anchor: Anchor) -> None:
        """Add an anchor and wait until the disk has it."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        line = json.dumps(
            {
                "at": anchor.at.isoformat(),
                "position": anchor.position,
                "hash": anchor.hash.hex(),
            }
        )
        with self.path.open("a", encoding="utf-8") as file:
            file.write(line + "\n")
            file.flush()
            os.fsync(file.fileno())

    def read(self) -> list[Anchor]:
        """All anchors, oldest first; none when the file does not exist.

        A half-written last line, which a crash may leave, is passed over; any other line that
        cannot be read raises ValueError.
        """
        try:
            lines = self.path.read_text(encoding="utf-8").split("\n")
        except FileNotFoundError:
            return []
        anchors = []
        for number, line in enumerate(lines, start=1):
            if not line:
                continue
            try:
                document = json.loads(line)
                anchors.append(
                    Anchor(
                        datetime.fromisoformat(document["at"]),
                        int(document["position"]),
                        bytes.fromhex(document["hash"]),
                    )
                )
            except (ValueError, KeyError, TypeError) as error:
                if number == len(lines):
                    break
                raise ValueError(f"{self.path}, line {number}, is no anchor: {line!r}") from error
        return anchors
