"""Settings that only CPQ has, read once from the environment (prefix TRADEWIND_CPQ_)."""

from functools import cache

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class CpqSettings(BaseSettings):
    """How much memory and time computing may take in one process; sizes in bytes."""

    model_config = SettingsConfigDict(env_prefix="TRADEWIND_CPQ_", extra="ignore", frozen=True)

    engine_cache_bytes: int = Field(default=512_000_000, ge=0)
    """Engines kept for the next request."""
    engine_threads: int = Field(default=2, ge=1, le=64)
    """Questions that are worked out at once."""
    engine_queue: int = Field(default=32, ge=0, le=10_000)
    """Questions that may wait for a thread; more are refused."""
    engine_seconds: float = Field(default=10.0, gt=0, le=600)
    """The longest that a question may take, its waiting included."""
    compile_seconds: float = Field(default=300.0, ge=0, le=3_600)
    """The longest that the worker compiles one version; 0 compiles none."""
    document_threads: int = Field(default=1, ge=1, le=16)
    """PDFs that are set at once."""
    document_queue: int = Field(default=16, ge=0, le=1_000)
    """PDFs that may wait for a thread; more are refused."""
    document_seconds: float = Field(default=15.0, gt=0, le=600)
    """The longest that a PDF may wait before it is begun."""
    document_lines: int = Field(default=2_000, ge=1, le=20_000)
    """Lines of the longest PDF: 2,000 take 4 seconds and 0.4 GB, 5,000 eleven and 0.9 GB."""

    rehearsal_threads: int = Field(default=1, ge=1, le=16)
    """Dry runs of price books that compute at once."""
    rehearsal_queue: int = Field(default=4, ge=0, le=100)
    """Dry runs that may wait for a thread; more are refused."""
    rehearsal_seconds: float = Field(default=25.0, gt=0, le=600)
    """The longest that a dry run may take, its waiting included; below the time of a request."""
    rehearsal_quotes: int = Field(default=4_000, ge=1, le=100_000)
    """Quotes of the largest dry run."""
    rehearsal_lines: int = Field(default=40_000, ge=1, le=1_000_000)
    """Lines of all its quotes together."""


@cache
def cpq_settings() -> CpqSettings:
    """The settings of this process."""
    return CpqSettings()
