#!/usr/bin/env bash
# Deploys this version by Docker Compose: replaces one replica after the other, and rolls back when one does not become healthy.
set -euo pipefail
# shellcheck source=deploy/scripts/common.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/common.sh"

help() {
  cat <<'HELP'
deploy-prod.sh [options]

  1. checks the configuration          5. replaces the replicas one by one, waiting until each is healthy
  2. makes a backup                    6. checks the health of the service through nginx (health-check.sh)
  3. builds the image
  4. starts the database and nginx, if they are not running

The first new replica migrates the database, while the old ones keep running. If a new replica does not become healthy
in time, it is removed, replicas that were replaced get the old image again, and the exit code is 1.

  --replicas N       how many are to run (default: as many as run now, at least 2)
  --no-backup        there is nothing worth keeping yet
  --no-build         the image IMAGE_TAG is there already, such as one to roll back to
  --wait SECONDS     how long a replica may take to become healthy (default: 120)
  --check            only step 1
  -h, --help

NOVITA_API_KEY, POSTGRES_PASSWORD, TLS_DIRECTORY, NOVITAI_HOSTS (the host names that callers use) and FIRST_API_KEY (needed until the
database has an API key) come from the environment, .env or deploy/novitai.env; IMAGE_TAG names the image (default: the version of package.json).
HELP
}

replicas='' backup=true build=true wait=120 only_check=false
while (($# > 0)); do
  case $1 in
    --replicas) replicas=${2:?--replicas needs a number} && shift ;;
    --no-backup) backup=false ;;
    --no-build) build=false ;;
    --wait) wait=${2:?--wait needs seconds} && shift ;;
    --check) only_check=true ;;
    -h | --help)
      help
      exit 0
      ;;
    *) misused "what is $1?" ;;
  esac
  shift
done
[[ $wait =~ ^[1-9][0-9]*$ ]] || misused "--wait wants whole seconds, not $wait"
[[ $replicas =~ ^[1-9][0-9]*$|^$ ]] || misused "--replicas wants a number from 1 on, not $replicas"

say '1. configuration'
problems=()
for name in NOVITA_API_KEY POSTGRES_PASSWORD TLS_DIRECTORY; do
  value=$(setting "$name")
  if [[ -z $value ]]; then
    problems+=("$name is not set")
  elif [[ $value =~ [Yy]our|[Cc]hange.?me|[Ee]xample|\.\.\.|… ]]; then
    problems+=("$name still holds a placeholder")
  else
    export "$name=$value"
  fi
done
tls=${TLS_DIRECTORY-}
if [[ -n $tls ]]; then
  for file in fullchain.pem privkey.pem; do [[ -r $tls/$file ]] || problems+=("TLS_DIRECTORY has no readable $file"); done
fi
if [[ ${POSTGRES_PASSWORD-} =~ [^A-Za-z0-9] ]]; then problems+=('POSTGRES_PASSWORD may hold letters and digits only: it becomes part of a URL'); fi
first_key=$(setting FIRST_API_KEY)
if [[ -n $first_key && ! $first_key =~ ^nvt_[0-9A-Z]{26}_[0-9a-f]{72}$ ]]; then problems+=('FIRST_API_KEY is no API key: make one with npm run keys -- generate'); fi
if ((${#problems[@]} > 0)); then
  printf '   %s\n' "${problems[@]}" >&2
  fail "${#problems[@]} problems with the configuration: nothing was changed"
fi
[[ $only_check == false ]] || exit 0

needs docker curl
has_docker || fail 'Docker does not answer'
IMAGE_TAG=$(image_tag)
export IMAGE_TAG
export NOVITAI_VERSION=$IMAGE_TAG
compose config --quiet || fail 'the compose files do not fit together: nothing was changed'

running() { compose ps --quiet novita-gpu-api; }
mapfile -t old < <(running)
replicas=${replicas:-$((${#old[@]} > 2 ? ${#old[@]} : 2))}
old_image=''
if ((${#old[@]} > 0)); then old_image=$(docker inspect --format '{{.Image}}' "${old[0]}"); fi

if [[ $backup == true && ${#old[@]} -gt 0 ]]; then
  say '2. backup'
  # ignores DATABASE_URL, since the compose files give the service their own
  "$SCRIPTS/backup.sh" --compose --no-image || fail 'no backup could be made: nothing was changed'
else
  say '2. backup: none'
fi

if [[ $build == true ]]; then
  say "3. image novita-gpu-api:$IMAGE_TAG"
  compose build novita-gpu-api
else
  say "3. image novita-gpu-api:$IMAGE_TAG, as it is"
fi

say '4. database'
compose up --detach --no-recreate --wait --wait-timeout "$wait" database

healthy_within() {
  local id=$1 deadline=$((SECONDS + wait))
  while ((SECONDS < deadline)); do
    [[ $(docker inspect --format '{{.State.Health.Status}}' "$id") != healthy ]] || return 0
    [[ $(docker inspect --format '{{.State.Status}}' "$id") != exited ]] || return 1
    sleep 1
  done
  return 1
}
leave() {
  # an old replica that cannot be stopped is no reason to roll back, but an operator must look at it
  { docker stop "$1" && docker rm "$1"; } >/dev/null || fail "${1:0:12} cannot be stopped: it runs beside ${#made[@]} new replicas"
  say "   ${1:0:12} has left"
}
# replicas that this run started and that became healthy
made=()
# Starts one more replica with the image of NOVITAI_VERSION, then stops the one that it replaces, which stops taking requests before it ends.
# If the new replica does not become healthy it is removed, and nothing else has changed.
replace() {
  local before new
  mapfile -t before < <(running)
  # set -e has no effect in here
  compose up --detach --no-recreate --no-build --no-deps --scale "novita-gpu-api=$((${#before[@]} + 1))" novita-gpu-api || return 1
  new=$(comm -13 <(printf '%s\n' "${before[@]}" | sort) <(running | sort) | head -n 1)
  [[ -n $new ]] || return 1
  if ! healthy_within "$new"; then
    say "   ${new:0:12} does not become healthy; its last words:"
    docker logs --tail 20 "$new" 2>&1 | sed 's/^/   /' || true
    docker rm --force "$new" >/dev/null || true
    return 1
  fi
  say "   ${new:0:12} is healthy"
  made+=("$new")
  [[ -z $1 ]] || leave "$1"
}
roll_back() {
  local id replaced=("${made[@]}")
  say 'ROLLING BACK'
  [[ -n $old_image ]] || fail "a replica did not become healthy, and there is no version to go back to; ${#replaced[@]} of the new one run"
  # a separate tag, so that the new version keeps its name
  export NOVITAI_VERSION=before-$IMAGE_TAG
  docker tag "$old_image" "novita-gpu-api:$NOVITAI_VERSION"
  for id in "${replaced[@]}"; do
    replace "$id" || fail "the version before (novita-gpu-api:$NOVITAI_VERSION) does not become healthy either: replicas of both versions run"
  done
  fail "the new version is not in production; what ran before runs, as novita-gpu-api:$NOVITAI_VERSION"
}

say "5. $replicas replicas, one by one"
for ((done = 0; done < replicas; done++)); do
  replace "${old[done]-}" || roll_back
done
for ((rest = replicas; rest < ${#old[@]}; rest++)); do leave "${old[rest]}"; done
# no reload, since that would close the connections that callers keep, and nginx finds new replicas by itself
compose up --detach --no-recreate nginx

say '6. what runs'
address=$(setting NOVITAI_HTTPS_ADDRESS)
"$SCRIPTS/health-check.sh" "${DEPLOY_URL:-https://${address:-127.0.0.1:443}}" --wait 30 || say 'nginx does not answer here: look at its certificate, and set DEPLOY_URL to the name in it'
compose ps
