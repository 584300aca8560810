"""The audit trail: sealing, anchoring and verifying who did what."""
