"""The commands of `python -m operations`; the Makefile calls them."""

import asyncio
import contextlib
import importlib
import json
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from types import FrameType
from typing import Annotated, NoReturn

import typer
from rich.console import Console

from operations.clients import CallRefused, Endpoints, ServiceUnreachable
from operations.ports import SERVICES, Ports
from operations.process import StartupError
from operations.repository import state_directory

app = typer.Typer(
    name="operations",
    help="Tradewind on one machine.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

# What follows the name is the command's own business.
PASS_THROUGH = {"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []}


@app.command()
def run(
    seed: Annotated[bool, typer.Option(help="Load the sample company the first time.")] = True,
) -> None:
    """Start the whole system on this machine and watch over it; Ctrl-C stops it."""
    from operations import supervisor

    raise typer.Exit(supervisor.run(seed=seed))


@app.command()
def token(client_id: Annotated[str, typer.Argument()] = "demo-admin") -> None:
    """Print an access token of the running system, for curl and friends."""
    from operations.issuer.client import TokenRefusedError, fetch_token

    try:
        typer.echo(fetch_token(endpoints().issuer, client_id))
    except TokenRefusedError as refusal:
        _fail(str(refusal))
    except OSError:
        _fail("No token issuer answers. Start the system with `make run`.")


@app.command()
def kafka(
    brokers: Annotated[int, typer.Option(min=1, max=5, help="How many brokers.")] = 1,
    port: Annotated[int, typer.Option(help="The first broker's port; the others follow.")] = 19092,
) -> None:
    """Run a real Apache Kafka on loopback until Ctrl-C (needs Java 17 and Maven)."""
    from operations.kafka import BrokerPorts, KafkaCluster

    console = Console()
    pairs = [BrokerPorts(port + n, port + 100 + n) for n in range(brokers)]
    cluster = KafkaCluster(state_directory() / "kafka" / f"cluster-{brokers}", brokers, pairs)

    def stop(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, stop)
    console.print("Starting Apache Kafka; the first time, Maven fetches it (some 45 MB)")
    try:
        cluster.start()
        console.print(
            f"[bold green]Kafka is running[/bold green] at {cluster.bootstrap}\n"
            "Ctrl-C stops it; what is in it is kept. To use it:\n"
            f"  TRADEWIND_KAFKA_BOOTSTRAP={cluster.bootstrap} "
            f"TRADEWIND_KAFKA_REPLICATION_FACTOR={cluster.copies} make run",
            highlight=False,
            soft_wrap=True,
        )
        signal.pause()
    except KeyboardInterrupt:
        console.print("\nStopping Kafka")
    except StartupError as error:
        _fail(str(error))
    finally:
        cluster.stop()


@app.command()
def migrate() -> None:
    """Bring the databases of the local system to the newest schema, running or not."""
    from operations.stack import Stack

    stack = Stack(
        state_directory(),
        ports=Ports.from_environment(),
        postgres_url=os.environ.get("TRADEWIND_POSTGRES_URL"),
        report=typer.echo,
    )
    try:
        stack.migrate_databases()
    except StartupError as error:
        _fail(str(error))


@app.command(context_settings=PASS_THROUGH)
def service(context: typer.Context, name: Annotated[str, typer.Argument()]) -> None:
    """Run a command of a service with the running system's settings: service erp parked list."""
    from operations.stack import Stack

    if name not in SERVICES:
        _fail(f"There is no service {name}; there are {', '.join(SERVICES)}.")
    stack = Stack(
        state_directory(),
        ports=Ports.from_environment(),
        kafka_bootstrap=os.environ.get("TRADEWIND_KAFKA_BOOTSTRAP"),
        postgres_url=os.environ.get("TRADEWIND_POSTGRES_URL"),
    )
    environment = {**os.environ, **stack.service_environment(name)}
    os.execve(  # noqa: S606  # Our own interpreter, no shell.
        sys.executable, [sys.executable, "-m", name, *context.args], environment
    )


@app.command()
def seed() -> None:
    """Load the sample company into the running system; again is harmless."""
    from operations.importer import command

    reports = state_directory() / "reports"
    with _plain_words():
        report = asyncio.run(
            command.seed(
                endpoints=endpoints(),
                client_secret="demo-admin-secret",  # noqa: S106  # public by design
                reports=reports,
                console=Console(),
            )
        )
    raise typer.Exit(1 if report.refusals else 0)


@app.command("import")
def import_(
    mapping: Annotated[str, typer.Argument(help="northwind, adventureworks or a mapping file.")],
    directory: Annotated[Path, typer.Argument(help="Where the tables are.", exists=True)],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check only.")] = False,
    client_id: Annotated[str | None, typer.Option(help="Who imports.")] = None,
    client_secret: Annotated[str | None, typer.Option(envvar="TRADEWIND_CLIENT_SECRET")] = None,
) -> None:
    """Import a company's tables through the services' own bulk endpoints."""
    from operations.importer import command
    from operations.importer.mapping import read_mapping

    with _plain_words():
        path = command.SHIPPED_MAPPINGS.get(mapping) or Path(mapping)
        who = client_id or f"{read_mapping(path).tenant}-admin"
        report = asyncio.run(
            command.import_directory(
                mapping,
                directory,
                endpoints=endpoints(),
                client_id=who,
                client_secret=client_secret or f"{who}-secret",
                dry_run=dry_run,
                reports=state_directory() / "reports",
                console=Console(),
            )
        )
    raise typer.Exit(1 if report.refusals else 0)


@app.command(context_settings=PASS_THROUGH)
def demo(context: typer.Context) -> None:
    """Tell the quote-to-cash story with the running services."""
    _hand_over("operations.demo", context.args)


@app.command(context_settings=PASS_THROUGH)
def bench(context: typer.Context) -> None:
    """Measure the system on this machine and write docs/benchmarks.md."""
    _hand_over("operations.bench", context.args)


def endpoints() -> Endpoints:
    """Where the running system listens: as it noted itself, else the ports it would take."""
    note = state_directory() / "stack.json"
    ports = Ports.from_environment()
    found = json.loads(note.read_text()) if note.exists() else {}
    return Endpoints(
        issuer=found.get("issuer", ports.issuer_url),
        crm=found.get("crm", ports.service_url("crm")),
        erp=found.get("erp", ports.service_url("erp")),
        cpq=found.get("cpq", ports.service_url("cpq")),
    )


def main() -> None:
    """Run a command; what goes wrong at start-up is told without a traceback."""
    try:
        app()
    except StartupError as error:
        _fail(str(error))


def _hand_over(module: str, arguments: Sequence[str]) -> NoReturn:
    if find_spec(module) is None:
        _fail(f"{module} is not part of this version.")
    code = importlib.import_module(module).main(list(arguments))
    raise typer.Exit(int(code or 0))


@contextlib.contextmanager
def _plain_words() -> Iterator[None]:
    """Turn what a person can act upon into one line instead of a traceback."""
    from operations.importer.mapping import MappingError
    from operations.importer.sources import SourceError

    try:
        yield
    except (CallRefused, ServiceUnreachable, MappingError, SourceError) as error:
        _fail(str(error))


def _fail(words: str) -> NoReturn:
    typer.secho(words, err=True, fg=typer.colors.RED)
    raise typer.Exit(1)
