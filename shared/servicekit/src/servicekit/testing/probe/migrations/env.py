from servicekit.migrations.environment import run
from servicekit.testing.probe.service import service

run(service)
