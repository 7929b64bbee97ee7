/** What `npm run check:deploy` says of a compose file: nothing of ours, and the fault that was planted of every other. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';

const at = (file: string): string => fileURLToPath(new URL(`../../${file}`, import.meta.url));
const OURS = ['deploy/docker-compose.yml', 'deploy/docker-compose.prod.yml'].map(at);

let place: string;
beforeAll(() => {
  place = mkdtempSync(path.join(tmpdir(), 'novitai-compose-'));
});
afterAll(() => {
  rmSync(place, { recursive: true, force: true });
});
const check = (...files: string[]): { status: number | null; said: string } => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [at('.ci/compose-faults.js'), ...files], {
    encoding: 'utf8',
  });
  return { status, said: stdout + stderr };
};

it('finds nothing in ours, and fails when it was given nothing', () => {
  expect(check(...OURS)).toEqual({ status: 0, said: '' });
  expect(check().status).toBe(1);
});

it.each([
  [0, 'read_only', 'read_onyl', '/services/novita-gpu-api must NOT have additional properties: read_onyl'],
  [0, 'stop_grace_period', 'stop_grace', '/services/novita-gpu-api must NOT have additional properties: stop_grace'],
  [0, 'retries: 10', 'retry: 10', '/services/database/healthcheck must NOT have additional properties: retry'],
  [0, 'required: false', 'requird: false', 'must NOT have additional properties: requird'],
  [0, 'memory: 1G', 'memroy: 1G', '/limits must NOT have additional properties: memroy'],
  [0, 'cap_drop: [ALL]', 'cap_drop: ALL', '/services/novita-gpu-api/cap_drop must be array'],
  [0, 'volumes:\n  database:', 'volume:\n  database:', '/ must NOT have additional properties: volume'],
  [1, 'update_config', 'updateconfig', '/services/novita-gpu-api/deploy must NOT have additional properties'],
])('in file %i for %j → %j it says %s', (which, ours, planted, fault) => {
  const text = readFileSync(OURS[which] ?? '', 'utf8');
  expect(text).toContain(ours);
  const file = path.join(place, 'compose.yml');
  writeFileSync(file, text.replace(ours, planted));
  const { status, said } = check(file);
  expect(said).toContain(fault);
  expect(status).toBe(1);
});
