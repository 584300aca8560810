"""Settings come from the environment, secrets from files, and unsafe ones do not start."""

from pathlib import Path

import pytest

from servicekit.settings import Settings, SettingsError

BASE = {"TRADEWIND_DATABASE_URL": "postgresql://crm_app@db/crm"}
SAFE = BASE | {
    "TRADEWIND_ENVIRONMENT": "production",
    "TRADEWIND_ISSUER": "https://login.example.com",
    "TRADEWIND_CURSOR_KEY": "k" * 32,
}


def load(environment: dict[str, str]) -> Settings:
    return Settings.load("crm", environment=environment)


def test_the_environment_fills_the_settings() -> None:
    settings = load(
        BASE
        | {
            "TRADEWIND_PORT": "8101",
            "TRADEWIND_STATE": "/srv/state",
            "TRADEWIND_KAFKA_IDEMPOTENT_PRODUCER": "false",
        }
    )
    assert (settings.service, settings.port) == ("crm", 8101)
    assert settings.state_directory == Path("/srv/state")
    assert settings.kafka_idempotent_producer is False
    assert settings.expected_audience == "tradewind-crm"


def test_any_setting_may_come_from_a_file(tmp_path: Path) -> None:
    secret = tmp_path / "url"
    secret.write_text("postgresql://crm_app:p@db/crm\n")
    settings = load({"TRADEWIND_DATABASE_URL_FILE": str(secret)})
    assert settings.database_url == "postgresql://crm_app:p@db/crm"


def test_a_value_and_a_file_together_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="not both"):
        load(BASE | {"TRADEWIND_DATABASE_URL_FILE": str(tmp_path)})


def test_a_file_that_cannot_be_read_is_named() -> None:
    with pytest.raises(SettingsError, match="TRADEWIND_CURSOR_KEY_FILE=/nowhere cannot be read"):
        load(BASE | {"TRADEWIND_CURSOR_KEY_FILE": "/nowhere"})


def test_what_is_missing_or_wrong_is_named_by_its_variable() -> None:
    with pytest.raises(SettingsError, match="TRADEWIND_DATABASE_URL: Field required"):
        load({})
    with pytest.raises(SettingsError, match=r"TRADEWIND_PORT: .*valid integer"):
        load(BASE | {"TRADEWIND_PORT": "eighty"})


def test_an_empty_variable_is_no_setting() -> None:
    assert load(BASE | {"TRADEWIND_OTLP_ENDPOINT": ""}).otlp_endpoint is None


def test_safe_production_settings_start() -> None:
    assert load(SAFE).environment == "production"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"TRADEWIND_CURSOR_KEY": ""}, "TRADEWIND_CURSOR_KEY"),
        ({"TRADEWIND_CURSOR_KEY": "short"}, "at least 32 characters"),
        ({"TRADEWIND_ISSUER": "http://127.0.0.1:8400"}, "development issuer"),
        ({"TRADEWIND_JWKS_URL": "http://127.0.0.1/jwks"}, "TRADEWIND_JWKS_URL"),
    ],
)
def test_unsafe_production_settings_do_not_start(change: dict[str, str], said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        load(SAFE | change)


def test_a_command_says_which_address_it_lacks() -> None:
    with pytest.raises(SettingsError, match="TRADEWIND_OWNER_DATABASE_URL"):
        load(BASE).owner_url()


def test_secrets_are_not_printed() -> None:
    assert "kkkk" not in repr(load(SAFE))
