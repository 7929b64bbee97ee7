# shellcheck shell=bash
# Shared by the scripts. Sourced, never run.

SCRIPTS=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
# shellcheck disable=SC2034  # used by the scripts that source this
PROJECT=$(cd -- "$SCRIPTS/../.." && pwd)

# psql and pg_dump read variables such as PGHOST and PGOPTIONS. The shell may have set them for another database.
unset "${!PG@}"

say() { printf '%s\n' "$*"; }
fail() {
  printf '%s: %s\n' "$(basename -- "$0")" "$*" >&2
  exit 1
}
misused() {
  printf '%s: %s (see --help)\n' "$(basename -- "$0")" "$*" >&2
  exit 2
}
needs() {
  local program
  for program in "$@"; do
    command -v "$program" >/dev/null || fail "$program is missing on the PATH"
  done
}

# A setting as the service reads it: from the environment, .env.local, .env, or NAME_FILE for a secret.
setting() {
  local name=$1 file value
  if [[ -n ${!name-} ]]; then
    printf '%s' "${!name}"
    return
  fi
  local by_file="${name}_FILE"
  if [[ -n ${!by_file-} ]]; then
    tr -d '\n' <"${!by_file}"
    return
  fi
  for file in .env.local .env deploy/novitai.env; do
    [[ -f $PROJECT/$file ]] || continue
    value=$(sed -n "s/^[[:space:]]*\(export \)\?$name=//p" "$PROJECT/$file" | tail -n 1)
    value=${value%\"} value=${value#\"}
    if [[ -n $value ]]; then
      printf '%s' "$value"
      return
    fi
  done
}

# The API key with which the scripts read what callers may not, or nothing. It needs the scopes instances:read and operations:read.
api_key() {
  local key
  key=$(setting NOVITAI_API_KEY)
  printf '%s' "${key:-$(setting FIRST_API_KEY)}"
}

# The default version.
image_tag() {
  local tag
  tag=$(setting IMAGE_TAG)
  printf '%s' "${tag:-$(node -p "require('$PROJECT/package.json').version")}"
}

# Compose with the variables that its files need. The file of production needs a certificate; without one only the first file is used.
compose() {
  local name value files=(-f "$PROJECT/deploy/docker-compose.yml")
  for name in NOVITA_API_KEY FIRST_API_KEY POSTGRES_PASSWORD TLS_DIRECTORY NOVITAI_HOSTS; do
    value=$(setting "$name")
    if [[ -n $value ]]; then export "$name=$value"; fi
  done
  if [[ -n ${TLS_DIRECTORY-} ]]; then files+=(-f "$PROJECT/deploy/docker-compose.prod.yml"); fi
  docker compose "${files[@]}" "$@"
}
# Runs a program of PostgreSQL in the container of the database, since its port is not reachable from outside.
in_database() { compose exec -T database "$1" --username novitai --dbname novitai "${@:2}"; }
# The same query as in database.js.
ask_database() {
  local statement
  # without a pipe, so that only Docker's own error is shown when Docker fails
  statement=$(node "$SCRIPTS/database.js" sql "$1") || return
  in_database psql --no-psqlrc --quiet --tuples-only --no-align --set ON_ERROR_STOP=1 <<<"$statement"
}
has_docker() { command -v docker >/dev/null && docker info >/dev/null 2>&1; }
