"""`python -m cpq import`: what a file says is kept, and what it says otherwise is told by place."""

import json
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import date
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from cpq.app import service
from cpq.importing import READERS, Errand, carry_out
from cpq.readers import Effect, Finding
from servicekit import cli
from servicekit.testing.serving import listening

MODEL = """features
    Sandwich
        mandatory
            Bread
                alternative
                    Rye
                    Toast
        optional
            Cheese {Price 2}
constraints
    Rye => Cheese
"""


@pytest.fixture
async def address(world: Any) -> AsyncIterator[str]:
    async with listening(world.api.app) as found:
        yield found


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "sandwich.uvl"
    path.write_text(MODEL)
    return path


def errand(path: Path, **more: Any) -> Errand:
    usual: dict[str, Any] = {
        "format": "uvl",
        "path": path,
        "currency": None,
        "key": None,
        "as_of": date(2026, 1, 5),
        "items": False,
        "url": "http://127.0.0.1:9",
        "token": None,
        "publish_from": date(2026, 1, 5),
        "publish": False,
        "dry_run": False,
        "output": None,
        "strict": False,
    }
    return Errand(**(usual | more))


async def told(wanted: Errand) -> tuple[int, str]:
    console = Console(width=160, record=True, file=StringIO())
    status = await carry_out(wanted, console)
    return status, console.export_text()


async def test_a_model_is_drafted_once_and_published(world: Any, address: str, file: Path) -> None:
    sent = errand(file, url=address, token=world.api.token)
    status, said = await told(sent)
    assert (status, "1 new, 0 there before, 0 refused" in said) == (0, True), said
    status, said = await told(sent)
    assert (status, "0 new, 1 there before" in said) == (0, True), said
    (kept,) = (await world.api.get("/v1/configuration-models")).json()["items"]
    assert (kept["status"], kept["source"], kept["key"]) == ("draft", "sandwich.uvl", "Sandwich")
    status, _ = await told(
        errand(
            file, url=address, token=world.api.token, publish=True, publish_from=date(2026, 1, 1)
        )
    )
    assert status == 0
    question = {"model": "Sandwich", "choices": [{"target": "Rye", "value": True}]}
    state = (await world.api.post("/v1/configurations/state", question)).json()
    cheese = next(one for one in state["domains"] if one["target"] == "Cheese")
    assert (cheese["value"], cheese["origin"]) == (True, "forced")


async def test_a_model_may_have_another_key_than_its_file_says(
    world: Any, address: str, file: Path
) -> None:
    wanted = errand(file, url=address, token=world.api.token, key="lunch")

    assert await carry_out(wanted, Console()) == 0

    (kept,) = (await world.api.get("/v1/configuration-models")).json()["items"]
    assert kept["key"] == "lunch"


async def test_a_dry_run_sends_nothing_and_writes_the_documents(file: Path, tmp_path: Path) -> None:
    output = tmp_path / "models.json"
    status, said = await told(errand(file, dry_run=True, output=output))
    assert (status, "nothing was sent" in said) == (0, True)
    (document,) = json.loads(output.read_text())
    assert document["key"] == "Sandwich"
    assert any("Rye" in rule["condition"] for rule in document["rules"])


@pytest.fixture
def contradiction(file: Path) -> Path:
    file.write_text(MODEL + "    Rye & !Rye\n")
    return file


async def test_a_refusal_of_the_service_is_told_and_fails(
    world: Any, address: str, contradiction: Path
) -> None:
    file = contradiction
    status, said = await told(errand(file, url=address, token=world.api.token, publish=True))
    assert status == 1
    assert "refused Sandwich" in said
    assert (await world.api.get("/v1/configuration-models")).json()["items"] == []
    seller = world.api.signed_in(roles=["seller"]).token
    status, said = await told(errand(file, url=address, token=seller))
    assert (status, "cpq.catalog.import" in said) == (1, True)


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (["uvl", "{missing}"], 2, "is no file"),
        (["revenue-cloud", "{file}"], 2, "is no directory"),
        (["uvl", "{file}"], 2, "Give an access token"),
        (["uvl", "{file}", "--token", "t", "--publish", "soon"], 2, "takes a day"),
        (["uvl", "{file}", "--token", "t", "--url", "http://127.0.0.1:9"], 1, "does not answer"),
        (["uvl", "{broken}", "--dry-run"], 1, "broken.uvl"),
        (["uvl", "{file}", "--dry-run"], 0, ""),
        (["revenue-cloud", ".", "--dry-run", "--key", "k"], 2, "has several"),
        (["featureide", "{file}", "--dry-run"], 1, "sandwich.uvl"),
        (["ofbiz", "{file}", "--dry-run"], 1, "sandwich.uvl"),
        (["ofbiz", "{file}", "--dry-run", "--as-of", "now"], 2, "--as-of takes a day"),
    ],
)
def test_a_wrong_call_is_told_in_plain_words(
    arguments: list[str],
    status: int,
    words: str,
    file: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.delenv("TRADEWIND_TOKEN", raising=False)
    broken = file.with_name("broken.uvl")
    broken.write_text("features\n    A\n\t B &&\nconstraints\n    (")
    places = {"missing": "missing.uvl", "file": str(file), "broken": str(broken)}
    assert cli.run(service, ["import", *(one.format(**places) for one in arguments)]) == status
    assert words in capsys.readouterr().err


async def test_findings_are_shown_by_place_and_count_when_strict(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    findings = (
        Finding("sum(Nothing)", "sandwich.uvl:12", "No feature is called so.", Effect.LOST),
        Finding("Price", "sandwich.uvl:9", "It has no currency.", Effect.CHANGED),
    )
    found = READERS["uvl"](errand(file))
    monkeypatch.setitem(READERS, "uvl", lambda _: replace(found, findings=findings))
    status, said = await told(errand(file, dry_run=True))
    assert status == 0
    assert said.index("sandwich.uvl:9") < said.index("sandwich.uvl:12")
    assert "2 findings: 1 lost, 1 changed, 0 noted." in said
    assert (await told(errand(file, dry_run=True, strict=True)))[0] == 1


@pytest.mark.data
def test_every_sample_that_others_publish_is_read(
    data_set: Callable[[str], Path], capsys: pytest.CaptureFixture[str]
) -> None:
    models = data_set("config-models")
    calls = [
        *(["uvl", str(path)] for path in sorted(models.glob("*.uvl"))),
        *(["featureide", str(path)] for path in sorted(models.glob("*.xml"))),
        ["revenue-cloud", str(data_set("cpq-quantumbit"))],
        ["ofbiz", str(data_set("ofbiz-demo") / "DemoConfigurator.xml")],
    ]
    assert len(calls) > 5
    for call in calls:
        assert cli.run(service, ["import", *call, "--dry-run"]) == 0, call
        assert " 0 refused." in capsys.readouterr().out, call
