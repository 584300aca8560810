"""What the settings make of the Kafka clients."""

from __future__ import annotations

import ssl

from servicekit.messaging.worker import kafka_options
from servicekit.settings import Settings


def settings(**variables: str) -> Settings:
    environment = {"TRADEWIND_DATABASE_URL": "postgresql://u:p@h/d", **variables}
    return Settings.load("crm", environment=environment)


def test_a_plain_connection_carries_no_secrets() -> None:
    arguments = kafka_options(settings()).connection()

    assert arguments["security_protocol"] == "PLAINTEXT"
    assert arguments["client_id"] == "tradewind-crm"
    assert not {"ssl_context", "sasl_plain_password"} & arguments.keys()


def test_sasl_over_tls_checks_the_broker_and_names_the_user() -> None:
    arguments = kafka_options(
        settings(
            TRADEWIND_KAFKA_BOOTSTRAP="kafka:9093",
            TRADEWIND_KAFKA_SECURITY_PROTOCOL="SASL_SSL",
            TRADEWIND_KAFKA_SASL_MECHANISM="SCRAM-SHA-512",
            TRADEWIND_KAFKA_SASL_USERNAME="crm",
            TRADEWIND_KAFKA_SASL_PASSWORD="secret",
        )
    ).connection()

    context = arguments["ssl_context"]
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname is True
    assert arguments["bootstrap_servers"] == "kafka:9093"
    assert arguments["sasl_mechanism"] == "SCRAM-SHA-512"
    assert (arguments["sasl_plain_username"], arguments["sasl_plain_password"]) == (
        "crm",
        "secret",
    )


def test_heartbeats_fit_the_session() -> None:
    options = kafka_options(settings(TRADEWIND_CONSUMER_SESSION_TIMEOUT_SECONDS="6"))

    assert options.session_timeout_ms == 6_000
    assert options.heartbeat_interval_ms * 3 <= options.session_timeout_ms
