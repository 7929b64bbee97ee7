import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import type { InstanceDto } from '../../src/novita-instances/api/dto/instance.dto.js';
import type { LedgerEntry } from '../novita-simulator/ledger.js';
import { eventually } from '../support/eventually.js';
import { beginFigure } from '../support/figure.js';
import { SandboxProcess } from '../support/sandbox-process.js';

const CREATE = { name: 'by-curl', productName: 'RTX 4090', templateId: '104005' };

const curl = async (...args: string[]): Promise<string> => (await promisify(execFile)('curl', ['-sS', ...args])).stdout;

const curlJson = async <T>(...args: string[]): Promise<T> => JSON.parse(await curl(...args)) as T;

const httpStatus = (url: string): Promise<string> => curl('-o', '/dev/null', '-w', '%{http_code}', url);

const httpEndpoint = ({ connection }: InstanceDto): string =>
  connection?.endpoints.find(({ protocol }) => protocol === 'http')?.address ?? '';

const create = (api: string): Promise<InstanceDto> =>
  curlJson(`${api}/api/instances`, '-H', 'content-type: application/json', '-d', JSON.stringify(CREATE));

const until = (instance: string, status: string): Promise<InstanceDto> =>
  eventually(`${instance} is ${status}`, async () => {
    const seen = await curlJson<InstanceDto>(instance);
    return seen.status === status ? seen : null;
  });

describe('npm run sandbox', () => {
  let sandbox: SandboxProcess | undefined;
  afterEach(() => {
    sandbox?.kill();
  });

  it('serves the whole life of an instance by curl alone, bills no second after it, and Ctrl-C leaves nothing', async () => {
    const figure = beginFigure();
    sandbox = await new SandboxProcess().untilReady();
    figure((seconds) => `sandbox: ready ${seconds} s after the command`);
    const { apiUrl, simulatorUrl } = sandbox;
    expect(await httpStatus(`${apiUrl}/health/ready`)).toBe('200');

    const { id } = await create(apiUrl);
    const instance = `${apiUrl}/api/instances/${id}`;
    expect(await httpStatus(httpEndpoint(await until(instance, 'ready')))).toBe('200');
    await curl('-X', 'POST', `${instance}/stop`);
    await until(instance, 'stopped');
    await curl('-X', 'POST', `${instance}/start`);
    expect(await httpStatus(httpEndpoint(await until(instance, 'ready')))).toBe('200');
    await curl('-X', 'DELETE', instance);
    const { deletedAt } = await until(instance, 'deleted');

    const ledger = (): Promise<LedgerEntry[]> => curlJson(`${simulatorUrl}/_sim/ledger`);
    const [machine, ...others] = await ledger();
    expect(others).toEqual([]);
    expect(machine).toMatchObject({ status: 'removed', foreign: false });
    const removedAt = machine?.removedAt ?? Infinity;
    expect(removedAt).toBeLessThanOrEqual(Date.parse(deletedAt ?? ''));
    // billing is in true seconds: when the next machine has been billed for two, one more of this one would show
    await create(apiUrl);
    const [same] = await eventually('the next one is billed', async () => {
      const now = await ledger();
      return (now[1]?.billedSeconds ?? 0) > 2 && now;
    });
    expect(same).toEqual(machine);

    sandbox.signalGroup('SIGINT');
    // an impatient person
    sandbox.signalGroup('SIGINT');
    expect(await sandbox.ended()).toBe(0);
    expect(await sandbox.remains()).toEqual([]);
    await expect(httpStatus(apiUrl)).rejects.toThrow('Failed to connect');
  });

  it('asks for the API key that it prints, when it is to', async () => {
    sandbox = await new SandboxProcess('--api-key').untilReady();
    const { apiUrl, printed } = sandbox;
    const [key = ''] = /nvt_\w+/.exec(printed) ?? [];
    expect(await httpStatus(`${apiUrl}/api/instances`)).toBe('401');
    await expect(curlJson(`${apiUrl}/api/instances`, '-H', `authorization: Bearer ${key}`)).resolves.toMatchObject({
      data: [],
    });
    sandbox.signalGroup('SIGINT');
    expect(await sandbox.ended()).toBe(0);
    expect(await sandbox.remains()).toEqual([]);
  });

  it('leaves nothing when it is killed with -9', async () => {
    const killed = (sandbox = await new SandboxProcess().untilReady());
    killed.signalGroup('SIGKILL');
    await eventually('nothing is left', async () => (await killed.remains()).length === 0);
  });

  it('ends, and says why, when the service dies', async () => {
    sandbox = await new SandboxProcess().untilReady();
    process.kill(sandbox.servicePid, 'SIGKILL');
    expect(await sandbox.ended()).toBe(1);
    expect(sandbox.printed).toContain('The service ended (SIGKILL), and so does the sandbox.');
    expect(await sandbox.remains()).toEqual([]);
  });

  it('finds its instances and their machines again in a directory that was kept', async () => {
    const directory = path.join(await mkdtemp(path.join(tmpdir(), 'novitai-kept-')), 'sandbox');
    sandbox = await new SandboxProcess('--data', directory).untilReady();
    const { id } = await create(sandbox.apiUrl);
    const before = await until(`${sandbox.apiUrl}/api/instances/${id}`, 'ready');
    sandbox.signalGroup('SIGINT');
    expect(await sandbox.ended()).toBe(0);
    expect(await sandbox.remains()).toEqual([directory]);

    sandbox = await new SandboxProcess('--data', directory).untilReady();
    const instance = `${sandbox.apiUrl}/api/instances/${id}`;
    const again = await until(instance, 'ready');
    expect(again.machine?.id).toBe(before.machine?.id);
    await curl('-X', 'DELETE', instance);
    await until(instance, 'deleted');
    sandbox.signalGroup('SIGTERM');
    expect(await sandbox.ended()).toBe(0);
    await rm(path.dirname(directory), { recursive: true });
  });

  it('says in one sentence that its port is in use', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as AddressInfo;
    sandbox = new SandboxProcess('--port', String(port));
    expect(await sandbox.ended()).toBe(2);
    expect(sandbox.printed).toContain(`Port ${port} is in use by another program. Choose another: npm run sandbox`);
    other.close();
  });
});
