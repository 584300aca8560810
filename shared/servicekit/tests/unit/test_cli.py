"""The command line: lazy, and clear about what it lacks."""

import importlib
from dataclasses import replace

import pytest

from servicekit import cli
from servicekit.testing.probe.service import service


@pytest.mark.parametrize("name", cli.COMMANDS)
def test_every_command_exists(name: str) -> None:
    _, module, attribute = cli.COMMANDS[name]
    assert isinstance(getattr(importlib.import_module(module), attribute), cli.Command)


def test_help_lists_the_commands(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(service, ["--help"]) == 0
    printed = capsys.readouterr().out
    assert "python -m probe <command>" in printed
    assert all(name in printed for name in cli.COMMANDS)


def test_an_unknown_command_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(service, ["frobnicate"]) == 2
    assert "There is no command 'frobnicate'" in capsys.readouterr().err


def test_missing_settings_are_named(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TRADEWIND_DATABASE_URL", raising=False)
    assert cli.run(service, ["migrate"]) == 2
    assert "TRADEWIND_DATABASE_URL: Field required" in capsys.readouterr().err


def test_a_service_may_bring_commands_of_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    own = {"fetch": ("Fetch a thing.", "servicekit.http.commands", "OPENAPI")}
    assert cli.run(replace(service, commands=own), ["--help"]) == 0
    assert "Fetch a thing." in capsys.readouterr().out
    assert cli.run(replace(service, commands=own), ["fetch"]) == 0
    assert '"openapi"' in capsys.readouterr().out
