"""Quotes over HTTP."""

from cpq.quotes.api.approving import deciding, submitting
from cpq.quotes.api.editing import editing
from cpq.quotes.api.quotes import LISTING, router
from cpq.quotes.api.usage import usage
from cpq.quotes.api.versions import versions

routers = [router, editing, versions, usage, submitting, deciding]

__all__ = ["LISTING", "router", "routers"]
