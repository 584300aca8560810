"""The command: see the package."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict

from cpq.pricing_measurements.measuring import measured


def main() -> int:
    """Measure, and print a row a line as JSON."""
    for row in measured():
        print(json.dumps(asdict(row)), flush=True)  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
