#!/bin/sh
# First start of a database container: create the service's database and its three roles.
# Passwords are files, named by TRADEWIND_<ROLE>_PASSWORD_FILE.
set -eu
TRADEWIND_OWNER_PASSWORD=$(cat "$TRADEWIND_OWNER_PASSWORD_FILE")
TRADEWIND_APP_PASSWORD=$(cat "$TRADEWIND_APP_PASSWORD_FILE")
TRADEWIND_PLATFORM_PASSWORD=$(cat "$TRADEWIND_PLATFORM_PASSWORD_FILE")
export TRADEWIND_OWNER_PASSWORD TRADEWIND_APP_PASSWORD TRADEWIND_PLATFORM_PASSWORD
psql --no-psqlrc --username "$POSTGRES_USER" --dbname postgres \
  --file "${TRADEWIND_PROVISION_SQL:-/tradewind/provision.sql}"
