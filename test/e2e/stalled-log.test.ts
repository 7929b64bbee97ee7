/** A log that is not read, of every sort that standard output can be, and the service that writes it. */
import { spawn, spawnSync } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, rmSync } from 'node:fs';
import http from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { HealthReport } from '../../src/health/health-report.dto.js';
import { eventually } from '../support/eventually.js';
import { freePort } from '../support/free-port.js';
import { leanRequest } from '../support/lean-http.js';
import { ServiceProcess } from '../support/service-process.js';
import { createTestDatabase } from '../support/test-database.js';

const MAIN = fileURLToPath(new URL('../../dist/bundle/main.js', import.meta.url));
const REQUESTS = 1_000;
const AT_ONCE = 20;
/** The longest that an id may be: the log is full sooner. */
const LONG_LINE = { 'x-request-id': 'r'.repeat(64) };

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let directory: string;
const agent = new http.Agent({ keepAlive: true, maxSockets: AT_ONCE });

beforeAll(async () => {
  database = await createTestDatabase();
  directory = mkdtempSync(path.join(tmpdir(), 'stalled-log-'));
});
afterAll(async () => {
  rmSync(directory, { recursive: true });
  await database.drop();
});

const environment = (): Record<string, string> => ({
  NOVITA_API_KEY: 'a-key-for-nobody',
  NOVITA_API_BASE_URL: 'http://127.0.0.1:1',
  DATABASE_URL: database.url,
  LOG_LEVEL: 'info',
  SHUTDOWN_GRACE_SECONDS: '20',
});

const serveWithLogTo = (stdout: number | 'unread'): Promise<ServiceProcess> =>
  ServiceProcess.start(environment(), undefined, stdout);

type Service = Pick<ServiceProcess, 'url'>;

const ask = async (service: Service, times: number): Promise<void> => {
  let left = times;
  const asker = async (): Promise<void> => {
    while (left-- > 0) {
      const { status } = await leanRequest(`${service.url}/health/live`, { agent, headers: LONG_LINE });
      expect(status).toBe(200);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, asker));
};

const droppedBy = async (service: Service): Promise<number> => {
  const { text } = await leanRequest(`${service.url}/metrics`, { agent });
  return Number(/^novitai_log_lines_dropped_total (\d+)$/m.exec(text)?.[1]);
};

/** Until lines are dropped, and at least a thousand times. */
const askUntilLinesAreDropped = (service: Service): Promise<unknown> =>
  eventually('lines are dropped', async () => {
    await ask(service, REQUESTS);
    return (await droppedBy(service)) > 0;
  });

describe('a service whose log is not read', () => {
  it('serves, says in its health what is missing, and ends when it is told to: a pipe', async () => {
    const file = path.join(directory, 'unread');
    spawnSync('mkfifo', [file]);
    const pipe = openSync(file, constants.O_RDWR);
    const service = await serveWithLogTo(pipe);
    try {
      await askUntilLinesAreDropped(service);
      // its last look may be a moment older
      await eventually('its health says so', async () => {
        const { text } = await leanRequest(`${service.url}/health`, { agent });
        return (JSON.parse(text) as HealthReport).dependencies.log?.status === 'degraded';
      });
      agent.destroy();
      expect(await service.end('SIGTERM')).toBe(0);
    } finally {
      await service.end('SIGKILL');
      closeSync(pipe);
    }
  });

  it('serves, and ends when it is told to while its reader sleeps on: a pipe of the shell', async () => {
    const port = await freePort();
    // says its process, and how it ended; "sleep" ends with the group
    const script = '{ "$0" "$1" & echo "process $!" >&2; wait $!; echo "ended $?" >&2; } | sleep 100000';
    const shell = spawn('sh', ['-c', script, process.execPath, MAIN], {
      detached: true,
      cwd: directory,
      env: { PATH: process.env.PATH, HOST: '127.0.0.1', PORT: String(port), ...environment() },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    shell.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
    const told = (what: string): Promise<number> =>
      eventually(`the shell says "${what}"`, () => new RegExp(`^${what} (\\d+)$`, 'm').exec(said)).then((found) =>
        Number(found[1]),
      );
    try {
      const service = { url: `http://127.0.0.1:${port}` };
      await eventually('it serves', () => {
        if (said.includes('ended')) throw new Error(`the service ended: ${said}`);
        return leanRequest(`${service.url}/health/ready`, { agent }).then(
          ({ status }) => status === 200,
          () => false,
        );
      });
      await askUntilLinesAreDropped(service);
      agent.destroy();
      process.kill(await told('process'), 'SIGTERM');
      expect(await told('ended')).toBe(0);
      expect(shell.exitCode).toBeNull();
    } finally {
      process.kill(-(shell.pid ?? 0), 'SIGKILL');
    }
  });

  it('serves, and tells how many lines are missing when it is read again: a socket', async () => {
    const service = await serveWithLogTo('unread');
    try {
      await askUntilLinesAreDropped(service);
      service.readLog();
      await eventually('it is told', () => service.log.includes('"droppedLines"'));
      agent.destroy();
      expect(await service.end('SIGTERM')).toBe(0);
      await eventually('the last words are read', () => service.log.includes('"msg":"stopped"'));
      // whole lines, whatever came in between
      for (const line of service.log.trimEnd().split('\n')) expect(() => JSON.parse(line) as unknown).not.toThrow();
    } finally {
      await service.end('SIGKILL');
    }
  });

  it('serves when the reader of its log is gone', async () => {
    const file = path.join(directory, 'gone');
    spawnSync('mkfifo', [file]);
    const reader = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
    const writer = openSync(file, constants.O_WRONLY);
    const service = await serveWithLogTo(writer);
    closeSync(writer);
    closeSync(reader);
    try {
      await ask(service, 100);
      expect(await droppedBy(service)).toBeGreaterThanOrEqual(100);
      agent.destroy();
      expect(await service.end('SIGTERM')).toBe(0);
    } finally {
      await service.end('SIGKILL');
    }
  });
});
