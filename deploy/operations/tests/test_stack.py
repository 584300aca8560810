"""The stack's own work, shown with stand-ins for the services."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from operations.ports import Ports
from operations.process import StartupError, answers_ok, descendants
from operations.stack import Stack

STAND_IN = """
import json, os, signal, sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

command = sys.argv[1]
with Path(os.environ["TRADEWIND_STATE"], "commands").open("a") as commands:
    print(command, file=commands)
if command == "migrate":
    sys.exit(int(os.environ.get("FAIL_MIGRATION", "0")))

class Answers(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        shown = {k: v for k, v in os.environ.items() if k.startswith(("TRADEWIND_", "MORE_"))}
        self.wfile.write(json.dumps(shown).encode())

signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
port = os.environ["TRADEWIND_PORT" if command == "serve" else "TRADEWIND_METRICS_PORT"]
HTTPServer(("127.0.0.1", int(port)), Answers).serve_forever()
"""


@pytest.fixture(scope="module")
def stand_ins(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("stand-ins")
    for service in ("crm", "erp", "cpq"):
        (place / service).mkdir()
        (place / service / "__init__.py").touch()
        (place / service / "__main__.py").write_text(STAND_IN)
    return place


@pytest.fixture(scope="module")
def stack(stand_ins: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    running = Stack(
        tmp_path_factory.mktemp("state"),
        services=("crm",),
        postgres_settings={"fsync": "off"},
        environment={"PYTHONPATH": str(stand_ins)},
    )
    running.start()
    yield running
    running.stop()


def environment_of(port: int) -> dict[str, str]:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=10) as answer:
        environment: dict[str, str] = json.load(answer)
        return environment


def test_a_service_learns_everything_from_its_environment(stack: Stack) -> None:
    environment = environment_of(stack.ports.api("crm"))

    key = Path(environment.pop("TRADEWIND_CURSOR_KEY_FILE"))
    assert len(key.read_text()) >= 32
    assert environment == {
        "TRADEWIND_ENVIRONMENT": "development",
        "TRADEWIND_DATABASE_URL": stack.database_url("crm", "app"),
        "TRADEWIND_PLATFORM_DATABASE_URL": stack.database_url("crm", "platform"),
        "TRADEWIND_OWNER_DATABASE_URL": stack.database_url("crm", "owner"),
        "TRADEWIND_KAFKA_BOOTSTRAP": stack.bootstrap,
        "TRADEWIND_KAFKA_IDEMPOTENT_PRODUCER": "false",
        "TRADEWIND_KAFKA_PARTITIONS": "1",
        "TRADEWIND_ISSUER": stack.ports.issuer_url,
        "TRADEWIND_JWKS_URL": f"{stack.ports.issuer_url}/jwks.json",
        "TRADEWIND_AUDIENCE": "tradewind-crm",
        "TRADEWIND_HOST": "127.0.0.1",
        "TRADEWIND_PORT": str(stack.ports.api("crm")),
        "TRADEWIND_METRICS_PORT": str(stack.ports.metrics("crm")),
        "TRADEWIND_STATE": str(stack.state_directory / "crm"),
        "TRADEWIND_LOG_FORMAT": "json",
    }


def test_the_schema_is_migrated_before_anything_serves(stack: Stack) -> None:
    commands = (stack.state_directory / "crm" / "commands").read_text().split()

    assert commands[0] == "migrate"
    assert {"serve", "work"} <= set(commands[1:])


@pytest.mark.parametrize("name", ["crm-api", "crm-worker", "crm-postgres", "broker", "issuer"])
def test_each_part_can_be_killed_and_started_again(stack: Stack, name: str) -> None:
    before = stack.process(name).pid
    stack.kill_part(name)
    assert not stack.running(name)

    stack.start_part(name)

    assert stack.running(name)
    assert stack.process(name).pid != before


def test_one_start_may_have_more_environment_than_the_next(stack: Stack) -> None:
    stack.restart_part("crm-worker", {"MORE_TROUBLE": "yes"})
    assert environment_of(stack.ports.metrics("crm"))["MORE_TROUBLE"] == "yes"

    stack.restart_part("crm-worker")
    assert "MORE_TROUBLE" not in environment_of(stack.ports.metrics("crm"))


def test_a_service_may_have_more_workers(stack: Stack) -> None:
    name = stack.add_worker("crm")
    assert (name, stack.running(name)) == ("crm-worker-2", False)

    stack.start_part(name)

    assert stack.running(name)
    assert stack.running("crm-worker")
    stack.kill_part(name)


def test_after_a_power_cut_everything_starts_again(stack: Stack) -> None:
    stack.kill()
    assert not any(stack.running(name) for name in stack.names)

    stack.start()

    assert all(stack.running(name) for name in stack.names)
    stack.kill_part("crm-worker-2")


def test_a_postgresql_of_ones_own_holds_the_databases(
    stack: Stack, stand_ins: Path, tmp_path: Path
) -> None:
    guest = Stack(
        tmp_path,
        services=("erp",),
        postgres_url=stack.postgres("crm").superuser_url(),
        environment={"PYTHONPATH": str(stand_ins)},
    )
    guest.start()
    try:
        assert "erp-postgres" not in guest.names
        port = f":{stack.ports.postgres('crm')}/"
        assert port in environment_of(guest.ports.api("erp"))["TRADEWIND_DATABASE_URL"]
    finally:
        guest.stop()

    assert stack.running("crm-postgres")


def test_tokens_stay_valid_when_the_issuer_restarts(stack: Stack) -> None:
    first = stack.token()
    stack.restart_part("issuer")

    assert stack.token().split(".")[0] == first.split(".")[0]


def test_a_second_stack_on_the_same_state_is_refused(stack: Stack, stand_ins: Path) -> None:
    second = Stack(stack.state_directory, services=("crm",))
    with pytest.raises(StartupError, match="running already"):
        second.start()
    second.stop()

    assert (stack.state_directory / "stack.json").exists()
    assert stack.running("crm-api")


def test_a_failed_migration_leaves_nothing_running(stand_ins: Path, tmp_path: Path) -> None:
    environment = {"PYTHONPATH": str(stand_ins), "FAIL_MIGRATION": "7"}
    failing = Stack(tmp_path, services=("crm",), environment=environment)

    with pytest.raises(StartupError, match=r"crm migrate.* exit code 7"):
        failing.start()

    assert not any(failing.running(name) for name in failing.names)


def test_a_taken_port_is_told_before_anything_starts(stack: Stack, tmp_path: Path) -> None:
    with pytest.raises(StartupError, match=f"Port {stack.ports.issuer} .*TRADEWIND_PORT_OFFSET"):
        Stack(tmp_path, ports=stack.ports, services=("crm",)).start()


@pytest.mark.slow
def test_make_run_restarts_what_dies_and_stops_without_orphans(
    stand_ins: Path, tmp_path: Path
) -> None:
    offset = 1500
    ports = Ports().moved(offset)
    run = subprocess.Popen(
        [sys.executable, "-m", "operations", "run", "--no-seed"],
        env={
            **os.environ,
            "PYTHONPATH": str(stand_ins),
            "TRADEWIND_STATE": str(tmp_path),
            "TRADEWIND_PORT_OFFSET": str(offset),
        },
        stdout=subprocess.PIPE,
        text=True,
    )
    assert run.stdout is not None
    try:
        wait_for_line(run, "make demo")
        family = descendants(run.pid)
        (worker,) = [p for p in family if p.cmdline()[-2:] == ["erp", "work"]]

        worker.kill()
        assert "exit code -9" in wait_for_line(run, "erp-worker ended")
        wait_for_line(run, "erp-worker is up again")
        assert answers_ok(ports.metrics("erp"), "/health/ready")

        family = descendants(run.pid)
        began = time.monotonic()
        run.send_signal(signal.SIGTERM)
        assert run.wait(30) == 0
        assert time.monotonic() - began < 10
        _, alive = psutil.wait_procs(family, timeout=5)
        assert alive == []
    finally:
        run.kill()
        run.wait()
        run.stdout.close()


def wait_for_line(process: subprocess.Popen[str], words: str) -> str:
    assert process.stdout is not None
    for line in process.stdout:
        if words in line:
            return line
    raise AssertionError(f"the output ended without {words!r}")
