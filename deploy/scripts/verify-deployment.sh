#!/usr/bin/env bash
# Checks that the running deployment matches docs/production.md. Changes nothing.
set -euo pipefail
# shellcheck source=deploy/scripts/common.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/common.sh"

help() {
  cat <<'HELP'
verify-deployment.sh [URL]

Checks the service at URL (default: http://127.0.0.1:3000) and, with Docker, its containers, against docs/production.md.
Each line is ok or FAIL. The exit code is 1 when a check failed. It asks with NOVITAI_API_KEY or FIRST_API_KEY, from the environment or
.env.
HELP
}

url=http://127.0.0.1:3000
case ${1-} in
  -h | --help)
    help
    exit 0
    ;;
  -*) misused "what is $1?" ;;
  ?*) url=$1 ;;
esac
needs curl
failed=0
check() {
  local what=$1
  shift
  if "$@" >/dev/null 2>&1; then
    say "ok    $what"
  else
    say "FAIL  $what"
    failed=$((failed + 1))
  fi
}
key=$(api_key)
# a configuration instead of an argument, which every user of this computer could read
authorization() { [[ -z $key ]] || printf 'header = "authorization: Bearer %s"\n' "$key"; }
ask() { curl --silent --max-time 10 --config <(authorization) "$@"; }
status() { "$1" --output /dev/null --write-out '%{http_code}' "$url$2"; }
without_key() { curl --silent --max-time 10 "$@"; }
answers() { [[ $(status ask "$2") == "$1" ]]; }
refuses_without_key() { [[ $(status without_key "$1") == 401 ]]; }
says() { ask "$url$1" | grep --quiet -- "$2"; }
says_not() { ! says "$@"; }
header() { ask --output /dev/null --dump-header - "$url$1" | tr '[:upper:]' '[:lower:]' | grep --quiet "^$2"; }

check 'it lives' answers 200 /health/live
check 'it has started' answers 200 /health/startup
check 'it is ready' answers 200 /health/ready
check 'it is healthy' says /health '"status":"healthy"'
check 'the database is up' says /health '"database":"up"'
check 'jobs are taken' says /health '"jobQueue":"up"'
check 'Novita answers' says /health '"novitaApi":"up"'
check 'it does not tell what it is made of' says_not /health nodeVersion
check 'it asks callers for an API key' refuses_without_key /api/instances
check 'it knows the API key of this script' answers 200 '/api/instances?limit=1'
check 'it counts' says /api/metrics/summary '"requestsPerMinute"'
check 'callers are limited' header /api/instances 'ratelimit:'
check 'its documentation is there' answers 200 /docs-json
check 'the fleet is not frozen' says /api/fleet '"frozen":null'

if has_docker; then
  for id in $(compose ps --quiet novita-gpu-api 2>/dev/null); do
    of() { docker inspect --format "$1" "$id"; }
    check "${id:0:12} is healthy" test "$(of '{{.State.Health.Status}}')" = healthy
    check "${id:0:12} runs as 1001" test "$(of '{{.Config.User}}')" = 1001:1001
    check "${id:0:12} has a read-only root" test "$(of '{{.HostConfig.ReadonlyRootfs}}')" = true
    check "${id:0:12} is held to its memory" test "$(of '{{.HostConfig.Memory}}')" -gt 0
    check "${id:0:12} has no capabilities" test "$(of '{{.HostConfig.CapDrop}}')" = '[ALL]'
    check "${id:0:12} gets no new privileges" test "$(of '{{.HostConfig.SecurityOpt}}')" = '[no-new-privileges:true]'
    check "${id:0:12} rotates its log" test -n "$(of '{{index .HostConfig.LogConfig.Config "max-size"}}')"
  done
else
  say 'the containers were not looked at: no Docker here'
fi

if ((failed > 0)); then fail "$failed checks failed"; fi
say 'all checks passed'
