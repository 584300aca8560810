"""Settings of one process, read once from the environment (prefix TRADEWIND_)."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

_PREFIX = "TRADEWIND_"
_FILE = "_FILE"


class SettingsError(ValueError):
    """The environment does not describe a process that may run; the message says what to set."""


class Settings(BaseSettings):
    """One process's settings; `TRADEWIND_DATABASE_URL` sets `database_url`, and so on.

    Every setting may be given as a file instead: `TRADEWIND_CURSOR_KEY_FILE=/run/secrets/cursor`
    reads the value from that file, without the newline at its end. Durations are in seconds,
    sizes in bytes.
    """

    model_config = SettingsConfigDict(env_prefix=_PREFIX, extra="ignore", frozen=True)

    service: str
    environment: Literal["development", "test", "production"] = "development"

    database_url: str
    """The `<service>_app` role: API and consumers, under row-level security."""
    platform_database_url: str | None = None
    """The `<service>_platform` role: relay, replay, sealer, list of tenants."""
    owner_database_url: str | None = None
    """The `<service>_owner` role: migrations only; leave it away from running services."""
    database_pool_size: int = Field(default=8, ge=1, le=100)
    database_pool_timeout_seconds: float = Field(default=5.0, gt=0)
    database_statement_timeout_seconds: float = Field(default=30.0, gt=0)
    database_lock_timeout_seconds: float = Field(default=5.0, gt=0)

    kafka_bootstrap: str = "127.0.0.1:9092"
    kafka_client_id: str | None = None
    kafka_idempotent_producer: bool = True
    kafka_security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = "PLAINTEXT"
    kafka_sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = "PLAIN"
    kafka_sasl_username: str | None = None
    kafka_sasl_password: SecretStr | None = None
    kafka_ca_file: Path | None = None
    kafka_certificate_file: Path | None = None
    kafka_key_file: Path | None = None
    kafka_partitions: int = Field(default=6, ge=1)
    kafka_replication_factor: int = Field(default=1, ge=1)

    relay_poll_seconds: float = Field(default=0.05, gt=0)
    relay_batch: int = Field(default=500, ge=1)
    consumer_poll_seconds: float = Field(default=0.1, gt=0)
    consumer_pace_seconds: float = Field(default=0.02, ge=0)
    consumer_batch: int = Field(default=500, ge=1)
    consumer_attempts: int = Field(default=5, ge=1)
    consumer_session_timeout_seconds: float = Field(default=10.0, gt=0)
    consumer_max_poll_interval_seconds: float = Field(default=300.0, gt=0)
    outbox_retention_days: int = Field(default=400, ge=1)

    issuer: str = "http://127.0.0.1:8400"
    jwks_url: str | None = None
    audience: str | None = None
    """Defaults to `tradewind-<service>`."""
    roles_file: Path | None = None
    cursor_key: SecretStr | None = None
    """Encrypts paging cursors; at least 32 characters in production."""

    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65535)
    metrics_port: int = Field(default=9100, ge=0, le=65535)
    max_body_bytes: int = Field(default=1_000_000, ge=1)
    request_timeout_seconds: float = Field(default=30.0, gt=0)
    rate_limit_per_second: float = Field(default=0.0, ge=0)
    """Requests a second for each principal in each process; 0 is no limit."""
    rate_limit_burst: int = Field(default=100, ge=1)

    state_directory: Path = Field(default=Path("var"), validation_alias="TRADEWIND_STATE")
    log_format: Literal["json", "console"] = "json"
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    otlp_endpoint: str | None = None

    @classmethod
    def load(
        cls, service: str, environment: Mapping[str, str] | None = None, **overrides: Any
    ) -> Self:
        """Read the environment for a service; raises SettingsError when it cannot run with it.

        `environment` replaces the process's own (tests); overrides win over both.
        """
        values = dict(os.environ if environment is None else environment)
        given: dict[str, Any] = {}
        for name, field in cls.model_fields.items():
            variable = _variable(name, field.validation_alias)
            value = _read(values, variable)
            if value is not None:
                given[str(field.validation_alias or name)] = value
        for name, value in overrides.items():
            given[str(cls.model_fields[name].validation_alias or name)] = value
        given["service"] = service
        try:
            return cls.model_validate(given)
        except ValueError as error:
            raise SettingsError(_explain(error)) from error

    @model_validator(mode="before")
    @classmethod
    def _nothing_is_empty(cls, values: Any) -> Any:
        # `VARIABLE=` in a compose file means "not set".
        if isinstance(values, dict):
            return {name: value for name, value in values.items() if value != ""}
        return values

    @model_validator(mode="after")
    def _production_is_safe(self) -> Self:
        if self.environment != "production":
            return self
        faults = []
        if self.cursor_key is None or len(self.cursor_key.get_secret_value()) < 32:
            faults.append("TRADEWIND_CURSOR_KEY (or _FILE) must hold at least 32 characters")
        if not self.issuer.startswith("https://"):
            faults.append(
                "TRADEWIND_ISSUER must be an https address: the development issuer signs for anyone"
            )
        if self.jwks_url is not None and not self.jwks_url.startswith("https://"):
            faults.append("TRADEWIND_JWKS_URL must be an https address")
        if faults:
            raise ValueError("; ".join(faults))
        return self

    @property
    def expected_audience(self) -> str:
        """The audience that an access token must name."""
        return self.audience or f"tradewind-{self.service}"

    def platform_url(self) -> str:
        """The platform role's address; raises SettingsError where this process has none."""
        return self._needed(self.platform_database_url, "TRADEWIND_PLATFORM_DATABASE_URL")

    def owner_url(self) -> str:
        """The owner role's address; raises SettingsError where this process has none."""
        return self._needed(self.owner_database_url, "TRADEWIND_OWNER_DATABASE_URL")

    def _needed(self, value: str | None, variable: str) -> str:
        if value is None:
            raise SettingsError(f"this command needs {variable} (or {variable}{_FILE})")
        return value


def _variable(name: str, alias: object) -> str:
    return alias if isinstance(alias, str) else f"{_PREFIX}{name.upper()}"


def _read(values: Mapping[str, str], variable: str) -> str | None:
    file = values.get(f"{variable}{_FILE}")
    if file:
        if values.get(variable):
            raise SettingsError(f"set {variable} or {variable}{_FILE}, not both")
        try:
            return Path(file).read_text(encoding="utf-8").rstrip("\r\n")
        except OSError as error:
            raise SettingsError(f"{variable}{_FILE}={file} cannot be read: {error}") from error
    return values.get(variable) or None


def _explain(error: ValueError) -> str:
    from pydantic import ValidationError

    if not isinstance(error, ValidationError):
        return str(error)
    lines = []
    for fault in error.errors(include_url=False, include_input=False):
        place = ".".join(str(part) for part in fault["loc"])
        variable = (place if place.startswith(_PREFIX) else f"{_PREFIX}{place.upper()}") + ": "
        lines.append((variable if place else "") + fault["msg"].removeprefix("Value error, "))
    return "\n".join(lines)
