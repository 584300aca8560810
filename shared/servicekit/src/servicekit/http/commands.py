"""`python -m <service> serve | openapi | health`."""

import argparse
import http.client
import json
import sys

from servicekit.cli import Command
from servicekit.service import Service
from servicekit.settings import Settings


def _serve(service: Service, arguments: argparse.Namespace) -> int:
    from servicekit.http.server import serve

    overrides = {
        name: value
        for name, value in (("host", arguments.host), ("port", arguments.port))
        if value is not None
    }
    serve(service, Settings.load(service.name, **overrides))
    return 0


def _serve_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--host", help="address to listen on (TRADEWIND_HOST)")
    parser.add_argument("--port", type=int, help="port to listen on (TRADEWIND_PORT)")


def _openapi(service: Service, arguments: argparse.Namespace) -> int:
    from servicekit.http.app import create_app

    # The document does not depend on the environment, so none is needed.
    settings = Settings.load(
        service.name, environment={}, database_url="postgresql://none.invalid/none"
    )
    document = create_app(service, settings).openapi()
    json.dump(document, sys.stdout, indent=2, ensure_ascii=False)
    sys.stdout.write("\n")
    return 0


def _health(service: Service, arguments: argparse.Namespace) -> int:
    settings = Settings.load(service.name)
    port = settings.metrics_port if arguments.worker else settings.port
    host = "127.0.0.1" if settings.host in ("0.0.0.0", "::") else settings.host  # noqa: S104
    connection = http.client.HTTPConnection(host, port, timeout=5)
    try:
        connection.request("GET", f"/health/{arguments.probe}")
        answer = connection.getresponse()
        sys.stdout.write(answer.read().decode() + "\n")
        return 0 if answer.status == 200 else 1
    except OSError as error:
        sys.stdout.write(f"{service.name} does not answer on {host}:{port}: {error}\n")
        return 1
    finally:
        connection.close()


def _health_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("probe", nargs="?", default="ready", choices=("live", "ready", "started"))
    parser.add_argument("--worker", action="store_true", help="ask the worker (its metrics port)")


SERVE = Command(_serve, _serve_arguments)
OPENAPI = Command(_openapi)
HEALTH = Command(_health, _health_arguments)
