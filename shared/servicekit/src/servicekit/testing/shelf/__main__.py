"""`python -m servicekit.testing.shelf serve`: the shelf as a process, for tests of its end."""

from servicekit.cli import main
from servicekit.testing.shelf.service import service

main(service)
