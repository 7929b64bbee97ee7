#!/usr/bin/env bash
# Makes a backup set: the database, the configuration, logs and the image. A set is complete, or it does not exist.
set -euo pipefail
# shellcheck source=deploy/scripts/common.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/common.sh"

help() {
  cat <<'HELP'
backup.sh [options]

Backs up the database that the service uses, while it runs:
  DATABASE_URL is set     by pg_dump, which must be as new as the server
  it is not set           by an online copy of the embedded PostgreSQL in DATA_DIR
  --compose               the database of the compose files, by the pg_dump of its container

  --to DIR            where the sets are kept (default: BACKUP_DIR, or backups in the project)
  --keep N            how many complete sets are kept (default: 5)
  --database-url URL  instead of DATABASE_URL
  --data-dir DIR      instead of DATA_DIR
  --logs FILE         a log to add; with Docker the containers' logs are added by themselves
  --with-secrets      keys and passwords too; without it their lines are emptied
  --no-image          not the Docker image
  -h, --help

A set has manifest.json, SHA256SUMS and the files that they name. The database contains the secrets of callers (encrypted)
and, unless DEPLOYMENT_SECRET is set, the secret that decrypts them: protect backups like the database.
HELP
}

to=${BACKUP_DIR:-$PROJECT/backups} keep=5 url='' data_dir='' compose=false with_secrets=false image=true logs=()
while (($# > 0)); do
  case $1 in
    --to) to=${2:?--to needs a directory} && shift ;;
    --keep) keep=${2:?--keep needs a number} && shift ;;
    --database-url) url=${2:?--database-url needs a URL} && shift ;;
    --data-dir) data_dir=${2:?--data-dir needs a directory} && shift ;;
    --compose) compose=true ;;
    --logs) logs+=("${2:?--logs needs a file}") && shift ;;
    --with-secrets) with_secrets=true ;;
    --no-image) image=false ;;
    -h | --help)
      help
      exit 0
      ;;
    *) misused "what is $1?" ;;
  esac
  shift
done
[[ $keep =~ ^[1-9][0-9]*$ ]] || misused "--keep wants a number from 1 on, not $keep"
needs node tar gzip sha256sum
if [[ $compose == true ]]; then
  [[ -z $url && -z $data_dir ]] || misused '--compose is a database of its own'
  needs docker
elif [[ -z $url && -z $data_dir ]]; then
  url=$(setting DATABASE_URL)
  data_dir=$(setting DATA_DIR)
fi

umask 077
mkdir -p "$to"
to=$(cd -- "$to" && pwd)
set_name() { date -u +novitai-%Y%m%dT%H%M%SZ; }
name=$(set_name)
# a set that was begun in the same second has this name already
while [[ -e $to/$name ]]; do
  sleep 1
  name=$(set_name)
done
draft=$(mktemp -d "$to/.draft-XXXXXXXX")
# shellcheck disable=SC2317  # called by the trap
clean_up() {
  local code=$?
  rm -rf "$draft"
  ((code == 0)) || printf 'backup.sh: FAILED, no backup was made\n' >&2
}
trap clean_up EXIT

if [[ $compose == true ]]; then
  kind=postgres
  say 'database: pg_dump in the container'
  described=$(ask_database describe)
  in_database pg_dump --format=custom --no-owner --no-privileges </dev/null >"$draft/database.dump"
  # with the container's version; this machine's may be older or missing
  in_database pg_restore --list <"$draft/database.dump" >/dev/null
elif [[ -n $url ]]; then
  needs pg_dump pg_restore
  kind=postgres
  say 'database: pg_dump'
  node "$SCRIPTS/database.js" service-file "$url" "$draft/.service"
  described=$(node "$SCRIPTS/database.js" describe "$url")
  PGSERVICEFILE=$draft/.service PGSERVICE=novitai pg_dump --format=custom --no-owner --no-privileges --file="$draft/database.dump"
  pg_restore --list "$draft/database.dump" >/dev/null
  rm "$draft/.service"
else
  kind=embedded
  data_dir=${data_dir:-$PROJECT/data}
  [[ -d $data_dir/postgres/data ]] || fail "there is no database in $data_dir; set DATABASE_URL or DATA_DIR"
  say "database: online copy of $data_dir"
  described=$(node "$SCRIPTS/database.js" copy-embedded "$data_dir" "$draft/database")
  tar -C "$draft" -czf "$draft/database.tar.gz" database
  rm -rf "$draft/database"
fi

say 'configuration'
mkdir "$draft/config"
for file in .env .env.local deploy/novitai.env deploy/docker-compose.yml deploy/docker-compose.prod.yml deploy/nginx Dockerfile package.json package-lock.json; do
  [[ -e $PROJECT/$file ]] || continue
  mkdir -p "$draft/config/$(dirname "$file")"
  if [[ $file == *env* && $with_secrets == false ]]; then
    # including commented-out ones, passwords inside URLs, and the lines of ENCRYPTION_KEYS after its first
    sed -E -e 's/^([[:space:]#]*(export[[:space:]]+)?[A-Z0-9_]*(KEY|SECRET|PASSWORD|TOKEN|DATABASE_URL|HEADERS)[A-Z0-9_]*[[:space:]]*)=.*/\1=/' \
      -e 's#(://[^/@:[:space:]]*):[^/@[:space:]]*@#\1:@#g' -e 's#[A-Za-z0-9+/]{43}=##g' "$PROJECT/$file" >"$draft/config/$file"
  else
    cp -R "$PROJECT/$file" "$draft/config/$file"
  fi
done
tar -C "$draft" -czf "$draft/config.tar.gz" config
rm -rf "$draft/config"

if has_docker; then
  say 'logs of the containers'
  compose logs --no-color --timestamps 2>/dev/null | gzip >"$draft/containers.log.gz" || rm -f "$draft/containers.log.gz"
fi
for file in "${logs[@]}"; do
  gzip -c "$file" >"$draft/$(basename "$file").gz"
done

if [[ $image == false ]]; then
  say 'image: none, as asked for'
elif ! has_docker; then
  say 'image: none, for there is no Docker'
else
  # named as in production, or as in the first compose file
  for tag in "novita-gpu-api:$(image_tag)" novita-gpu-api:local ''; do
    [[ -z $tag ]] || ! docker image inspect "$tag" >/dev/null 2>&1 || break
  done
  say "image: ${tag:-none, for there is neither novita-gpu-api:$(image_tag) nor :local}"
  [[ -z $tag ]] || docker image save "$tag" | gzip >"$draft/image.tar.gz"
fi

version=$(node -p "require('$PROJECT/package.json').version")
cat >"$draft/manifest.json" <<MANIFEST
{
  "name": "$name",
  "made": "$(date -u +%Y-%m-%dT%H:%M:%SZ)",
  "novitai": "$version",
  "kind": "$kind",
  "withSecrets": $with_secrets,
  "system": "$(uname -srm)",
  "node": "$(node --version)",
  "database": $described
}
MANIFEST
sums=$(cd "$draft" && find . -type f -printf '%P\0' | sort -z | xargs -0 sha256sum)
printf '%s\n' "$sums" >"$draft/SHA256SUMS"
(cd "$draft" && sha256sum --quiet --check SHA256SUMS)
sync "$draft"/* 2>/dev/null || true
mv -T "$draft" "$to/$name"

# counts and removes only complete sets of this script
kept=0
while IFS= read -r set; do
  [[ -f $to/$set/SHA256SUMS && -f $to/$set/manifest.json ]] || continue
  kept=$((kept + 1))
  ((kept <= keep)) || { rm -rf "${to:?}/$set" && say "removed $set"; }
done < <(find "$to" -mindepth 1 -maxdepth 1 -type d -name 'novitai-????????T??????Z' -printf '%f\n' | sort -r)

say "$to/$name: $(du -sh "$to/$name" | cut -f1), $described"
