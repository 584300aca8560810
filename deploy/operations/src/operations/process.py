"""Programs that we start, and that do not outlive us whichever way we end."""

import http.client
import os
import secrets
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import psutil

LOOPBACK = "127.0.0.1"
LOG_LIMIT_BYTES = 20 * 1024 * 1024

# What a killed predecessor left behind is ended by its guard within moments.
PORT_PATIENCE_SECONDS = 2.0

_FREE_PORTS = (20_000, 32_000)
_handed_out: set[int] = set()

# Waits until its input closes, which the kernel does when the parent dies, even of SIGKILL.
# Linux's parent-death signal would not do: it fires when the starting *thread* ends, and it is
# cleared when the child changes its user, as the database does when we are root.
_GUARD = """
read -r _
kill -s "$2" -- "-$1" 2>/dev/null
for second in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do
  kill -0 -- "-$1" 2>/dev/null || exit 0
  sleep 1
done
kill -s KILL -- "-$1" 2>/dev/null
"""


class StartupError(RuntimeError):
    """A part of the system did not come up; the message says what to do about it."""


class Process:
    """One program in a process group of its own, with its output in a log file.

    The group keeps a terminal's Ctrl-C away from it: whoever started it decides when and in
    which order things stop. A guard ends it should this Python process be killed.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        *,
        log: Path,
        environment: Mapping[str, str] | None = None,
        stop_signal: signal.Signals = signal.SIGTERM,
    ) -> None:
        self.name = name
        self.log = log
        self._command = list(command)
        self._environment = dict(environment) if environment is not None else None
        self.stop_signal = stop_signal
        self._child: subprocess.Popen[bytes] | None = None
        self._guard: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """The process id of the running program."""
        if self._child is None:
            raise RuntimeError(f"{self.name} is not running")
        return self._child.pid

    @property
    def running(self) -> bool:
        """Whether the program was started and has not ended."""
        return self._child is not None and self._child.poll() is None

    @property
    def exit_code(self) -> int | None:
        """How the program ended: negative is a signal's number, None is not at all."""
        return None if self._child is None else self._child.poll()

    def start(self, more_environment: Mapping[str, str] | None = None) -> None:
        """Start the program, which must not be running, perhaps with more environment."""
        if self.running:
            raise RuntimeError(f"{self.name} is running already")
        self._release_guard()
        self.log.parent.mkdir(parents=True, exist_ok=True)
        if self.log.exists() and self.log.stat().st_size > LOG_LIMIT_BYTES:
            self.log.replace(self.log.with_name(self.log.name + ".1"))
        environment = self._environment
        if more_environment:
            environment = {**(environment or os.environ), **more_environment}
        with self.log.open("ab") as output:
            self._child = subprocess.Popen(
                self._command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=environment,
                start_new_session=True,
            )
        self._guard = subprocess.Popen(
            ["/bin/sh", "-c", _GUARD, "guard", str(self._child.pid), self.stop_signal.name[3:]],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def send(self, number: signal.Signals) -> None:
        """Send a signal to the program itself, not to its children."""
        if self.running:
            os.kill(self.pid, number)

    def wait(self, seconds: float) -> int | None:
        """The exit code once the program has ended by itself; None when it is still running."""
        if self._child is None:
            return None
        try:
            self._child.wait(seconds)
        except subprocess.TimeoutExpired:
            return None
        self._release_guard()
        return self._child.returncode

    def stop(self, *, within: float = 20.0, how: signal.Signals | None = None) -> int | None:
        """Ask the program to end, insist after the given seconds; return its exit code."""
        if self._child is None:
            return None
        self.send(signal.SIGCONT)
        self.send(how or self.stop_signal)
        try:
            self._child.wait(within)
        except subprocess.TimeoutExpired:
            self.kill()
        self._release_guard()
        return self._child.returncode

    def kill(self) -> None:
        """End the program and all its descendants at once, as a power cut would."""
        if self._child is not None and self._child.poll() is None:
            family = descendants(self._child.pid)
            os.kill(self._child.pid, signal.SIGKILL)
            for relative in family:
                try:
                    relative.kill()
                except psutil.NoSuchProcess:
                    continue
            self._child.wait()
            psutil.wait_procs(family, timeout=10)
        self._release_guard()

    def last_words(self, lines: int = 15) -> str:
        """The end of the log, for messages about a failure."""
        if not self.log.exists():
            return ""
        with self.log.open("rb") as file:
            file.seek(max(0, self.log.stat().st_size - 16_384))
            return "\n".join(file.read().decode(errors="replace").splitlines()[-lines:])

    def _release_guard(self) -> None:
        if self._guard is None:
            return
        self._guard.kill()
        self._guard.wait()
        if self._guard.stdin is not None:
            self._guard.stdin.close()
        self._guard = None


def descendants(pid: int) -> list[psutil.Process]:
    """Every living descendant of a process."""
    try:
        return psutil.Process(pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def free_port() -> int:
    """A loopback port that nobody listens on just now, and that was not handed out before."""
    while True:
        # Below the range from which the kernel gives ports to clients: one of those could be
        # taken by any outgoing connection before it is used here. Not by `random`: test runs
        # side by side are often seeded alike and would all choose the same.
        port = _FREE_PORTS[0] + secrets.randbelow(_FREE_PORTS[1] - _FREE_PORTS[0])
        if port not in _handed_out and not port_is_taken(port):
            _handed_out.add(port)
            return port


def require_port(port: int, use: str) -> None:
    """Raise StartupError when somebody else keeps listening on this port."""
    deadline = time.monotonic() + PORT_PATIENCE_SECONDS
    while port_is_taken(port):
        if time.monotonic() > deadline:
            raise StartupError(
                f"Port {port} for {use} is in use by another program. Stop it, or move "
                "Tradewind: TRADEWIND_PORT_OFFSET=1000 adds 1000 to every port."
            )
        time.sleep(0.1)


def port_is_taken(port: int) -> bool:
    """Whether somebody listens on this loopback port."""
    with socket.socket() as probe:
        # As servers bind: connections that linger in TIME_WAIT do not count.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return True
    return False


def answers(port: int) -> bool:
    """Whether a TCP connection to this loopback port is accepted."""
    try:
        socket.create_connection((LOOPBACK, port), timeout=1).close()
    except OSError:
        return False
    return True


def answers_ok(port: int, path: str) -> bool:
    """Whether an HTTP GET on this loopback port is answered with 200."""
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def wait_until(ready: Callable[[], bool], process: Process, *, seconds: float) -> None:
    """Wait for a condition while the process lives; raise StartupError with its last words."""
    deadline = time.monotonic() + seconds
    while not ready():
        if not process.running:
            raise StartupError(
                f"{process.name} ended with exit code {process.exit_code}. "
                f"Its log, {process.log}, ends:\n{process.last_words()}"
            )
        if time.monotonic() > deadline:
            raise StartupError(
                f"{process.name} was not ready after {seconds:.0f} seconds. "
                f"Its log, {process.log}, ends:\n{process.last_words()}"
            )
        time.sleep(0.02)
