/** The flags with which `podman run` holds a container to what production's compose files say of the service; one a line. */
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';

const override = { tag: '!override', collection: 'seq' };
const serviceIn = (file) =>
  parse(readFileSync(`deploy/${file}`, 'utf8'), { customTags: [override] }).services['novita-gpu-api'];

const base = serviceIn('docker-compose.yml');
const { memory, cpus } = serviceIn('docker-compose.prod.yml').deploy.resources.limits;
if (base.read_only !== true) throw new Error('deploy/docker-compose.yml gives the service a root that it can write to');

console.log(
  [
    '--read-only',
    // podman's own temporary directories, which compose does not give
    '--read-only-tmpfs=false',
    ...base.tmpfs.map((place) => `--tmpfs=${place}`),
    ...base.cap_drop.map((capability) => `--cap-drop=${capability}`),
    ...base.security_opt.map((option) => `--security-opt=${option}`),
    `--memory=${memory}`,
    // no swap beside it: it would hide what does not fit
    `--memory-swap=${memory}`,
    `--cpus=${cpus}`,
    `--stop-timeout=${parseInt(base.stop_grace_period, 10)}`,
  ].join('\n'),
);
