"""Writes JSON-like values as block YAML.

The package depends on pydantic alone, and generated files must be the same on every machine, so
the few lines that this needs are here. Every scalar is written as JSON, which YAML reads too.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

_PLAIN_KEY = re.compile(r"^[A-Za-z_$][A-Za-z0-9_.$/-]*$")
_LINE_BREAKERS = re.compile("[\x7f-\x9f\u2028\u2029\ufeff]")  # YAML folds or refuses them raw.
_YAML_WORDS = {"y", "n", "yes", "no", "on", "off", "true", "false", "null", "none"}


def dump(value: Mapping[str, Any]) -> str:
    """The value as a YAML document in block style."""
    return "\n".join(_block(value, 0)) + "\n"


def _scalar(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return _LINE_BREAKERS.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def _key(name: str) -> str:
    plain = _PLAIN_KEY.match(name) and name.lower() not in _YAML_WORDS
    return name if plain else _scalar(name)


def _is_empty(value: object) -> bool:
    return isinstance(value, dict | list | tuple) and not value


def _is_leaf(value: object) -> bool:
    return _is_empty(value) or not isinstance(value, Mapping | list | tuple)


def _block(value: Any, depth: int) -> Iterator[str]:
    pad = "  " * depth
    if isinstance(value, Mapping):
        for name, item in value.items():
            if _is_leaf(item):
                yield f"{pad}{_key(name)}: {_scalar(item)}"
            else:
                yield f"{pad}{_key(name)}:"
                yield from _block(item, depth + 1)
    elif isinstance(value, Sequence):
        for item in value:
            if _is_leaf(item):
                yield f"{pad}- {_scalar(item)}"
            else:
                first, *rest = _block(item, depth + 1)
                yield f"{pad}- {first.strip()}"
                yield from rest
