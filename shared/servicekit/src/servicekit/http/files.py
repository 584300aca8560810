"""Files inside JSON: Base64, of a bounded size."""

from base64 import b64decode
from binascii import Error
from typing import Annotated

from pydantic import StringConstraints, field_validator

from servicekit.http.schemas import In

LARGEST_FILE = 5_000_000
"""Bytes of the largest file that a request holds."""
Base64Content = Annotated[
    str, StringConstraints(min_length=4, max_length=LARGEST_FILE * 4 // 3 + 4)
]


class FileIn(In):
    """A request with a file in it. The route allows bodies of `BULK_BODY_BYTES`."""

    content: Base64Content
    """The file in Base64; 5 MB at most."""

    model_config = In.model_config | {"str_max_length": None}

    @field_validator("content")
    @classmethod
    def _readable(cls, value: str) -> str:
        try:
            b64decode(value, validate=True)
        except (Error, ValueError) as error:
            raise ValueError("write the file in Base64") from error
        return value

    def file(self) -> bytes:
        """The file."""
        return b64decode(self.content)
