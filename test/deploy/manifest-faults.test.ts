/** What `npm run check:deploy` says of a manifest: nothing of ours, and the fault that was planted of every other. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';

const at = (file: string): string => fileURLToPath(new URL(`../../${file}`, import.meta.url));
const BASE = at('deploy/kubernetes/base');
const files = readdirSync(BASE).filter((file) => file !== 'kustomization.yaml');
const textOf = (file: string): string => readFileSync(path.join(BASE, file), 'utf8');

/** [manifest, what is in it, what is planted in its place, what has to be said] */
const PLANTED: [string, string, string, RegExp][] = [
  ['deployment.yaml', 'readinessProbe', 'readinesProbe', /"readinesProbe"' does not exist/],
  ['deployment.yaml', 'maxUnavailable', 'maxUnavilable', /"maxUnavilable"' does not exist/],
  ['deployment.yaml', 'readOnlyRootFilesystem', 'readOnlyRootFileSystem', /"readOnlyRootFileSystem"' does not exist/],
  [
    'deployment.yaml',
    'automountServiceAccountToken',
    'automountServiceToken',
    /"automountServiceToken"' does not exist/,
  ],
  ['deployment.yaml', 'replicas: 2', "replicas: '2'", /replicas must be integer/],
  ['deployment.yaml', 'containerPort: 3000', 'containerPort: 3000.5', /containerPort must be integer/],
  ['deployment.yaml', 'drop: [ALL]', 'drop: ALL', /drop must be array/],
  ['deployment.yaml', 'apps/v1', 'apps/v2', /apps\/v2\/Deployment/],
  ['deployment.yaml', 'topologyKey: kubernetes.io/hostname', 'labelKey: x', /required property topologyKey/],
  ['disruption-budget.yaml', 'maxUnavailable', 'maxUnavilable', /"maxUnavilable"' does not exist/],
  [
    'autoscaler.yaml',
    'stabilizationWindowSeconds',
    'stabilisationWindowSeconds',
    /"stabilisationWindowSeconds"' does not exist/,
  ],
  ['migrate.yaml', 'ttlSecondsAfterFinished', 'ttlSecondsAfterFinish', /"ttlSecondsAfterFinish"' does not exist/],
  ['network-policy.yaml', 'endPort', 'endport', /"endport"' does not exist/],
  ['service.yaml', 'targetPort', 'targetport', /"targetport"' does not exist/],
  [
    'config.yaml',
    "SHUTDOWN_GRACE_SECONDS: '25'",
    'SHUTDOWN_GRACE_SECONDS: 25',
    /SHUTDOWN_GRACE_SECONDS must be string/,
  ],
  ['service-account.yaml', 'metadata:', 'metdata:', /"metdata"' does not exist/],
  ['service-monitor.yaml', 'relabelings', 'relabellings', /"relabellings"' does not exist/],
  ['service-monitor.yaml', 'path: /metrics', 'pth: /metrics', /"pth"' does not exist/],
  ['service-monitor.yaml', 'interval: 15s', 'interval: soon', /interval must match pattern/],
];

let place: string;
const planted = (index: number): string => path.join(place, `${index}.yaml`);
const check = (...sources: string[]): { status: number | null; said: string } => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [at('.ci/manifest-faults.js'), ...sources], {
    encoding: 'utf8',
    cwd: at('.'),
  });
  return { status, said: stdout + stderr };
};
let allSaid: string;

beforeAll(() => {
  place = mkdtempSync(path.join(tmpdir(), 'novitai-manifests-'));
  // all at once: TypeScript reads the types of Kubernetes only once
  for (const [index, [file, ours, theirs]] of PLANTED.entries())
    writeFileSync(
      planted(index),
      textOf(file).replace(ours, () => theirs),
    );
  allSaid = check(...PLANTED.map((_, index) => planted(index))).said;
});
afterAll(() => {
  rmSync(place, { recursive: true, force: true });
});

it('finds nothing in ours', () => {
  expect(check(...files.map((file) => path.join(BASE, file)))).toEqual({ status: 0, said: '' });
});

it.each(PLANTED.map(([file, ours, theirs, fault], index) => ({ file, ours, theirs, fault, index })))(
  'in $file for $ours → $theirs it says $fault',
  ({ file, ours, fault, index }) => {
    expect(textOf(file)).toContain(ours);
    const said = allSaid.split('\n').filter((line) => line.startsWith(`${planted(index)}:`));
    expect(said).toContainEqual(expect.stringMatching(fault));
  },
);

it('one fault is a failure, and so are no manifest and a folder that cannot be rendered', () => {
  expect(check(planted(0)).status).toBe(1);
  const empty = path.join(place, 'empty.yaml');
  writeFileSync(empty, '# nothing\n');
  expect(check(empty)).toEqual({ status: 1, said: 'no manifest was read\n' });
  expect(check(place).status).toBe(1);
});
