#!/usr/bin/env bash
# Restores a backup set, frozen: the service that starts with it buys and deletes nothing until an operator resumes.
set -euo pipefail
# shellcheck source=deploy/scripts/common.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/common.sh"

help() {
  cat <<'HELP'
restore.sh SET [options]        restores the database of a backup set
restore.sh --verify SET         checks a set and changes nothing
restore.sh --report URL         asks the service at URL which machines the restored database does not know

Stop every replica first. The kind of the set decides: a dump goes to DATABASE_URL, a copy of the embedded PostgreSQL to
DATA_DIR.

  --database-url URL  instead of DATABASE_URL
  --data-dir DIR      instead of DATA_DIR
  --compose           a dump goes to the database of the compose files, which has to run (docker compose up -d database)
  --force             also over a database that is there. An embedded one is moved aside; tables of another are dropped
  -h, --help

Restore configuration and image yourself if needed: config.tar.gz, docker image load < image.tar.gz.
HELP
}

set_dir='' report='' verify=false url='' data_dir='' compose=false force=false
while (($# > 0)); do
  case $1 in
    --verify) verify=true ;;
    --report) report=${2:?--report needs the URL of the service} && shift ;;
    --database-url) url=${2:?--database-url needs a URL} && shift ;;
    --data-dir) data_dir=${2:?--data-dir needs a directory} && shift ;;
    --compose) compose=true ;;
    --force) force=true ;;
    -h | --help)
      help
      exit 0
      ;;
    -*) misused "what is $1?" ;;
    *) set_dir=$1 ;;
  esac
  shift
done

if [[ -n $report ]]; then
  needs node
  NOVITAI_API_KEY=$(api_key)
  export NOVITAI_API_KEY
  exec node "$SCRIPTS/report.js" "$report"
fi

[[ -n $set_dir ]] || misused 'which set?'
[[ -f $set_dir/manifest.json && -f $set_dir/SHA256SUMS ]] || fail "$set_dir is no complete backup set"
needs node tar sha256sum
set_dir=$(cd -- "$set_dir" && pwd)
(cd "$set_dir" && sha256sum --quiet --check SHA256SUMS) || fail "$set_dir is damaged: nothing was changed"
of_manifest() { node -p "require('$set_dir/manifest.json').$1"; }
say "$set_dir: whole; made $(of_manifest made) of $(of_manifest database.instances) instances with $(of_manifest database.machines) machines"
[[ $verify == false ]] || exit 0

if [[ $compose == true ]]; then
  [[ -z $url && -z $data_dir ]] || misused '--compose is a database of its own'
  [[ $(of_manifest kind) == postgres ]] || fail 'this set is a copy of an embedded PostgreSQL: no dump that the database of the compose files could take'
  needs docker
fi
# all or nothing
FROM_DUMP=(--single-transaction --exit-on-error --no-owner --no-privileges --clean --if-exists)
case $compose-$(of_manifest kind) in
  true-postgres)
    running=$(compose ps --quiet novita-gpu-api) || fail 'Docker Compose does not answer'
    [[ -z $running ]] || fail 'replicas run: docker compose stop novita-gpu-api first'
    if ask_database describe >/dev/null 2>&1 && [[ $force == false ]]; then
      fail 'there is a database of Novitai already; --force replaces it'
    fi
    in_database pg_restore "${FROM_DUMP[@]}" <"$set_dir/database.dump"
    ask_database freeze
    described=$(ask_database describe)
    ;;
  false-postgres)
    needs pg_restore
    url=${url:-$(setting DATABASE_URL)}
    [[ -n $url ]] || fail 'DATABASE_URL is not set, and this set is a dump'
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    node "$SCRIPTS/database.js" service-file "$url" "$work/service"
    if node "$SCRIPTS/database.js" describe "$url" >/dev/null 2>&1 && [[ $force == false ]]; then
      fail 'there is a database of Novitai already; --force replaces it'
    fi
    PGSERVICEFILE=$work/service PGSERVICE=novitai pg_restore --dbname=service=novitai "${FROM_DUMP[@]}" "$set_dir/database.dump"
    node "$SCRIPTS/database.js" freeze "$url"
    described=$(node "$SCRIPTS/database.js" describe "$url")
    ;;
  false-embedded)
    data_dir=${data_dir:-$(setting DATA_DIR)}
    data_dir=${data_dir:-$PROJECT/data}
    mkdir -p "$data_dir"
    if [[ -e $data_dir/postgres ]]; then
      [[ $force == true ]] || fail "there is a database in $data_dir already; --force moves it aside"
      aside=$data_dir/postgres.before-$(date -u +%Y%m%dT%H%M%SZ)
      if [[ -f $data_dir/postgres/data/postmaster.pid ]] && kill -0 "$(head -n 1 "$data_dir/postgres/data/postmaster.pid")" 2>/dev/null; then
        fail 'its PostgreSQL runs: stop every replica first'
      fi
      mv "$data_dir/postgres" "$aside"
      say "what was there is in $aside"
    fi
    work=$(mktemp -d "$data_dir/.restore-XXXXXXXX")
    trap 'rm -rf "$work"' EXIT
    tar -C "$work" -xzf "$set_dir/database.tar.gz"
    described=$(node "$SCRIPTS/database.js" place-embedded "$work/database" "$data_dir")
    ;;
  *) fail "a set of a kind that this version does not know: $(of_manifest kind)" ;;
esac

cat <<NEXT
restored and frozen: $described
Next: start one replica, and see what the backup does not know:
  $0 --report http://127.0.0.1:3000
Decide on each machine, then POST /api/fleet/resume. docs/runbook.md#restoring-the-database says more.
NEXT
