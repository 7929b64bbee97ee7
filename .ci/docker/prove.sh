#!/usr/bin/env bash
# Lets Docker itself build the image and run the compose files, by the scripts of deploy/. See help below.
set -euo pipefail
here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
cd "$here/../.."

help() {
  cat <<'HELP'
npm run prove:docker -- [options]      (as root)

An operator's computer of its own, with Docker and Compose of a later Debian, in namespaces of this machine: nothing is installed, and
nothing listens outside of them. There deploy-prod.sh brings the service into production behind nginx with TLS, on a PostgreSQL, against
a simulated Novita, and verify-deployment.sh looks at the containers. While callers ask: a second version; a third that is sick, from
which it goes back; more memory for the replicas; three of them, of which one is stopped. Then backup.sh, everything destroyed,
restore.sh. Every fact is a line, "ok" or "FAIL"; exit code 1 when one is false.

  --rate N         requests a second while replicas are replaced (default 50)
  --storage DIR    keep that computer's Debian and the base image in DIR, so that the next run need not make them again
                   (default: a temporary directory)
  --suite NAME     the Debian with Docker, nginx and PostgreSQL (default: forky)
  --mirror URL     where Debian comes from (default: http://deb.debian.org/debian)
  --help

Needs from Debian: debootstrap buildah slirp4netns iproute2 openssl; and npm ci of this project. No registry of images is asked: Debian
stands in for nginx and PostgreSQL, Debian and the Node of npm for the base of the Dockerfile. The images hold the npm settings of root
on this machine while they are there.
HELP
}
misused() {
  echo "prove:docker: $* (see --help)" >&2
  exit 2
}
failed() {
  echo "prove:docker: $*" >&2
  exit 1
}
step() { echo "=== $* (after $SECONDS s)"; }

rate=50 storage='' suite=forky mirror=http://deb.debian.org/debian
while (($# > 0)); do
  case $1 in
    --help | -h) help && exit 0 ;;
    --rate | --storage | --suite | --mirror)
      [[ -n ${2-} ]] || misused "$1 needs a value"
      declare "${1#--}=$2"
      shift 2
      ;;
    *) misused "what is $1?" ;;
  esac
done
[[ $rate =~ ^[1-9][0-9]*$ ]] || misused "--rate wants a number from 1 on, not $rate"
[[ $(id -u) = 0 ]] || failed 'containers are held by root only'
absent=()
for program in debootstrap buildah slirp4netns ip unshare nsenter openssl node npm; do command -v "$program" >/dev/null || absent+=("$program"); done
((${#absent[@]} == 0)) || failed "missing: ${absent[*]}. apt-get install -y debootstrap buildah slirp4netns iproute2 openssl"
[[ -d node_modules/yaml ]] || failed 'nothing is installed yet: npm ci'

work=$(mktemp -d)
chmod 711 "$work"
[[ -n $storage ]] || storage=$work/storage
mkdir -p "$storage"
storage=$(cd -- "$storage" && pwd)
name=novitai-docker-$$
machine='' network=''
export CONTAINERS_STORAGE_CONF=$work/storage.conf
printf '[storage]\ndriver = "overlay"\ngraphroot = "%s/images"\nrunroot = "%s/run"\n' "$storage" "$work" >"$CONTAINERS_STORAGE_CONF"

clean_up() {
  local code=$?
  trap - EXIT
  set +e
  # it keeps the machine's first process, and with that all others and what they mounted; it hears nothing else
  [[ -z $machine ]] || { kill -KILL "$machine" && wait "$machine"; } 2>/dev/null
  [[ -z $network ]] || { kill "$network" && wait "$network"; } 2>/dev/null
  ip netns delete "$name" 2>/dev/null
  find /sys/fs/cgroup -depth -type d -path "*/$name*" -exec rmdir {} \; 2>/dev/null
  # the stores keep their own folders mounted
  grep -oE " ($work|$storage)/[^ ]+" /proc/mounts | sort -r | while read -r mounted; do umount "$mounted" 2>/dev/null; done
  rm -rf --one-file-system "$work"
  exit "$code"
}
trap clean_up EXIT
trap 'exit 130' INT TERM HUP

step "Docker of Debian $suite"
root=$storage/$suite
if [[ ! -e $root.made ]]; then
  rm -rf --one-file-system "$root"
  # this machine's debootstrap need not know the name of a later Debian
  packages=ca-certificates,docker.io,docker-cli,docker-compose,docker-buildx,containerd,runc,iptables,iproute2,procps,curl,nginx,postgresql
  debootstrap --variant=minbase --include="$packages" "$suite" "$root" "$mirror" /usr/share/debootstrap/scripts/sid >"$work/debootstrap.log" 2>&1 ||
    { tail -n 20 "$work/debootstrap.log" && failed 'it cannot be fetched'; }
  touch "$root.made"
fi

step 'the base of the Dockerfile'
base=$(sed -n 's/^ARG NODE_IMAGE=//p' Dockerfile)
version=${base#node:} version=${version%%-*}
stand_in=localhost/node:$version-stand-in
buildah inspect --type image "$stand_in" >/dev/null 2>&1 ||
  .ci/image/base.sh "$stand_in" "$version" "$mirror" "$work/base" >"$work/base.log" 2>&1 ||
  { tail -n 20 "$work/base.log" && failed 'the base could not be made'; }
mkdir -m 700 "$work/home"
.ci/image/npm-home.sh "$work/home"
container=$(buildah from --pull-never "$stand_in")
buildah add --quiet "$container" "$work/home" /root >/dev/null
buildah commit --quiet --rm --format docker "$container" "docker-archive:$work/node.tar:docker.io/library/$base" >/dev/null

step 'a computer for it'
[[ -f dist-sandbox/novita-simulator/main.js ]] || npm run --silent build:sandbox
mkdir "$work/project" "$work/docker" "$work/tls" "$work/backups"
git ls-files -z --cached --others --exclude-standard | tar --null --files-from - --create | tar --extract --directory "$work/project"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost \
  -keyout "$work/tls/privkey.pem" -out "$work/tls/fullchain.pem" 2>/dev/null
# the nginx in the container is not root
chmod 644 "$work/tls/privkey.pem"
ip netns add "$name"
slirp4netns --configure --mtu 1500 --disable-host-loopback --netns-type path "/run/netns/$name" tap0 >"$work/network.log" 2>&1 &
network=$!
: >"$work/facts"
nsenter --net="/run/netns/$name" unshare --mount --pid --fork --kill-child --mount-proc \
  "$here/machine.sh" "$root" "$work" "$name" "$rate" >"$work/facts" 2>&1 &
machine=$!
tail --quiet --lines +1 --follow --pid "$machine" "$work/facts"
code=0
wait "$machine" || code=$?
machine=''
ok=$(grep -c '^ok' "$work/facts") || true
wrong=$(grep -c '^FAIL' "$work/facts") || true
# it ended before it had a fact to tell
((code == 0 || wrong > 0)) || wrong=1
echo "FIGURE docker: $ok of $((ok + wrong)) facts hold; in $SECONDS s"
((wrong == 0))
