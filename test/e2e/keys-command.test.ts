/** `npm run keys`, the built command: beside a service on the same database, and alone on an embedded one. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { readKey } from '../../src/access/api-key.js';
import { OF_DEPLOYMENT_SECRET } from '../../src/config/config.js';
import { parseKeyRing } from '../../src/config/key-ring.js';
import { eventually } from '../support/eventually.js';
import { keysCommand } from '../support/keys-command.js';
import { startApp } from '../support/running-app.js';

it('makes the first key of a running service, which then asks for it, and revokes it', async () => {
  const app = await startApp();
  try {
    const keys = keysCommand({ DATABASE_URL: app.databaseUrl });
    expect(await keys('list')).toEqual({ status: 0, stdout: 'There are no API keys.\n', stderr: '' });
    expect((await app.api.request('GET', '/api/instances')).status).toBe(200);
    const made = await keys('create', '--name', 'first', '--expires-in-days', '30');
    expect(made).toMatchObject({ status: 0, stdout: expect.stringMatching(/^nvt_\w+\n$/) as string });
    const authorization = `Bearer ${made.stdout.trim()}`;
    await eventually('the service asks for a key', async () => {
      const { status } = await app.api.request('GET', '/api/instances');
      return status === 401;
    });
    expect((await app.api.request('GET', '/api/instances', undefined, { authorization })).status).toBe(200);
    expect(await keys('create', '--name', 'first')).toMatchObject({ status: 1, stdout: '' });
    const [id = ''] = /key_\w{26}/.exec(made.stderr) ?? [];
    expect(await keys('revoke', id)).toMatchObject({ status: 0, stdout: `${id} (first) is revoked.\n` });
    await eventually('the key is refused', async () => {
      const { status } = await app.api.request('GET', '/api/instances', undefined, { authorization });
      return status === 401;
    });
    expect((await keys('list')).stdout).toMatch(new RegExp(`^${id}  first  .*  revoked `));
    expect((await keys('revoke', 'key_01JGFJJZ00N5MQ2YS3B3X8T1RV')).status).toBe(1);
  } finally {
    await app.stop();
  }
});

it('makes a key in an embedded database that no service runs on yet, and leaves nothing running', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'novitai-keys-'));
  const keys = keysCommand({ DATA_DIR: folder });
  try {
    const made = await keys('create', '--name', 'first', '--scopes', 'instances:read,keys:write');
    expect(made).toMatchObject({ status: 0, stdout: expect.stringMatching(/^nvt_\w+\n$/) as string });
    const { status, stdout } = await keys('list');
    expect(status).toBe(0);
    expect(stdout).toMatch(
      /^key_\w{26} {2}first {2}all projects {2}instances:read,keys:write {2}no end {2}not used yet\n$/,
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

it.each([
  [[]],
  [['make']],
  [['create']],
  [['create', 'first']],
  [['create', '--name', '']],
  [['create', '--name', 'x'.repeat(101)]],
  [['create', '--name', 'x', '--scopes', 'all']],
  [['create', '--name', 'x', '--expires-in-days', '0']],
  [['create', '--name', 'x', '--expires-in-days', '1e3']],
  [['list', 'all']],
  [['revoke']],
  [['revoke', 'a', 'b']],
  [['generate', 'one']],
  [['new-encryption-key', 'one']],
  [['rotate-encryption', 'now']],
  [['list', '--everything']],
])('answers %j with what it knows, and 2', async (words) => {
  const { status, stdout, stderr } = await keysCommand({ DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none' })(
    ...words,
  );
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
  expect(stderr).toContain('create --name NAME');
});

it('generates a key without any database or setting, which is another one each time', async () => {
  const [one, other] = [await keysCommand({ NOVITA_API_KEY: '' })('generate'), await keysCommand({})('generate')];
  expect(one).toMatchObject({ status: 0, stderr: '' });
  expect(readKey(one.stdout.trim())).not.toBeNull();
  expect(other.stdout).not.toBe(one.stdout);
});

it('makes an encryption key without any database or setting, as the setting takes it, which is another one each time', async () => {
  const make = keysCommand({ NOVITA_API_KEY: '' });
  const ends = [await make('new-encryption-key'), await make('new-encryption-key')];
  for (const end of ends) expect(end).toMatchObject({ status: 0, stderr: '' });
  const ring = parseKeyRing(ends.map(({ stdout }) => stdout).join(''));
  expect(ring.map((entry) => (entry === OF_DEPLOYMENT_SECRET ? null : entry.id))).toEqual(
    ring.map(() => expect.stringMatching(/^\d{4}-\d\d-\d\d-[0-9a-f]{6}$/) as string),
  );
});

it('tells its use, and what is missing in the configuration', async () => {
  expect(await keysCommand({})('--help')).toMatchObject({ status: 0, stderr: '' });
  const { status, stderr } = await keysCommand({ NOVITA_API_KEY: '' })('list');
  expect(status).toBe(78);
  expect(stderr).toContain('NOVITA_API_KEY is not set');
});
