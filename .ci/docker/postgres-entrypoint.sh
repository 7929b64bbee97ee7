#!/usr/bin/env bash
# What the official image does for the compose files, in Debian's PostgreSQL: a database for POSTGRES_USER on the volume, once.
set -euo pipefail
data=/var/lib/postgresql/data
as_postgres=(setpriv --reuid=postgres --regid=postgres --clear-groups)

if [[ ! -s $data/PG_VERSION ]]; then
  install -d -m 700 -o postgres -g postgres "$data"
  install -m 600 -o postgres -g postgres <(printf '%s\n' "$POSTGRES_PASSWORD") /tmp/password
  "${as_postgres[@]}" initdb --pgdata "$data" --username "$POSTGRES_USER" --auth-local trust --auth-host scram-sha-256 \
    --encoding UTF8 --locale C.UTF-8 --pwfile /tmp/password
  rm /tmp/password
  echo 'host all all all scram-sha-256' >>"$data/pg_hba.conf"
  echo "CREATE DATABASE \"$POSTGRES_DB\"" | "${as_postgres[@]}" postgres --single -D "$data" postgres
fi
install -d -o postgres -g postgres /var/run/postgresql
exec "${as_postgres[@]}" postgres -D "$data" -c listen_addresses='*'
