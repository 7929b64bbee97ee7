#!/usr/bin/env bash
# Fills a folder that is to be the home of root while an image is built: what npm of this machine needs to reach its registry.
#   npm-home.sh DIRECTORY
set -euo pipefail
home=$1
cafile=${NODE_EXTRA_CA_CERTS:-$(npm config get cafile)}
{
  grep -vE '^(cafile|prefix|nodedir|yes)' ~/.npmrc 2>/dev/null || true
  [[ ! -s $cafile ]] || echo 'cafile=/root/ca.crt'
} >"$home/.npmrc"
[[ ! -s $cafile ]] || cp "$cafile" "$home/ca.crt"
