"""The environment in which each process of the local system runs."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from operations.ports import Ports
from operations.process import LOOPBACK

Role = Literal["owner", "app", "platform"]


def service_environment(
    service: str,
    *,
    databases: Mapping[Role, str],
    cursor_key_file: Path,
    bootstrap: str,
    embedded_broker: bool,
    ports: Ports,
    state: Path,
) -> dict[str, str]:
    """What a service reads as its settings; the worker has its port for metrics from here too."""
    state.mkdir(parents=True, exist_ok=True)
    return {
        **_inherited(),
        "TRADEWIND_ENVIRONMENT": "development",
        "TRADEWIND_DATABASE_URL": databases["app"],
        "TRADEWIND_PLATFORM_DATABASE_URL": databases["platform"],
        "TRADEWIND_OWNER_DATABASE_URL": databases["owner"],
        "TRADEWIND_KAFKA_BOOTSTRAP": bootstrap,
        # The embedded broker refuses to hand out producer ids.
        "TRADEWIND_KAFKA_IDEMPOTENT_PRODUCER": "false" if embedded_broker else "true",
        # One machine gains nothing from more, and every one costs each consumer a transaction of
        # its own per poll, and the broker a look at each fetch.
        "TRADEWIND_KAFKA_PARTITIONS": "1" if embedded_broker else "6",
        "TRADEWIND_ISSUER": ports.issuer_url,
        "TRADEWIND_JWKS_URL": f"{ports.issuer_url}/jwks.json",
        "TRADEWIND_AUDIENCE": f"tradewind-{service}",
        "TRADEWIND_CURSOR_KEY_FILE": str(cursor_key_file),
        "TRADEWIND_HOST": LOOPBACK,
        "TRADEWIND_PORT": str(ports.api(service)),
        "TRADEWIND_METRICS_PORT": str(ports.metrics(service)),
        "TRADEWIND_STATE": str(state),
        "TRADEWIND_LOG_FORMAT": "json",
    }


def issuer_environment(ports: Ports, state: Path) -> dict[str, str]:
    """What the token issuer reads."""
    return {
        **_inherited(),
        "TRADEWIND_ENVIRONMENT": "development",
        "TRADEWIND_STATE": str(state),
        "TRADEWIND_ISSUER": ports.issuer_url,
        "TRADEWIND_PORT": str(ports.issuer),
    }


def _inherited() -> dict[str, str]:
    # Settings of the person's shell must not leak into one service out of three.
    return {name: value for name, value in os.environ.items() if not name.startswith("TRADEWIND_")}
