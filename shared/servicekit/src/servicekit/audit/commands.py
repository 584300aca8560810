"""`verify-audit`."""

from __future__ import annotations

import argparse
import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import asyncpg

from servicekit.audit.anchors import AnchorFile
from servicekit.audit.verifier import Verdict, verify
from servicekit.cli import Command
from servicekit.database import asyncpg_url
from servicekit.settings import Settings

if TYPE_CHECKING:
    from servicekit.service import Service


def _run(service: Service, arguments: argparse.Namespace) -> int:
    settings = Settings.load(service.name)
    anchors = (
        AnchorFile(arguments.anchors)
        if arguments.anchors
        else AnchorFile.of(settings.state_directory, service.name)
    )
    verdict = asyncio.run(_verify(service.name, settings.platform_url(), anchors))
    print(report(verdict, anchors.path))  # noqa: T201
    return 0 if verdict.is_whole else 1


async def _verify(service: str, url: str, anchors: AnchorFile) -> Verdict:
    connection = await asyncpg.connect(asyncpg_url(url), server_settings={"timezone": "UTC"})
    try:
        return await verify(connection, service, anchors.read())
    finally:
        await connection.close()


def report(verdict: Verdict, anchors: Path) -> str:
    """What a person is told."""
    if verdict.problem is not None:
        return f"NOT WHOLE: {verdict.problem}. {verdict.sealed} entries before it are intact."
    text = (
        f"Whole: {verdict.sealed} sealed entries, head {verdict.head.hex()[:16]}, "
        f"{verdict.anchors} anchors in {anchors}."
    )
    if not verdict.anchors:
        text += " Without an anchor, a removal of the last entries cannot be seen."
    return text


def _configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--anchors", type=Path, help="the file of anchors; default: below TRADEWIND_STATE"
    )


VERIFY = Command(_run, _configure)
