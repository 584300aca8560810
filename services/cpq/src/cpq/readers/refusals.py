"""What a reader refuses as a whole. Single constructs become findings instead."""

from __future__ import annotations

from servicekit.errors import InvalidInput, Kind


class FileCannotBeRead(InvalidInput):
    """The file is not of its format: the detail names the file, the line and what was expected."""

    code = "file-cannot-be-read"
    title = "The file is not of the format it was given as"
    hint = "Correct the named line, or give the file to the reader of its own format."


class FileIsTooLarge(InvalidInput):
    """A file, a row, a nesting or an expansion beyond the reader's bounds."""

    code = "file-is-too-large"
    kind = Kind.TOO_LARGE
    title = "The file is larger than a reader accepts"
    hint = "Split the file or the bundle that the detail names."


class BundleIsCyclic(InvalidInput):
    """A product that is part of itself, directly or through others; the detail names the circle."""

    code = "bundle-is-cyclic"
    title = "A bundle contains itself"
    hint = "Remove one of the parts in the circle that the detail names."


class NothingToConfigure(InvalidInput):
    """The file can be read, but describes nothing that could be configured."""

    code = "nothing-to-configure"
    title = "The file describes nothing that can be configured"
    hint = "Give a file with at least one configurable product."
