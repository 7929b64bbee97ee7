import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { eventually } from '../support/eventually.js';
import { freePort } from '../support/free-port.js';

const PROJECT = fileURLToPath(new URL('../..', import.meta.url));

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

describe('npm start', () => {
  it.each([
    ['SIGTERM', 'npm only'],
    ['SIGINT', 'npm only'],
    // npm does not hand it on; a terminal that is closed sends it to all
    ['SIGHUP', 'all processes of the terminal'],
  ] as const)('ends the service and its PostgreSQL when %s is sent to %s', async (signal, whom) => {
    const dataDir = await mkdtemp(path.join(tmpdir(), 'novitai-npm-'));
    onTestFinished(() => rm(dataDir, { recursive: true, force: true }));
    await chmod(dataDir, 0o711);
    const port = await freePort();
    const npm = spawn('npm', ['start'], {
      cwd: PROJECT,
      detached: true,
      stdio: 'ignore',
      env: {
        PATH: process.env.PATH,
        HOME: process.env.HOME,
        NOVITA_API_KEY: 'a-key-for-nobody',
        NOVITA_API_BASE_URL: 'http://127.0.0.1:1',
        HOST: '127.0.0.1',
        PORT: String(port),
        DATA_DIR: dataDir,
      },
    });
    const npmEnded = once(npm, 'exit');
    const isServed = (): Promise<boolean> =>
      fetch(`http://127.0.0.1:${port}/health/ready`).then(
        ({ ok }) => ok,
        () => false,
      );
    await eventually('it serves', () => npm.exitCode !== null || isServed());
    expect(npm.exitCode).toBeNull();
    const postmaster = Number(
      (await readFile(path.join(dataDir, 'postgres/data/postmaster.pid'), 'utf8')).split('\n')[0],
    );
    process.kill((whom === 'npm only' ? 1 : -1) * (npm.pid ?? 0), signal);
    await npmEnded;
    await eventually('PostgreSQL is gone', () => !isAlive(postmaster));
    expect(await isServed()).toBe(false);
  });
});

describe('a script of package.json that runs until it is told to end', () => {
  const { scripts } = JSON.parse(readFileSync(path.join(PROJECT, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>;
  };
  const programs = Object.entries(scripts).filter(([, script]) => /(^|&& )(exec )?node (?!\.ci\/)/.test(script));

  it('is there', () => {
    expect(programs.map(([name]) => name)).toEqual(expect.arrayContaining(['start', 'sandbox', 'chaos']));
  });

  // a shell in between would get npm's signal and leave its child behind
  it.each(programs)('%s replaces its shell by the program', (_, script) => {
    expect(script).toMatch(/(^|&& )exec node \S+[^&|;]*$/);
  });
});
