"""Programs that we start end when they should, however we end."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from operations.process import Process, StartupError, free_port, port_is_taken, wait_until

SLEEPER = "import time; print('up', flush=True); time.sleep(600)"
PARENT_OF_A_SLEEPER = (
    "import subprocess, sys, time; "
    "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)']); "
    "print('up', flush=True); time.sleep(600)"
)
STUBBORN = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); "
    "print('up', flush=True); time.sleep(600)"
)


def started(tmp_path: Path, program: str) -> Process:
    process = Process("sleeper", [sys.executable, "-c", program], log=tmp_path / "sleeper.log")
    process.start()
    wait_until(lambda: "up" in process.last_words(), process, seconds=20)
    return process


def test_stopping_tells_how_the_program_ended(tmp_path: Path) -> None:
    process = started(tmp_path, SLEEPER)

    assert process.stop() == -signal.SIGTERM
    assert not process.running


def test_who_does_not_listen_is_killed_after_the_patience(tmp_path: Path) -> None:
    process = started(tmp_path, STUBBORN)

    assert process.stop(within=0.5) == -signal.SIGKILL


def test_a_frozen_program_can_be_stopped(tmp_path: Path) -> None:
    process = started(tmp_path, SLEEPER)
    process.send(signal.SIGSTOP)

    assert process.stop() == -signal.SIGTERM


def test_killing_takes_the_children_along(tmp_path: Path) -> None:
    process = started(tmp_path, PARENT_OF_A_SLEEPER)
    (child,) = psutil.Process(process.pid).children()

    process.kill()

    assert not child.is_running()


def test_the_program_ends_when_its_starter_is_killed(tmp_path: Path) -> None:
    starter = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import sys, time; from pathlib import Path; from operations.process import Process; "
            f"p = Process('child', [sys.executable, '-c', {SLEEPER!r}], "
            f"log=Path({str(tmp_path / 'child.log')!r})); "
            "p.start(); print(p.pid, flush=True); time.sleep(600)",
        ],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert starter.stdout is not None
    child = psutil.Process(int(starter.stdout.readline()))

    os.kill(starter.pid, signal.SIGKILL)
    starter.wait()
    starter.stdout.close()

    deadline = time.monotonic() + 10
    while child.is_running() and child.status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < deadline, "the child outlived its starter"
        time.sleep(0.05)


def test_waiting_for_a_dead_program_quotes_its_last_words(tmp_path: Path) -> None:
    process = Process(
        "poet", [sys.executable, "-c", "print('alas'); exit(3)"], log=tmp_path / "log"
    )
    process.start()

    with pytest.raises(StartupError, match=r"(?s)exit code 3.*alas"):
        wait_until(lambda: False, process, seconds=20)
    process.kill()


def test_a_port_is_taken_only_while_somebody_listens() -> None:
    import socket

    port = free_port()
    assert not port_is_taken(port)
    with socket.create_server(("127.0.0.1", port)):
        assert port_is_taken(port)
    assert not port_is_taken(port)
