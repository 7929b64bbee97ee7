#!/usr/bin/env bash
# Shows the health of a running service. Exit code: 0 healthy, 1 not healthy, 2 wrong arguments.
set -euo pipefail
# shellcheck source=deploy/scripts/common.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/common.sh"

help() {
  cat <<'HELP'
health-check.sh [URL] [options]

Reads /health of the service at URL (default: http://127.0.0.1:3000), and prints what is down and what needs an operator. With
NOVITAI_API_KEY or FIRST_API_KEY, from the environment or .env, it also says whether the fleet is frozen.

  --wait SECONDS   asks again until it is ready, for so long at most (default: 0)
  --slow MS        a slower answer is told, and is no failure (default: 1000)
  -h, --help
HELP
}

url='' wait=0 slow=1000
while (($# > 0)); do
  case $1 in
    --wait) wait=${2:?--wait needs seconds} && shift ;;
    --slow) slow=${2:?--slow needs milliseconds} && shift ;;
    -h | --help)
      help
      exit 0
      ;;
    -*) misused "what is $1?" ;;
    *) url=$1 ;;
  esac
  shift
done
[[ $wait =~ ^[0-9]+$ ]] || misused "--wait wants whole seconds, not $wait"
[[ $slow =~ ^[0-9]+$ ]] || misused "--slow wants whole milliseconds, not $slow"
needs node
NOVITAI_API_KEY=$(api_key)
export NOVITAI_API_KEY
exec node "$SCRIPTS/health.js" "${url:-http://127.0.0.1:3000}" "$wait" "$slow"
