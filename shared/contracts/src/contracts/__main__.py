"""`python -m contracts`: generate the schemas and documents, or freeze a release."""

import argparse
import sys

from contracts import compat, files
from contracts.schemas import schemas


def main(arguments: list[str] | None = None) -> int:
    """Run a command; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m contracts", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("generate", help="rewrite schemas, AsyncAPI documents and docs/events.md")
    commands.add_parser("compare", help="compare today's schemas with every release")
    release = commands.add_parser("release", help="freeze today's schemas as a release")
    release.add_argument("name", help="the release, such as 1.0")
    chosen = parser.parse_args(arguments)

    say = sys.stdout.write
    if chosen.command == "generate":
        for path in files.generate():
            say(f"wrote {path.relative_to(files.HOME.parents[1])}\n")
        return 0
    breaks = {
        name: found
        for name, released in files.releases().items()
        if (found := compat.compare_releases(released, schemas()))
    }
    for name, found in breaks.items():
        for slug, reasons in found.items():
            for reason in reasons:
                say(f"{slug} against release {name}: {reason}\n")
    if breaks:
        return 1
    if chosen.command == "release":
        say(f"froze {files.release(chosen.name).relative_to(files.HOME.parents[1])}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
