#!/bin/sh
# Make the secrets that docker-compose.yml mounts: fresh passwords, each service's database
# addresses and cursor key, in secrets/. What is there already is kept.
#
# The files are readable, the directory is not: Compose mounts a file with the owner and mode it
# has, and the processes in the containers are other users than you.
set -eu
directory=${1:-secrets}
umask 077
mkdir -p "$directory"
chmod 700 "$directory"

random() { od -An -N24 -tx1 /dev/urandom | tr -d ' \n'; }

keep() { # name, value
  [ -e "$directory/$1" ] || printf '%s' "$2" >"$directory/$1"
  chmod 444 "$directory/$1"
}

for service in crm erp cpq; do
  keep "$service-postgres-password" "$(random)"
  keep "$service-cursor-key" "$(random)"
  for role in owner app platform; do
    keep "$service-$role-password" "$(random)"
    password=$(cat "$directory/$service-$role-password")
    keep "$service-$role-url" \
      "postgresql://${service}_$role:$password@$service-postgres:5432/$service"
  done
done
echo "The secrets are in $directory/."
