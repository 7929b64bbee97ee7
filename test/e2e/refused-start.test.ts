import { createServer, type AddressInfo } from 'node:net';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { eventually } from '../support/eventually.js';
import { ServiceProcess } from '../support/service-process.js';

it.each([
  ['NOVITA_API_KEY', { NOVITA_API_KEY: '' }],
  ['RATE_LIMIT_WINDOW_MS', { NOVITA_API_KEY: 'a-key-for-nobody', RATE_LIMIT_WINDOW_MS: 'a minute' }],
])(
  'without a usable %s the service does not start: exit code 78, and a sentence that names it',
  async (name, environment) => {
    const service = await ServiceProcess.launch(environment);
    await eventually('it has ended and said why', () => service.exitCode !== null && service.log.includes(name));
    expect(service.exitCode).toBe(78);
    expect(service.log).not.toContain('a-key-for-nobody');
  },
);

const KEY = { NOVITA_API_KEY: 'a-key-for-nobody', NOVITA_API_BASE_URL: 'http://127.0.0.1:1', LOG_LEVEL: 'info' };

const refusedStart = async (environment: Record<string, string>): Promise<{ log: string; dataDir: string }> => {
  const dataDir = await mkdtemp(path.join(tmpdir(), 'novitai-refused-'));
  onTestFinished(() => rm(dataDir, { recursive: true }));
  await writeFile(path.join(dataDir, 'a-file'), '');
  const service = await ServiceProcess.launch({
    ...KEY,
    DATA_DIR: dataDir,
    ...Object.fromEntries(Object.entries(environment).map(([name, text]) => [name, text.replace('DIR', dataDir)])),
  });
  await eventually('it has ended and said why', () => service.exitCode !== null && service.log !== '');
  expect(service.exitCode).toBe(1);
  return { log: service.log, dataDir };
};

it.each([
  [
    'a database that does not answer',
    { DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none' },
    /^The database at 127\.0\.0\.1:1 cannot be used/,
  ],
  [
    'a database whose name nobody knows',
    { DATABASE_URL: 'postgres://nobody@database.invalid/none' },
    /^The database at database\.invalid cannot be used/,
  ],
  ['a DATA_DIR below a file', { DATA_DIR: 'DIR/a-file' }, /^DATA_DIR cannot be used/],
  [
    'an address that others reach, without any API key',
    { HOST: '0.0.0.0' },
    /^There is no API key, and with HOST=0\.0\.0\.0 .*"npm run keys -- create --name admin"/,
  ],
  ['an address of another machine', { HOST: '192.0.2.1' }, /^Port \d+ of 192\.0\.2\.1 cannot be listened on/],
  ['a name that nobody knows', { HOST: 'host.invalid' }, /^Port \d+ of host\.invalid cannot be listened on/],
])('a start that is refused for %s says one sentence and nothing else', async (_, environment, sentence) => {
  const { log } = await refusedStart(environment);
  expect(log).toMatch(sentence);
  expect(log.trim().split('\n')).toHaveLength(1);
});

it('a port that is taken is told before a database is made', async () => {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void other.close());
  const { port } = other.address() as AddressInfo;
  const { log, dataDir } = await refusedStart({ PORT: String(port) });
  expect(log.trim()).toBe(
    `Port ${port} of 127.0.0.1 is in use by another program. Stop that program, or choose another PORT.`,
  );
  expect(await readdir(dataDir)).toEqual(['a-file']);
});
