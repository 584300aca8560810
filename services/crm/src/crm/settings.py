"""Settings that only the CRM has, read once from the environment (prefix TRADEWIND_CRM_)."""

from functools import cache

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class CrmSettings(BaseSettings):
    """How old a foreign fact may be before the front office is warned; in seconds."""

    model_config = SettingsConfigDict(env_prefix="TRADEWIND_CRM_", extra="ignore", frozen=True)

    credit_staleness_seconds: int = Field(default=24 * 3600, ge=0)
    """Limit, headroom and what is owed: they move with every order and payment."""
    document_staleness_seconds: int = Field(default=7 * 24 * 3600, ge=0)
    """Quotes, orders and invoices that may still change."""


@cache
def crm_settings() -> CrmSettings:
    """The settings of this process."""
    return CrmSettings()
