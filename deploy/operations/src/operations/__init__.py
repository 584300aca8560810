"""The whole system on one machine: local stack, token issuer, importer, demo, bench."""
