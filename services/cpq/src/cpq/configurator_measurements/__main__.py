"""The command: see the package."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path

from cpq.configuration.document import write
from cpq.configuration.model import Choice
from cpq.configurator.rules.wording import Wording
from cpq.configurator_measurements.measuring import Walked, growth, measured
from cpq.configurator_measurements.subjects import NAMES, DataIsMissing, Subject, subject


def main() -> int:
    """Measure what the arguments name; exit status 2 when its data set is missing."""
    parser = argparse.ArgumentParser("python -m cpq.configurator_measurements", description=__doc__)
    parser.add_argument("what", choices=(*NAMES, "growth"))
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--seconds", type=float, default=300, help="for compiling one model")
    parser.add_argument("--walks", type=Path, help="where to write what was walked through")
    arguments = parser.parse_args()
    if arguments.what == "growth":
        rows = growth(arguments.seconds)
    else:
        try:
            chosen = subject(arguments.what, arguments.data)
        except DataIsMissing as missing:
            print(f"the data set {missing} is missing", file=sys.stderr)  # noqa: T201
            return 2

        def keep(found: Walked) -> None:
            if arguments.walks is not None:
                arguments.walks.write_text(json.dumps(asked(chosen, found)))

        rows = measured(chosen, arguments.seconds, keep)
    for row in rows:
        print(json.dumps(asdict(row)), flush=True)  # noqa: T201
    return 0


def asked(chosen: Subject, found: Walked) -> dict[str, object]:
    """The document, and each walk's choices as the HTTP API takes them."""
    wording = Wording(chosen.model)

    def written(choice: Choice) -> dict[str, object]:
        value = choice.value if isinstance(choice.value, bool) else str(choice.value)
        return {"target": wording.text(choice.target), "value": value}

    return {
        "told": chosen.told,
        "wanted": chosen.wanted,
        "document": write(chosen.model),
        "walks": [[written(choice) for choice in walk] for walk in found.walks],
    }


if __name__ == "__main__":
    sys.exit(main())
