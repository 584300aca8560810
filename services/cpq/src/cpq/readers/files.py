"""Bytes of a file as text."""

from __future__ import annotations

from cpq.readers.refusals import FileCannotBeRead, FileIsTooLarge

LARGEST_FILE = 20_000_000
"""Bytes of any file that a reader takes."""


def text_of(content: bytes, name: str) -> str:
    """The text of a file in UTF-8, without its byte order mark.

    Raises `FileCannotBeRead`, `FileIsTooLarge`.
    """
    if len(content) > LARGEST_FILE:
        raise FileIsTooLarge(f"{name} has more than {LARGEST_FILE} bytes.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as stop:
        line = content.count(b"\n", 0, stop.start) + 1
        raise FileCannotBeRead(f"{name}:{line}: the file is not text in UTF-8.") from stop
    if "\0" in text:
        raise FileCannotBeRead(f"{name}: the file is not text.")
    return text
