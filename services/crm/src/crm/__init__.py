"""Customer relationships: companies, conversations, opportunities."""
