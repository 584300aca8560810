"""Where things stand in the repository, and where local state goes."""

import os
from pathlib import Path

# Operations is never installed apart from its repository: it starts what deploy/ describes.
ROOT = Path(__file__).resolve().parents[4]
KAFKA_POM = ROOT / "deploy" / "kafka" / "pom.xml"
KAFKA_LOGGING = ROOT / "deploy" / "kafka" / "log4j2.properties"
PROVISION_SQL = ROOT / "deploy" / "postgres" / "provision.sql"


def state_directory() -> Path:
    """The directory for databases, logs and keys: TRADEWIND_STATE, else var/ in the repository."""
    chosen = os.environ.get("TRADEWIND_STATE")
    return Path(chosen).resolve() if chosen else ROOT / "var"
