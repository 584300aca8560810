"""The README's commands work, in their order, as they stand there."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from operations.importer.report import ImportReport
from operations.stack import Stack

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_story_in_the_readme_runs(stack: Stack, sample_company: ImportReport) -> None:
    blocks = re.findall(r"^```bash\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
    assert len(blocks) >= 6
    script = "\n".join(["set -euo pipefail", *blocks])
    for port, there in (
        (8100, stack.ports.issuer_url),
        (8101, stack.url("crm")),
        (8102, stack.url("erp")),
        (8103, stack.url("cpq")),
    ):
        script = script.replace(f"http://127.0.0.1:{port}", there)

    told = subprocess.run(
        ["bash", "-c", script], capture_output=True, text=True, timeout=120, check=False
    )

    assert told.returncode == 0, told.stderr + told.stdout
    assert '"status": "paid"' in told.stdout
    assert '"event_type": "tradewind.erp.invoice-paid.v1"' in told.stdout
    # What the README says of the waterfall: steps that changed a price, as the quote was printed.
    printed = re.findall(r'"step": "([a-z-]+)",\s+"rule": "([a-z-]+)[:"]', told.stdout)
    assert {rule for _, rule in printed} >= {
        "list-price",
        "agreed-price",
        "quantity-break",
        "tier-discount",
        "manual-discount",
    }
    # 18.90 less 4 % for the carton, 4 % for the tier and 5 % of the seller's own.
    assert '"net_unit_price": "16.547328"' in told.stdout


def test_every_link_of_the_documentation_leads_somewhere() -> None:
    documents = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(ROOT.glob("docs/**/*.md"))]
    broken = [
        f"{document.relative_to(ROOT)}: {target}"
        for document in documents
        for target in re.findall(r"\]\(([^)#\s]+)", document.read_text(encoding="utf-8"))
        if not target.startswith(("http://", "https://", "mailto:"))
        and not (document.parent / target).exists()
    ]
    assert broken == []


def test_the_map_names_every_slice() -> None:
    slices = {
        path.parent.name
        for path in ROOT.glob("services/*/src/*/*/__init__.py")
        if (path.parent / "api.py").exists() or (path.parent / "api").is_dir()
    }
    assert slices
    assert {name for name in slices if f"[{name}](" not in README} == set()
