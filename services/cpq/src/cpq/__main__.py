"""`python -m cpq`: serve, work, migrate and the other commands of the kit."""

from cpq.app import service
from servicekit import cli

if __name__ == "__main__":
    cli.main(service)
