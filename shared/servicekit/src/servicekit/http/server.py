"""Serving: uvicorn with uvloop and httptools, and an orderly end.

At SIGTERM the listener closes, the process stops being ready, event streams
end, and requests that have begun get up to twenty seconds to finish.
"""

import signal
from types import FrameType

import uvicorn
from fastapi import FastAPI

from servicekit import logging, telemetry
from servicekit.garbage import collect_seldom
from servicekit.http.app import create_app
from servicekit.http.edge import Edge
from servicekit.http.protocol import BoundedHttp
from servicekit.service import Service
from servicekit.settings import Settings

DRAIN_SECONDS = 20


class EdgeServer(uvicorn.Server):
    """uvicorn's server that tells the edge when it has been told to stop."""

    def __init__(self, config: uvicorn.Config, edge: Edge) -> None:
        super().__init__(config)
        self._edge = edge

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self._edge.closing.set()
        super().handle_exit(sig, frame)


def serve(service: Service, settings: Settings, app: FastAPI | None = None) -> None:
    """Answer HTTP requests until SIGTERM or SIGINT; returns when everything is drained."""
    logging.configure(service.name, level=settings.log_level, form=settings.log_format)
    telemetry.configure(
        service.name,
        version=service.version,
        environment=settings.environment,
        otlp_endpoint=settings.otlp_endpoint,
    )
    application = app or create_app(service, settings)
    config = uvicorn.Config(
        application,
        host=settings.host,
        port=settings.port,
        loop="uvloop",
        http=BoundedHttp,
        ws="none",
        lifespan="on",
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=DRAIN_SECONDS,
    )
    collect_seldom()
    # uvicorn raises the signal again once it has drained. Draining was the answer
    # to it, so the process then ends as one that did what it was told: with 0.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: None)
    EdgeServer(config, application.state.edge).run()
