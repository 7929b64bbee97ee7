#!/usr/bin/env bash
# Tries deploy/nginx by an nginx as new as production's. See help below.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

help() {
  cat <<'HELP'
npm run prove:nginx-newer -- [options]

Runs deploy/nginx by an nginx that knows all of its words, `resolve` and `http2 on` among them (1.27.3 and later), where the machine's
own is older: taken from a later Debian into a temporary directory, and nothing of it is installed. Replicas come, go and are all away,
and only a name server tells of them, as with docker compose --scale. Then all that prove:nginx tries.

  --suite NAME        the Debian that it is taken from (default: forky)
  --mirror URL        where Debian comes from (default: http://deb.debian.org/debian)
  --program FILE      take this nginx, and fetch none
  --help

Needs apt-get, dpkg-deb and openssl, and npm ci of this project. Nothing listens on other addresses than 127.0.0.0/8.
HELP
}
misused() {
  echo "prove:nginx-newer: $* (see --help)" >&2
  exit 2
}
failed() {
  echo "prove:nginx-newer: $*" >&2
  exit 1
}

suite=forky mirror=http://deb.debian.org/debian program=''
while (($# > 0)); do
  case $1 in
    --help | -h) help && exit 0 ;;
    --suite | --mirror | --program)
      [[ -n ${2-} ]] || misused "$1 needs a value"
      declare "${1#--}=$2"
      shift 2
      ;;
    *) misused "what is $1?" ;;
  esac
done
needed=(openssl)
[[ -n $program ]] || needed+=(apt-get dpkg-deb)
for name in "${needed[@]}"; do command -v "$name" >/dev/null || failed "there is no $name"; done
[[ -d node_modules/vitest ]] || failed 'nothing is installed yet: npm ci'

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# workers of nginx are another account
chmod 711 "$work"

# apt with lists and a cache of its own, that takes nothing for installed: what nginx needs, down to the C library
fetch() {
  mkdir -p "$work"/apt/{state/lists/partial,cache/archives/partial}
  : >"$work/apt/installed"
  echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $suite main" >"$work/apt/sources"
  local ours=(-q -o "Dir::Etc::SourceList=$work/apt/sources" -o Dir::Etc::SourceParts=- -o "Dir::State=$work/apt/state"
    -o "Dir::State::status=$work/apt/installed" -o "Dir::Cache=$work/apt/cache" -o "APT::Sandbox::User=$(id -un)" -o Debug::NoLocking=1)
  apt-get "${ours[@]}" update && apt-get "${ours[@]}" -y --no-install-recommends --download-only install nginx || return 1
  local package
  for package in "$work"/apt/cache/archives/*.deb; do dpkg-deb -x "$package" "$work/root" || return 1; done
  local loader
  loader=$(find "$work/root" -name 'ld-linux*' -print -quit)
  printf '#!/bin/sh\nexec "%s" --library-path "%s" "%s/usr/sbin/nginx" "$@"\n' "$loader" "$(dirname "$loader"):$(
    find "$work/root/usr/lib" -maxdepth 1 -name '*-linux-gnu' -print -quit
  )" "$work/root" >"$work/nginx"
  chmod 755 "$work/nginx"
}
if [[ -z $program ]]; then
  echo "=== nginx of Debian $suite"
  fetch >"$work/fetch.log" 2>&1 || { tail -n 15 "$work/fetch.log" && failed 'it cannot be fetched'; }
  program=$work/nginx
fi
"$program" -v
NGINX_PROGRAM=$program npx vitest run --config test/vitest.proof.config.ts nginx replica-names
