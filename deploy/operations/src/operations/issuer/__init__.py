"""A token issuer for development: stands in for the OIDC provider that production has."""
