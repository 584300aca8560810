"""Pages that a service brings along load nothing from elsewhere and run nothing inline."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from servicekit.http.app import create_app
from servicekit.outgoing import HttpClient, http_client
from servicekit.settings import Settings
from servicekit.testing.shelf.service import service


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    (tmp_path / "index.html").write_text("<!doctype html><title>Shelf</title>")
    (tmp_path / "page.js").write_text("'use strict';")
    (tmp_path / "notes.txt").write_text("not for everybody")
    return tmp_path


@asynccontextmanager
async def shown(directory: Path, environment: str) -> AsyncIterator[HttpClient]:
    settings = Settings.load(
        "shelf",
        {
            "TRADEWIND_ENVIRONMENT": environment,
            "TRADEWIND_DATABASE_URL": "postgresql://none.invalid/none",
            "TRADEWIND_ISSUER": "https://issuer.example",
            "TRADEWIND_CURSOR_KEY": "k" * 32,
        },
    )
    app = create_app(replace(service, pages={"/page": directory}), settings)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with http_client("http://service.test", transport=transport) as client:
        yield client


async def test_a_page_and_its_files_are_open_to_everybody(directory: Path) -> None:
    async with shown(directory, "development") as client:
        page = await client.get("/page")
        assert page.text.startswith("<!doctype html>")
        assert page.headers["content-type"] == "text/html; charset=utf-8"
        script = await client.get("/page/page.js")
        assert script.headers["content-type"] == "text/javascript; charset=utf-8"
        assert script.headers["x-content-type-options"] == "nosniff"
        same = await client.get("/page/page.js", headers={"If-None-Match": script.headers["etag"]})
        assert (same.status_code, same.content) == (304, b"")


@pytest.mark.parametrize("name", ["notes.txt", "missing.js", "..%2Fsettings.py", "index.html.js"])
async def test_nothing_else_in_the_directory_is_shown(directory: Path, name: str) -> None:
    async with shown(directory, "development") as client:
        answer = await client.get(f"/page/{name}")
        assert (answer.status_code, answer.json()["code"]) == (404, "unknown-route")


async def test_the_policy_allows_this_service_and_in_development_the_issuer(
    directory: Path,
) -> None:
    async with shown(directory, "development") as client:
        page = await client.get("/page")
        policy = page.headers["content-security-policy"]
        assert "default-src 'none'; script-src 'self'" in policy
        assert "connect-src 'self' https://issuer.example;" in policy
        assert "unsafe" not in policy
        found = (await client.get("/page/settings.json")).json()
        assert found == {"issuer": "https://issuer.example"}
    async with shown(directory, "production") as client:
        policy = (await client.get("/page")).headers["content-security-policy"]
        assert "connect-src 'self';" in policy
        assert (await client.get("/page/settings.json")).json() == {"issuer": None}


async def test_a_page_without_its_index_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"has no index\.html"):
        async with shown(tmp_path, "development"):
            pass
