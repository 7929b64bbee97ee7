#!/usr/bin/env bash
# The first process of the operator's computer: in namespaces of its own, made and called by prove.sh. When it ends, all that it started
# ends with it, and nothing stays mounted.
#   machine.sh ROOT WORK NAME RATE
set -euo pipefail
root=$1 work=$2 name=$3 rate=$4
here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)

give_up() {
  echo "FAIL  $1"
  tail -n 20 "$2"
  exit 1
}
# within WHAT LOG COMMAND…: until COMMAND succeeds, for a minute at most
within() {
  local what=$1 log=$2 tries
  shift 2
  for ((tries = 0; ; tries++)); do
    ! "$@" >/dev/null 2>&1 || return 0
    ((tries < 60)) || give_up "$what" "$log"
    sleep 1
  done
}

# Novita is somewhere that every container reaches, at an address that nobody has
ip link set lo up
ip address add 198.18.0.1/32 dev lo
# in a namespace of mounts of its own: it goes on reading this machine's files
unshare --mount node dist-sandbox/novita-simulator/main.js --host 198.18.0.1 --port 4000 --time-factor 10 >"$work/simulator.log" 2>&1 &
within 'the simulator starts' "$work/simulator.log" grep -q '^NOVITA_API_BASE_URL=' "$work/simulator.log"
novita=$(sed -n 's/^NOVITA_API_BASE_URL=//p' "$work/simulator.log")

mount --make-rprivate /
mount --bind "$root" "$root"
mount -t proc proc "$root/proc"
mount --rbind /sys "$root/sys"
mount --rbind /dev "$root/dev"
for place in run tmp root; do mount -t tmpfs tmpfs "$root/$place"; done
mkdir -p "$root/var/lib/docker" "$root/srv/novitai" "$root/srv/tls" "$root/srv/backups"
mount --bind "$work/docker" "$root/var/lib/docker"
mount --bind "$work/project" "$root/srv/novitai"
mount --bind "$work/tls" "$root/srv/tls"
mount --bind "$work/backups" "$root/srv/backups"
touch "$root/usr/local/bin/node"
mount --bind "$(node -p process.execPath)" "$root/usr/local/bin/node"
# the name server of slirp4netns
echo nameserver 10.0.2.3 >"$work/resolv.conf"
mount --bind "$work/resolv.conf" "$root/etc/resolv.conf"
# no chroot: what enters a container's namespace of mounts would find this machine's root there
cd "$root"
pivot_root . mnt
cd /
export HOME=/root PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
work=/mnt$work here=/mnt$here

dockerd --cgroup-parent "/$name" --log-level warn >"$work/docker.log" 2>&1 &
within 'Docker starts' "$work/docker.log" docker info
echo "      Docker $(docker version --format '{{.Server.Version}}'), Compose $(docker compose version --short)"

docker load --quiet <"$work/node.tar" >/dev/null
# this Debian has PostgreSQL and nginx as well: it stands in for their images, by the names that the compose files ask for
without=()
for path in usr/bin/docker usr/bin/containerd* usr/sbin/dockerd usr/libexec/docker usr/share/{doc,man} var/cache var/lib/docker mnt srv; do
  without+=(--exclude "./$path")
done
tar --create --directory / --one-file-system "${without[@]}" . |
  docker import --change 'CMD ["nginx", "-g", "daemon off;"]' - nginx:1.28 >/dev/null
mkdir /tmp/postgres
cp "$here/postgres-entrypoint.sh" /tmp/postgres
programs=$(echo /usr/lib/postgresql/*/bin)
docker build --quiet --tag postgres:18.4 --file - /tmp/postgres >/dev/null <<DOCKERFILE
FROM nginx:1.28
# not Debian's own pg_isready, which looks for Debian's own clusters
ENV PATH=$programs:$PATH
COPY postgres-entrypoint.sh /usr/local/bin/
VOLUME /var/lib/postgresql
STOPSIGNAL SIGINT
CMD ["postgres-entrypoint.sh"]
DOCKERFILE

umount --lazy /mnt
exec env -i HOME="$HOME" PATH="$PATH" NOVITA_API_BASE_URL="$novita" RATE="$rate" bash /srv/novitai/.ci/docker/scenario.sh
