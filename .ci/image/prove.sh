#!/usr/bin/env bash
# Builds the production image without a container daemon and runs what is in it as production does. See help below.
set -euo pipefail
here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
cd "$here/../.."

help() {
  cat <<'HELP'
npm run prove:image -- [options]      (as root)

Builds the image of the Dockerfile, looks at what is in it, and runs it under the limits of deploy/docker-compose.prod.yml against a
simulated Novita: once with a PostgreSQL of this machine, once with its own on a volume; then under load. Every fact is a line, "ok" or
"FAIL"; exit code 1 when one is false. What it starts and mounts is gone at the end. Nothing listens outside of a network of its own.

  --base IMAGE        the Dockerfile's NODE_IMAGE, pulled (default: a stand-in of Debian and Node from npm is made)
  --storage DIR       keep the images and their layers in DIR, so that the next run need not make them again
                      (default: a temporary directory)
  --built             build nothing, also no simulator: look at the image that the last run left in the storage, and run it
  --mirror URL        where Debian comes from (default: http://deb.debian.org/debian)
  --instances N       how many are followed under load (default 200; 0: no load)
  --seconds N         how long they are read (default 120)
  --rate N            reads a second (default 50)
  --help

Needs from Debian: buildah podman runc debootstrap iproute2 postgresql; and npm ci of this project.
npm and apt inside of the build use the settings of root on this machine: ~/.npmrc, its cafile or NODE_EXTRA_CA_CERTS, and http_proxy. They are not in the image.
HELP
}

misused() {
  echo "prove:image: $* (see --help)" >&2
  exit 2
}
failed() {
  echo "prove:image: $*" >&2
  exit 1
}
step() { echo "=== $* (after $SECONDS s)"; }

base='' storage='' built=false mirror=http://deb.debian.org/debian instances=200 seconds=120 rate=50
while (($# > 0)); do
  case $1 in
    --help | -h) help && exit 0 ;;
    --built)
      built=true
      shift
      ;;
    --base | --storage | --mirror | --instances | --seconds | --rate)
      [[ -n ${2-} ]] || misused "$1 needs a value"
      declare "${1#--}=$2"
      shift 2
      ;;
    *) misused "what is $1?" ;;
  esac
done
for number in "$instances" "$seconds" "$rate"; do
  [[ $number =~ ^[0-9]+$ ]] || misused "$number is not a number"
done
((seconds > 0 && rate > 0)) || misused '--seconds and --rate are at least 1'
[[ $built = false || -n $storage ]] || misused '--built needs the --storage of a run before'

[[ $(id -u) = 0 ]] || failed 'containers are built and held by root only'
pg_bin=$(find /usr/lib/postgresql -mindepth 2 -maxdepth 2 -name bin 2>/dev/null | sort -V | tail -n 1)
absent=()
for program in buildah podman runc ip nsenter setpriv node npm; do command -v "$program" >/dev/null || absent+=("$program"); done
[[ -n $base ]] || command -v debootstrap >/dev/null || absent+=(debootstrap)
[[ -n $pg_bin ]] || absent+=('postgres')
((${#absent[@]} == 0)) || failed "missing: ${absent[*]}. apt-get install -y buildah podman runc debootstrap iproute2 postgresql"
[[ -d node_modules/yaml ]] || failed 'nothing is installed yet: npm ci'

work=$(mktemp -d)
# PostgreSQL gets to its own directory in here
chmod 711 "$work"
[[ -n $storage ]] || storage=$work/storage
mkdir -p "$storage"
# .npmrc may hold a password
mkdir -m 700 "$work/home"
storage=$(cd -- "$storage" && pwd)
name=novitai-proof-$$
network=/run/netns/$name
image=localhost/novita-gpu-api:proof
export CONTAINERS_STORAGE_CONF=$work/storage.conf
printf '[storage]\ndriver = "overlay"\ngraphroot = "%s/images"\nrunroot = "%s/run"\n' "$storage" "$work" >"$CONTAINERS_STORAGE_CONF"
# runc, for crun 1.8 refuses a machine that has cgroups of both versions; fatal, for without systemd podman says with every container
# that it cannot ask about health by itself
podman() { command podman --tmpdir "$work/podman" --runtime runc --cgroup-manager cgroupfs --log-level fatal "$@"; }
pids=()

clean_up() {
  local code=$? pid
  trap - EXIT
  # what cannot be cleaned keeps nothing else from it
  set +e
  [[ $code = 0 || ! -s $work/service.log ]] || { echo "--- the service's last words" && tail -n 15 "$work/service.log" | cut -c 1-400; }
  podman rm --all --force --volumes --time 5 >/dev/null 2>&1
  # the last that was started first
  for ((pid = ${#pids[@]} - 1; pid >= 0; pid--)); do
    kill -INT "${pids[pid]}" 2>/dev/null && wait "${pids[pid]}" 2>/dev/null
  done
  podman image unmount --all >/dev/null 2>&1
  [[ ! -e $network ]] || ip netns delete "$name"
  # the stores keep their own folders mounted
  grep -oE " ($work|$storage)/[^ ]+" /proc/mounts | sort -r | while read -r mounted; do umount "$mounted" 2>/dev/null; done
  rm -rf "$work"
  exit "$code"
}
trap clean_up EXIT
trap 'exit 130' INT TERM HUP

facts=0 false=0
# runs what prints facts, and counts them
judge() {
  local code=0 ok wrong
  "$@" | tee "$work/facts" || code=$?
  ok=$(grep -c '^ok' "$work/facts") || true
  wrong=$(grep -c '^FAIL' "$work/facts") || true
  # it ended before it had a fact to tell
  ((code == 0 || wrong > 0)) || wrong=1
  facts=$((facts + ok + wrong)) false=$((false + wrong))
}
is() { if [[ $2 = "$3" ]]; then echo "ok    $1: $2"; else echo "FAIL  $1: $2, not $3"; fi; }
inside() { nsenter --net="$network" "$@"; }

make_base() {
  step 'base'
  # the Dockerfile says which Node
  local version
  version=$(sed -n 's/^ARG NODE_IMAGE=node:\([0-9.]*\)-.*/\1/p' Dockerfile)
  if [[ -n $base ]]; then
    pull=--pull
  else
    pull=--pull-never base=localhost/node:$version-stand-in
    if ! buildah inspect --type image "$base" >/dev/null 2>&1; then
      "$here/base.sh" "$base" "$version" "$mirror" "$work/base" >"$work/base.log" 2>&1 ||
        { tail -n 20 "$work/base.log" && failed 'the base could not be made'; }
    fi
  fi
  echo "      $base"
}
build() {
  step 'build'
  local since=$SECONDS
  # the home of root for as long as the image is built: what is in it is in no layer
  "$here/npm-home.sh" "$work/home"
  buildah bud --layers --isolation chroot $pull --format docker --build-arg "NODE_IMAGE=$base" --volume "$work/home:/root" \
    --tag "$image" . >"$work/build.log" 2>&1 || { tail -n 30 "$work/build.log" && failed 'the build failed'; }
  echo "      $image in $((SECONDS - since)) s"
}
if [[ $built = true ]]; then
  podman image exists "$image" || failed "no image was left in $storage"
else
  make_base
  build
fi

step 'contents'
podman image inspect "$image" >"$work/image.json"
root=$(podman image mount "$image")
judge node "$here/contents.js" "$work/image.json" "$root"
size=$(node -p 'Math.round(JSON.parse(fs.readFileSync(process.argv[1]))[0].Size / 1e6)' "$work/image.json")
podman image unmount "$image" >/dev/null

step 'surroundings'
[[ $built = true && -f dist-sandbox/novita-simulator/main.js ]] || npm run --silent build:sandbox
ip netns add "$name"
ip -n "$name" link set lo up
# no function: what is started with & is to be the program itself, which is told to end
nsenter --net="$network" node dist-sandbox/novita-simulator/main.js --port 4000 --time-factor 10 >"$work/simulator.log" 2>&1 &
pids+=($!)
mkdir "$work/postgres"
chown postgres "$work/postgres"
as_postgres=(setpriv --reuid=postgres --regid=postgres --clear-groups)
(cd "$work/postgres" && "${as_postgres[@]}" "$pg_bin/initdb" -D "$work/postgres/data" -U novitai -A trust -E UTF8 --locale=C >/dev/null)
(cd "$work/postgres" && exec nsenter --net="$network" "${as_postgres[@]}" "$pg_bin/postgres" -D "$work/postgres/data" \
  -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c max_connections=100 >"$work/postgres.log" 2>&1) &
pids+=($!)
until inside "$pg_bin/pg_isready" -q -h 127.0.0.1 -U novitai; do
  kill -0 "${pids[1]}" 2>/dev/null || { tail -n 5 "$work/postgres.log" && failed 'PostgreSQL does not start'; }
  sleep 0.2
done
until grep -q '^NOVITA_API_BASE_URL=' "$work/simulator.log"; do
  kill -0 "${pids[0]}" 2>/dev/null || { tail -n 5 "$work/simulator.log" && failed 'the simulator does not start'; }
  sleep 0.2
done
novita=$(sed -n 's/^NOVITA_API_BASE_URL=//p' "$work/simulator.log")
database=postgres://novitai@127.0.0.1:5432/postgres
echo "      the simulator of Novita, $("$pg_bin/postgres" --version)"

mapfile -t limits < <(node "$here/limits.js")
((${#limits[@]} > 8)) || failed 'deploy/docker-compose.prod.yml gives no limits'
# start NAME [podman's options]; the service reads its settings as from compose
start() {
  local container=$1
  shift
  # or the one before would answer for it
  [[ -z $(inside ss -Hltn 'sport = :3000') ]] || failed 'the container before this one still listens'
  # a limit that this machine does not let root raise
  podman run "${detach:---detach}" --name "$container" --network "ns:$network" "${limits[@]}" --ulimit nproc=4096 --ulimit "nofile=$(ulimit -Hn)" \
    --health-interval disable --env NOVITA_API_KEY=a-key-for-the-simulator --env "NOVITA_API_BASE_URL=$novita" \
    --env NOVITA_REQUESTS_PER_MINUTE=1000 --env CREATE_SETTLE_SECONDS=12 --env PROBE_ALLOW_ADDRESSES=127.0.0.1 \
    --env RATE_LIMIT_MAX_REQUESTS=1000000 "$@" "$image" >/dev/null
}
# a service without an API key does not start in a container
code=0
(detach=--detach=false && start open --env "DATABASE_URL=$database") >"$work/open.log" 2>&1 || code=$?
judge is 'exit code without an API key' "$code" 1
judge is 'it says how to make one' "$(grep -c 'node dist/keys.js create' "$work/open.log")" 1
podman rm --all --force --volumes >/dev/null
NOVITAI_API_KEY=$(podman run --rm "$image" node dist/keys.js generate)
export NOVITAI_API_KEY
first=(--env "FIRST_API_KEY=$NOVITAI_API_KEY")
seconds_since() { awk "BEGIN { printf \"%.1f s\", $EPOCHREALTIME - $1 }"; }
# the health check of the image's configuration, as an engine runs it
healthy() {
  local code=0 since=$EPOCHREALTIME
  podman healthcheck run "$1" >/dev/null || code=$?
  is "exit code of the health check ($(seconds_since "$since"))" "$code" 0
}
stopped() {
  local container=$1 since
  podman logs "$container" >"$work/service.log" 2>&1
  # waits as long as compose does, then kills
  since=$EPOCHREALTIME
  podman stop "$container" >/dev/null
  if [[ -n $(inside ss -Hltn 'sport = :3000') ]]; then echo 'FAIL  nothing is left of it: it still listens'; fi
  is "exit code after SIGTERM ($(seconds_since "$since"))" "$(podman inspect --format '{{.State.ExitCode}}' "$container")" 0
  is 'killed for memory' "$(podman inspect --format '{{.State.OOMKilled}}' "$container")" false
}
life() { inside node "$here/life.js" http://127.0.0.1:3000 "$@"; }
held() { podman exec --interactive "$1" node --input-type=module - <"$here/inside.js"; }

step "with $("$pg_bin/postgres" --version)"
start outer "${first[@]}" --env "DATABASE_URL=$database"
judge life first
judge held outer
judge healthy outer
judge stopped outer
podman rm --volumes outer >/dev/null

step 'with its own PostgreSQL on a volume'
start inner "${first[@]}"
judge life second
judge held inner
judge healthy inner
judge stopped inner
podman start inner >/dev/null
judge life second --again
judge stopped inner
podman rm --volumes inner >/dev/null

if ((instances > 0)); then
  step "load: $instances instances, $rate reads a second for $seconds s"
  start loaded "${first[@]}" --env "DATABASE_URL=$database"
  judge life third
  group=$(podman inspect --format '{{.State.CgroupPath}}' loaded)
  [[ -d /sys/fs/cgroup/memory$group ]] && group=/sys/fs/cgroup/memory$group || group=/sys/fs/cgroup$group
  judge inside node "$here/load.js" http://127.0.0.1:3000 http://127.0.0.1:4000 "$instances" "$seconds" "$rate" "$group"
  judge stopped loaded
  podman rm --volumes loaded >/dev/null
fi

echo "FIGURE image: $((facts - false)) of $facts facts hold; $size MB with its base; in $SECONDS s"
((false == 0))
