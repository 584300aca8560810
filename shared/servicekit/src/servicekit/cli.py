"""The command line of a service: `python -m <service> <command>`."""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from servicekit.settings import SettingsError

if TYPE_CHECKING:
    from servicekit.service import Service


@dataclass(frozen=True, slots=True)
class Command:
    """A command: how its arguments look and what it does.

    `run` gets the service and the parsed arguments, reads the settings it needs by
    `Settings.load(service.name)`, and returns the exit status.
    """

    run: Callable[[Service, argparse.Namespace], int]
    configure: Callable[[argparse.ArgumentParser], None] | None = None


# Each command is imported only when it is called, so that `migrate` needs no HTTP server and a
# probe starts fast: name -> (what it does, module, attribute holding the Command).
COMMANDS: dict[str, tuple[str, str, str]] = {
    "serve": ("Answer HTTP requests.", "servicekit.http.commands", "SERVE"),
    "work": (
        "Relay events, consume events, run jobs, seal the audit trail.",
        "servicekit.messaging.commands",
        "WORK",
    ),
    "migrate": (
        "Bring the database to the newest schema.",
        "servicekit.migrations.commands",
        "MIGRATE",
    ),
    "revision": (
        "Write a migration for what changed in the models.",
        "servicekit.migrations.commands",
        "REVISION",
    ),
    "openapi": ("Print the OpenAPI document.", "servicekit.http.commands", "OPENAPI"),
    "health": ("Probe a running process; for containers.", "servicekit.http.commands", "HEALTH"),
    "parked": ("List parked messages.", "servicekit.messaging.commands", "PARKED"),
    "redrive": (
        "Hand parked messages to their handlers again.",
        "servicekit.messaging.commands",
        "REDRIVE",
    ),
    "discard": (
        "Give up a parked message, with a reason.",
        "servicekit.messaging.commands",
        "DISCARD",
    ),
    "replay": ("Publish events again from the outbox.", "servicekit.messaging.commands", "REPLAY"),
    "rebuild": (
        "Empty a read model and read its topics again.",
        "servicekit.messaging.commands",
        "REBUILD",
    ),
    "lag": ("Show how far each consumer is behind.", "servicekit.messaging.commands", "LAG"),
    "after-restore": (
        "Go on where the topics end, after this database was restored to an earlier moment.",
        "servicekit.messaging.commands",
        "AFTER_RESTORE",
    ),
    "verify-audit": (
        "Recompute the audit trail's chain and compare it with the anchors.",
        "servicekit.audit.commands",
        "VERIFY",
    ),
}


def main(service: Service, arguments: Sequence[str] | None = None) -> None:
    """Run one command and exit the process: 0 done, 1 failed, 2 wrong arguments or settings."""
    raise SystemExit(run(service, sys.argv[1:] if arguments is None else arguments))


def run(service: Service, arguments: Sequence[str]) -> int:
    """Run one command and return its exit status."""
    if not arguments or arguments[0] in {"-h", "--help", "help"}:
        print(_overview(service))  # noqa: T201
        return 0 if arguments else 2
    name, *rest = arguments
    commands = {**COMMANDS, **service.commands}
    if name not in commands:
        print(f"There is no command {name!r}.\n\n{_overview(service)}", file=sys.stderr)  # noqa: T201
        return 2
    help_text, module, attribute = commands[name]
    command: Command = getattr(importlib.import_module(module), attribute)
    parser = argparse.ArgumentParser(f"python -m {service.name} {name}", description=help_text)
    if command.configure is not None:
        command.configure(parser)
    parsed = parser.parse_args(rest)
    try:
        return command.run(service, parsed)
    except SettingsError as error:
        print(f"The settings do not fit:\n{error}", file=sys.stderr)  # noqa: T201
        return 2


def _overview(service: Service) -> str:
    commands = {**COMMANDS, **service.commands}
    width = max(map(len, commands))
    lines = [f"  {name:<{width}}  {text}" for name, (text, _, _) in commands.items()]
    return "\n".join(
        [
            f"{service.title} {service.version}",
            "",
            f"python -m {service.name} <command>",
            "",
            *lines,
        ]
    )
