"""`python -m crm`: serve, work, migrate and the rest of the service's commands."""

from crm.app import service
from servicekit.cli import main

if __name__ == "__main__":
    main(service)
