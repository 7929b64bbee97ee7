#!/usr/bin/env bash
# What an operator does, in the order of a service's life. Run by machine.sh on a computer of its own; each fact is a line.
set -euo pipefail
cd /srv/novitai
# shellcheck source=deploy/scripts/common.sh
source deploy/scripts/common.sh

scripts=deploy/scripts
url=https://localhost
export NOVITA_API_KEY=a-key-for-the-simulator POSTGRES_PASSWORD=0123456789abcdef TLS_DIRECTORY=/srv/tls BACKUP_DIR=/srv/backups
export DEPLOY_URL=$url NODE_EXTRA_CA_CERTS=/srv/tls/fullchain.pem CURL_CA_BUNDLE=/srv/tls/fullchain.pem
cat >deploy/novitai.env <<SETTINGS
NOVITA_API_BASE_URL=$NOVITA_API_BASE_URL
NOVITA_REQUESTS_PER_MINUTE=1000
CREATE_SETTLE_SECONDS=12
SWEEP_REPORT_ONLY_HOURS=0
PROBE_ALLOW_ADDRESSES=198.18.0.1
RATE_LIMIT_MAX_REQUESTS=1000000
SETTINGS

step() { echo "=== $* (after $SECONDS s)"; }
is() { if [[ $2 = "$3" ]]; then echo "ok    $1: $2"; else echo "FAIL  $1: $2, not $3"; fi; }
# told WHAT CODE WORDS COMMAND…: ends with CODE and says WORDS
told() {
  local what=$1 code=$2 words=$3 got=0 since=$SECONDS
  shift 3
  "$@" >/tmp/said 2>&1 || got=$?
  if [[ $got = "$code" ]] && grep --quiet -- "$words" /tmp/said; then
    echo "ok    $what: $((SECONDS - since)) s"
  else
    echo "FAIL  $what: exit code $got, not $code, or not a word of '$words'"
    tail -n 40 /tmp/said | sed 's/^/      /'
    compose ps --all
    compose logs --tail 10 2>&1 | cut -c 1-300
  fi
}
replicas() { compose ps --quiet novita-gpu-api; }
images() { replicas | xargs docker inspect --format '{{.Image}}' | sort -u; }
image() { docker inspect --format '{{.Id}}' "novita-gpu-api:$1"; }
simulator=${NOVITA_API_BASE_URL%%/gpu*}
fleet() { node .ci/docker/fleet.js "$url" "$simulator"; }
life() { node .ci/image/life.js "$url" "$@" || true; }
visits=''
visit() {
  node .ci/docker/visits.js "$url" "$RATE" "$1" >/tmp/visits 2>&1 &
  visits=$!
}
visited() {
  kill -TERM "$visits"
  wait "$visits" || true
  cat /tmp/visits
  ! grep --quiet '^FAIL' /tmp/visits || compose logs --no-log-prefix --tail 20 nginx | cut -c 1-400
}

# enough for everybody who asks
curl --silent --fail --json '{"productId": "4090.16c62g", "gpus": 10000}' "$simulator/_sim/stock" >/dev/null

step 'the first version'
export IMAGE_TAG=1
NOVITAI_VERSION=1 compose build --quiet novita-gpu-api
told 'deploy-prod.sh brings none without an API key, and says why' 1 'node dist/keys.js create' "$scripts/deploy-prod.sh" --no-build --wait 20
FIRST_API_KEY=$(docker run --rm novita-gpu-api:1 node dist/keys.js generate)
export FIRST_API_KEY NOVITAI_API_KEY=$FIRST_API_KEY
told 'deploy-prod.sh builds it and brings two replicas' 0 'healthy in' "$scripts/deploy-prod.sh"
is 'replicas' "$(replicas | wc -l)" 2
[[ -n $(replicas) ]] || exit 1
life first
told 'verify-deployment.sh, also of the containers' 0 'all checks passed' "$scripts/verify-deployment.sh" "$url"
is 'its checks' "$(grep -c '^ok' /tmp/said)" 28
read -r first < <(replicas)
docker exec --interactive "$first" node --input-type=module - <.ci/image/inside.js || true

step "the second version, under $RATE requests a second"
export IMAGE_TAG=2
sed -i 's/"version": "[^"]*"/"version": "0.2.0"/' package.json
visit second
told 'deploy-prod.sh backs up, builds and replaces' 0 'healthy in' "$scripts/deploy-prod.sh"
is 'it runs, and only it' "$([[ $(images) = "$(image 2)" && $(image 2) != "$(image 1)" ]] && echo yes)" yes
visited

step "a third version that is sick, under $RATE requests a second"
export IMAGE_TAG=3
printf 'FROM novita-gpu-api:2\nHEALTHCHECK --interval=1s --timeout=1s --retries=1 CMD ["false"]\n' | docker build --quiet --tag novita-gpu-api:3 - >/dev/null
visit third
told 'deploy-prod.sh goes back, and says so' 1 'what ran before runs' "$scripts/deploy-prod.sh" --no-build --wait 30
is 'the second runs, and only it' "$([[ $(images) = "$(image 2)" ]] && echo yes)" yes
is 'replicas' "$(replicas | wc -l)" 2
visited

step "larger replicas, under $RATE requests a second"
export IMAGE_TAG=2
sed -i 's/memory: 512M/memory: 768M/' deploy/docker-compose.prod.yml
visit larger
told 'deploy-prod.sh brings other limits' 0 'healthy in' "$scripts/deploy-prod.sh" --no-build --no-backup
is 'bytes that they may have' "$(replicas | xargs docker inspect --format '{{.HostConfig.Memory}}' | sort -u)" $((768 * 1024 * 1024))
visited

step "three replicas, and one of them leaves, under $RATE requests a second"
export NOVITAI_VERSION=2
visit fourth
told '--scale novita-gpu-api=3' 0 '' compose up --detach --no-recreate --no-deps --wait --scale novita-gpu-api=3 novita-gpu-api
read -r leaving < <(replicas)
asked() { docker logs --since "$1" "$2" 2>&1 | grep -c '"route":"/api/instances' || true; }
sleep 10
for id in $(replicas); do is "${id:0:12} is asked" "$([[ $(asked 5s "$id") -gt 0 ]] && echo yes)" yes; done
told 'it stops within its 30 s' 0 '' docker stop "$leaving"
is 'its exit code' "$(docker inspect --format '{{.State.ExitCode}}' "$leaving")" 0
docker rm "$leaving" >/dev/null
sleep 3
visited

step 'a backup, everything destroyed, the backup restored'
fleet >/tmp/fleet-before
told 'backup.sh, with the image' 0 'image: novita-gpu-api:2' "$scripts/backup.sh" --compose
set_dir=$(find "$BACKUP_DIR" -mindepth 1 -maxdepth 1 | sort | tail -n 1)
compose down --volumes >/dev/null 2>&1
docker image rm --force novita-gpu-api:2 >/dev/null
told 'the image comes back' 0 'novita-gpu-api:2' docker image load --input "$set_dir/image.tar.gz"
compose up --detach --wait database >/dev/null 2>&1
told 'restore.sh' 0 '' "$scripts/restore.sh" --compose "$set_dir"
told 'deploy-prod.sh starts on it' 0 'healthy in' "$scripts/deploy-prod.sh" --no-build --no-backup
told 'it is frozen, and every machine is known' 0 '^0 machines' "$scripts/restore.sh" --report "$url"
grep --quiet '^frozen (restored-database)' /tmp/said && echo 'ok    it says why' || echo 'FAIL  it does not say why it is frozen'
curl --silent --fail --header "authorization: Bearer $NOVITAI_API_KEY" --request POST "$url/api/fleet/resume" >/dev/null && echo 'ok    it resumes' || echo 'FAIL  it does not resume'
life first --again
fleet >/tmp/fleet-after
is 'instances and machines, before and after' "$(cat /tmp/fleet-after)" "$(cat /tmp/fleet-before)"
