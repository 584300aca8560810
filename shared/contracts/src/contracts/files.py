"""Where the generated and the frozen files stand, and how they are written and read."""

import json
from pathlib import Path
from typing import Any

from contracts import asyncapi, catalogue, plain_yaml
from contracts.schemas import Schema, schemas

HOME = Path(__file__).resolve().parents[2]
"""`shared/contracts` in the repository."""


class NotInTheRepositoryError(RuntimeError):
    """The generator ran from an installed package, where there is nothing to generate."""


def _as_json(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def examples() -> dict[str, list[tuple[str, Any]]]:
    """The frozen example bodies by event slug, each with its name, in order of file name."""
    return {
        folder.name: [
            (path.stem, json.loads(path.read_text("utf-8")))
            for path in sorted(folder.glob("*.json"))
        ]
        for folder in sorted((HOME / "examples").iterdir())
    }


def releases() -> dict[str, dict[str, Schema]]:
    """The schemas of every release by release name and event slug."""
    return {
        folder.name: {
            path.stem: json.loads(path.read_text("utf-8")) for path in sorted(folder.glob("*.json"))
        }
        for folder in sorted((HOME / "released").glob("*"))
    }


def generated() -> dict[Path, str]:
    """What the generated files must contain, by path; raises `NotInTheRepositoryError`."""
    repository = HOME.parents[1]
    if not (HOME / "examples").is_dir():
        raise NotInTheRepositoryError(f"{HOME} holds no examples; run this in the repository")
    bodies = examples()
    texts = {HOME / "schemas" / f"{slug}.json": _as_json(body) for slug, body in schemas().items()}
    for service, body in asyncapi.documents(bodies).items():
        texts[HOME / "asyncapi" / f"{service}.yaml"] = plain_yaml.dump(body)
    texts[repository / "docs" / "events.md"] = catalogue.page(bodies)
    return texts


def generate() -> list[Path]:
    """Write the generated files, remove schemas of events that are gone; return what changed."""
    texts = generated()
    changed = [path for path in (HOME / "schemas").glob("*.json") if path not in texts]
    for path in changed:
        path.unlink()
    for path, text in texts.items():
        if not path.exists() or path.read_text("utf-8") != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
            changed.append(path)
    return changed


def release(name: str) -> Path:
    """Freeze today's schemas under a release name; raises `FileExistsError` for a known one."""
    folder = HOME / "released" / name
    folder.mkdir(parents=True)
    for slug, body in schemas().items():
        (folder / f"{slug}.json").write_text(_as_json(body), "utf-8")
    return folder
