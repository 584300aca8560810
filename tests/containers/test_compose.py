"""docker-compose.yml is what Compose understands and what we promise about it."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
COMPOSE = Path(sys.executable).with_name("docker-compose")
DEVELOPMENT = ("--env-file", "deploy/docker/development.env", "--profile", "development")
SERVICES = ("crm", "erp", "cpq")


def compose(
    *arguments: str, environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(COMPOSE), *arguments],
        cwd=ROOT,
        env={**os.environ, **(environment or {})},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def parts() -> dict[str, Any]:
    result = compose(*DEVELOPMENT, "config")
    assert result.returncode == 0, result.stderr
    services: dict[str, Any] = yaml.safe_load(result.stdout)["services"]
    return services


def ours(parts: Mapping[str, Any]) -> dict[str, Any]:
    return {name: part for name, part in parts.items() if "build" in part}


def test_compose_accepts_the_file_for_development() -> None:
    result = compose(*DEVELOPMENT, "config", "--quiet")
    assert result.returncode == 0, result.stderr


def test_production_must_name_its_identity_provider() -> None:
    refused = compose("config", "--quiet")
    accepted = compose(
        "config", "--quiet", environment={"TRADEWIND_ISSUER": "https://id.example.com"}
    )

    assert refused.returncode != 0
    assert "name your identity provider" in refused.stderr
    assert accepted.returncode == 0, accepted.stderr


def test_production_does_not_run_the_development_issuer() -> None:
    result = compose(
        "config", "--services", environment={"TRADEWIND_ISSUER": "https://id.example.com"}
    )
    assert "issuer" not in result.stdout.split()


def test_every_service_has_a_database_a_migration_an_api_and_a_worker(
    parts: dict[str, Any],
) -> None:
    expected = {
        f"{s}-{part}" for s in SERVICES for part in ("postgres", "migrate", "api", "worker")
    }

    assert set(parts) == expected | {"kafka", "issuer"}


@pytest.mark.parametrize("service", SERVICES)
def test_nothing_serves_before_its_schema_is_there(parts: dict[str, Any], service: str) -> None:
    migrated = {"condition": "service_completed_successfully", "required": True}
    for process in ("api", "worker"):
        assert parts[f"{service}-{process}"]["depends_on"][f"{service}-migrate"] == migrated
    database = parts[f"{service}-migrate"]["depends_on"][f"{service}-postgres"]
    assert database["condition"] == "service_healthy"
    assert parts[f"{service}-migrate"]["restart"] == "no"


@pytest.mark.parametrize("service", SERVICES)
def test_api_worker_and_migration_are_commands_of_one_image(
    parts: dict[str, Any], service: str
) -> None:
    processes = [parts[f"{service}-{kind}"] for kind in ("migrate", "api", "worker")]

    assert len({process["image"] for process in processes}) == 1
    assert [process["command"] for process in processes] == [
        [service, "migrate"],
        [service, "serve"],
        [service, "work"],
    ]


def test_every_container_is_confined(parts: dict[str, Any]) -> None:
    for name, part in parts.items():
        assert part["cap_drop"] == ["ALL"], name
        assert "cap_add" not in part, name
        assert part["security_opt"] == ["no-new-privileges:true"], name
        # Kafka's image writes its configuration when it starts.
        assert part.get("read_only", False) == (name != "kafka"), name
        if not name.endswith("-migrate"):
            assert part["restart"] == "unless-stopped", name
            assert part["healthcheck"]["test"], name


def test_nothing_is_published_beyond_this_machine(parts: dict[str, Any]) -> None:
    published = {
        name: {port["host_ip"] for port in part["ports"]}
        for name, part in parts.items()
        if "ports" in part
    }

    assert published == {
        name: {"127.0.0.1"} for name in ("issuer", *(f"{s}-api" for s in SERVICES))
    }


@pytest.mark.parametrize("service", SERVICES)
def test_a_database_is_reachable_by_its_own_service_only(
    parts: dict[str, Any], service: str
) -> None:
    network = f"{service}-database"
    members = {name for name, part in parts.items() if network in part["networks"]}

    assert members == {f"{service}-{part}" for part in ("postgres", "migrate", "api", "worker")}


def test_only_the_migration_holds_the_owners_password(parts: dict[str, Any]) -> None:
    for name, part in ours(parts).items():
        holds = {secret["source"] for secret in part.get("secrets", [])}
        assert any(s.endswith("-owner-url") for s in holds) == name.endswith("-migrate"), name
        assert any(s.endswith("-platform-url") for s in holds) == name.endswith("-worker"), name


def test_no_password_stands_in_the_environment(parts: dict[str, Any]) -> None:
    for name, part in parts.items():
        for variable in part.get("environment", {}):
            secret = any(word in variable for word in ("PASSWORD", "DATABASE_URL", "CURSOR_KEY"))
            assert not secret or variable.endswith("_FILE"), f"{name}: {variable}"


def test_every_secret_that_compose_mounts_is_made(tmp_path: Path) -> None:
    document = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    subprocess.run([str(ROOT / "deploy/docker/secrets.sh"), str(tmp_path / "secrets")], check=True)

    made = {path.name for path in (tmp_path / "secrets").iterdir()}

    assert made == set(document["secrets"])
    assert all(entry["file"] == f"./secrets/{name}" for name, entry in document["secrets"].items())


def test_secrets_are_made_once_and_fit_together(tmp_path: Path) -> None:
    script, place = str(ROOT / "deploy/docker/secrets.sh"), tmp_path / "secrets"
    subprocess.run([script, str(place)], check=True)
    before = {path.name: path.read_text() for path in place.iterdir()}
    subprocess.run([script, str(place)], check=True)

    assert {path.name: path.read_text() for path in place.iterdir()} == before
    assert place.stat().st_mode & 0o777 == 0o700
    for service in SERVICES:
        password = before[f"{service}-app-password"]
        address = f"postgresql://{service}_app:{password}@{service}-postgres:5432/{service}"
        assert before[f"{service}-app-url"] == address
        assert len(before[f"{service}-cursor-key"]) >= 32
