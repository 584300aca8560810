"""How to reach a Kafka cluster, and how patient to be with it."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from typing import Any

from aiokafka.helpers import create_ssl_context


@dataclass(frozen=True, slots=True)
class KafkaOptions:
    """Connection, security and timing of the Kafka clients.

    `idempotent_producer` is on where the broker has it (Apache Kafka) and off where not (the
    embedded broker); nothing rests on it, since consumers recognise duplicates by sequence.
    `replication_factor` is that of topics we create. `session_timeout_ms` bounds how long a
    dead consumer's partitions wait for another; Apache Kafka refuses less than 6,000.
    """

    bootstrap: str
    client_id: str = "tradewind"
    idempotent_producer: bool = True
    replication_factor: int = 1
    max_record_bytes: int = 4_194_304
    security_protocol: str = "PLAINTEXT"
    sasl_mechanism: str = "PLAIN"
    sasl_username: str | None = None
    sasl_password: str | None = None
    ca_file: str | None = None
    certificate_file: str | None = None
    key_file: str | None = None
    request_timeout_ms: int = 10_000
    session_timeout_ms: int = 10_000
    heartbeat_interval_ms: int = 2_000
    max_poll_interval_ms: int = 300_000
    fetch_max_wait_ms: int = 100
    metadata_max_age_ms: int = 30_000

    def connection(self) -> dict[str, Any]:
        """The arguments that producer, consumer and admin client share."""
        arguments: dict[str, Any] = {
            "bootstrap_servers": self.bootstrap,
            "client_id": self.client_id,
            "request_timeout_ms": self.request_timeout_ms,
            "metadata_max_age_ms": self.metadata_max_age_ms,
            "security_protocol": self.security_protocol,
        }
        if "SSL" in self.security_protocol:
            arguments["ssl_context"] = self._ssl_context()
        if self.security_protocol.startswith("SASL"):
            arguments["sasl_mechanism"] = self.sasl_mechanism
            arguments["sasl_plain_username"] = self.sasl_username
            arguments["sasl_plain_password"] = self.sasl_password
        return arguments

    def _ssl_context(self) -> ssl.SSLContext:
        context: ssl.SSLContext = create_ssl_context(
            cafile=self.ca_file, certfile=self.certificate_file, keyfile=self.key_file
        )
        return context
