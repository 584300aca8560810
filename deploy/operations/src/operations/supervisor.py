"""`make run`: starts the stack, watches over it, tells a person what is going on."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from rich.console import Console
from rich.table import Table

from operations.ports import Ports
from operations.process import StartupError
from operations.repository import state_directory
from operations.stack import Stack

WATCH_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 30.0

# Whoever has run this long is taken as healthy again, and its next restart is immediate.
HEALTHY_SECONDS = 60.0


class StopRequestedError(BaseException):
    """A person or the system asked us to end; not an Exception, so nothing swallows it."""


@dataclass(slots=True)
class Restart:
    """When a part that died may be started again."""

    deaths: int = 0
    not_before: float = 0.0
    started: float = field(default_factory=time.monotonic)

    def died(self, now: float) -> float:
        """Note a death; return the pause before the next start, longer each time."""
        self.deaths = 1 if now - self.started > HEALTHY_SECONDS else self.deaths + 1
        pause: float = min(LONGEST_PAUSE_SECONDS, 0.5 * 2 ** (self.deaths - 1))
        self.not_before = now + pause
        return pause


def run(*, seed: bool = True) -> int:
    """Run the whole system in the foreground until Ctrl-C or SIGTERM; the exit code."""
    console = Console()
    stack: Stack | None = None
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _request_stop)
    began = time.monotonic()
    try:
        state = state_directory()
        state.mkdir(parents=True, exist_ok=True)
        stack = Stack(
            state,
            ports=Ports.from_environment(),
            kafka_bootstrap=os.environ.get("TRADEWIND_KAFKA_BOOTSTRAP"),
            postgres_url=os.environ.get("TRADEWIND_POSTGRES_URL"),
            environment=_passed_on(),
            report=lambda words: console.print(f"[cyan]•[/cyan] {words}"),
        )
        stack.start()
        if seed:
            _seed_once(stack, console)
        _introduce(stack, console, time.monotonic() - began)
        _watch(stack, console)
    except StopRequestedError:
        pass
    except StartupError as error:
        console.print(
            f"[bold red]Tradewind did not start.[/bold red] {error}",
            highlight=False,
            soft_wrap=True,
        )
        return 1
    finally:
        if stack is not None:
            _stop(stack, console)
    return 0


def _passed_on() -> dict[str, str]:
    """Settings of a person's shell that concern no address of ours."""
    return {
        name: value
        for name, value in os.environ.items()
        if name.startswith(("TRADEWIND_KAFKA_", "TRADEWIND_LOG_LEVEL", "TRADEWIND_OTLP_"))
    }


def _request_stop(number: int, frame: FrameType | None) -> None:
    raise StopRequestedError


def _stop(stack: Stack, console: Console) -> None:
    # From here on an impatient second Ctrl-C must not leave anything running.
    impatient = threading.Event()

    def hurry(number: int, frame: FrameType | None) -> None:
        if not impatient.is_set():
            impatient.set()
            threading.Thread(target=stack.kill, daemon=True).start()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, hurry)
    if not any(stack.running(name) for name in stack.names):
        stack.stop()
        return
    console.print("\n[cyan]•[/cyan] Stopping; what was saved stays saved")
    began = time.monotonic()
    stack.stop()
    console.print(f"[green]Stopped[/green] in {time.monotonic() - began:.1f} s")


def _watch(stack: Stack, console: Console) -> None:
    """Start again whatever dies, with a pause that grows while it keeps dying."""
    restarts = {name: Restart() for name in stack.names}
    down: set[str] = set()
    while True:
        time.sleep(WATCH_SECONDS)
        now = time.monotonic()
        for name in stack.names:
            if stack.running(name):
                continue
            restart = restarts[name]
            if name not in down:
                down.add(name)
                pause = restart.died(now)
                code = stack.process(name).exit_code
                console.print(
                    f"[yellow]![/yellow] {name} ended with exit code {code}; starting it again "
                    f"in {pause:.1f} s (log: {_shown(stack.log(name))})",
                    highlight=False,
                    soft_wrap=True,
                )
            if now < restart.not_before:
                continue
            down.discard(name)
            restart.started = now
            try:
                stack.start_part(name)
            except StartupError as error:
                first, _, _ = str(error).partition("\n")
                console.print(f"[red]✗[/red] {first}", highlight=False, soft_wrap=True)
            else:
                console.print(f"[green]✓[/green] {name} is up again")


def _seed_once(stack: Stack, console: Console) -> None:
    """Load the sample company the first time; a failure is told and does not stop the system."""
    mark = stack.state_directory / "seeded.json"
    if mark.exists() or set(stack.services) != {"crm", "erp", "cpq"}:
        return
    console.print("[cyan]•[/cyan] Loading the sample company")
    environment = {**os.environ, "TRADEWIND_STATE": str(stack.state_directory)}
    outcome = subprocess.run(
        [sys.executable, "-m", "operations", "seed"], check=False, env=environment
    )
    if outcome.returncode == 0:
        mark.write_text(json.dumps({"seeded": True}))
    else:
        console.print(
            "[yellow]![/yellow] The sample company was not loaded completely; "
            "`make seed` tries again."
        )


def _introduce(stack: Stack, console: Console, seconds: float) -> None:
    table = Table(box=None, padding=(0, 2), show_header=False)
    titles = {"crm": "CRM", "erp": "ERP", "cpq": "CPQ"}
    for service in stack.services:
        table.add_row(f"[bold]{titles.get(service, service)}[/bold]", f"{stack.url(service)}/docs")
    table.add_row("[bold]Tokens[/bold]", f"{stack.ports.issuer_url}/token")
    table.add_row("[bold]Events[/bold]", stack.bootstrap)
    table.add_row("[bold]Logs[/bold]", f"{_shown(stack.log('x').parent)}/")
    console.print(f"\n[bold green]Tradewind is running[/bold green] ({seconds:.0f} s)\n")
    console.print(table)
    console.print(
        "\nA token for the sample company:\n"
        f"  curl -s {stack.ports.issuer_url}/token -d client_id=demo-admin "
        "-d client_secret=demo-admin-secret\n"
        "\nNext, in a second terminal: [bold]make demo[/bold]   (Ctrl-C here stops everything)\n",
        highlight=False,
        soft_wrap=True,
    )


def _shown(path: Path) -> str:
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)
