from crm.app import service
from servicekit.migrations.environment import run

run(service)
