"""`python -m erp <command>`."""

from erp.app import service
from servicekit.cli import main

if __name__ == "__main__":
    main(service)
