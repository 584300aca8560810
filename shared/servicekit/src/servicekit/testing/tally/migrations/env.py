from servicekit.migrations.environment import run
from servicekit.testing.tally.service import service

run(service)
