import { afterEach, describe, expect, it } from 'vitest';
import type { InstanceDto } from '../../src/novita-instances/api/dto/instance.dto.js';
import { eventually } from '../support/eventually.js';
import { startApp, type RunningApp } from '../support/running-app.js';

let app: RunningApp;
afterEach(() => app.stop());

const OLD_IMAGE = 'example/workload:1';
const NEW_IMAGE = 'example/workload:2';

const made = async (
  name: string,
  changes: Record<string, unknown> = {},
  parts: Parameters<typeof startApp>[0] = {},
) => {
  app = await startApp({ config: { instances: { replacementDrainSeconds: 0 } }, ...parts });
  await app.api.create({ name, ...changes });
  const ready = await app.api.until(name, 'ready');
  return { ready, id: ready.id, machineId: ready.machine?.id ?? '' };
};
const patch = <T = InstanceDto>(id: string, body: object, headers: Record<string, string> = {}) =>
  app.api.request<T>('PATCH', `/api/instances/${id}`, body, headers);
const ended = (id: string) =>
  eventually('the update is over', async () => {
    const seen = await app.api.get(id);
    return seen.update !== null && seen.update.state !== 'pending' && seen;
  });
const typesSince = async (id: string, type: string): Promise<string[]> => {
  const types = (await app.api.events(id)).map((event) => event.type);
  return types.slice(types.indexOf(type));
};
const changes = () => ['editInstance', 'upgradeInstance'].map((operation) => app.novita.count(operation));

describe('an update that touches no machine', () => {
  it('is in effect with its answer: labels are merged, null removes one, and policies change', async () => {
    const { id, machineId } = await made('policies', { labels: { team: 'vision', trial: 'yes' } });
    const answer = await patch(
      id,
      {
        labels: { trial: null, tier: 'gold' },
        onReclaim: 'none',
        readiness: { intervalSeconds: 60 },
        maxPricePerGpuHour: '9.50',
      },
      { 'content-type': 'application/merge-patch+json' },
    );
    expect(answer).toMatchObject({
      status: 202,
      body: {
        generation: 2,
        labels: { team: 'vision', tier: 'gold' },
        onReclaim: 'none',
        readiness: { intervalSeconds: 60, failureThreshold: 3 },
        maxPricePerGpuHour: '9.50',
        status: 'ready',
        update: null,
      },
    });
    expect((await app.api.list('?label=tier=gold')).data).toHaveLength(1);
    expect((await app.api.list('?label=trial=yes')).data).toHaveLength(0);
    const [asked] = (await app.api.events(id)).filter(({ type }) => type === 'instance.update_requested');
    expect(asked?.data).toEqual({
      generation: 2,
      fields: ['labels', 'maxPricePerGpuHour', 'onReclaim', 'readiness'],
      strategy: null,
    });
    expect((await patch(id, { maxPricePerGpuHour: null })).body).toMatchObject({
      maxPricePerGpuHour: null,
      generation: 3,
      machine: { id: machineId },
    });
    expect(changes()).toEqual([0, 0]);
    // what is so already is no change
    expect((await patch(id, { onReclaim: 'none', labels: {} })).body.generation).toBe(3);
  });

  it('is refused as a whole when a part of it is wrong, and nothing is changed', async () => {
    const { id, ready } = await made('wrong', { envs: [{ key: 'TOKEN', value: 'value-of-token' }] });
    const faulty: [object, number, string, string][] = [
      [{ labels: { team: 7 }, onReclaim: 'none' }, 400, 'VALIDATION_ERROR', '/labels/team'],
      [{ onReclaim: 'never' }, 400, 'VALIDATION_ERROR', '/onReclaim'],
      [{ colour: 'red' }, 400, 'VALIDATION_ERROR', '/colour'],
      [{ colour: null }, 400, 'VALIDATION_ERROR', '/colour'],
      [{ readiness: { colour: null } }, 400, 'VALIDATION_ERROR', '/readiness/colour'],
      [{ image: null }, 400, 'VALIDATION_ERROR', '/image'],
      [[], 400, 'VALIDATION_ERROR', ''],
      [{ readiness: { probes: [{ port: 9999, type: 'http' }] } }, 400, 'VALIDATION_ERROR', '/readiness/probes/0/port'],
      // as an answer shows it: the secret would be lost
      [{ envs: [{ key: 'TOKEN', value: '***' }] }, 400, 'VALIDATION_ERROR', '/envs/0/value'],
      [{ gpuNum: 2 }, 422, 'FIELD_NOT_CHANGEABLE', '/gpuNum'],
      [{ productName: 'RTX 5090', regions: ['us-ca-6'] }, 422, 'FIELD_NOT_CHANGEABLE', '/productName'],
      [{ name: 'other' }, 422, 'FIELD_NOT_CHANGEABLE', '/name'],
      [{ rootfsSize: 40 }, 422, 'DISK_CANNOT_SHRINK', '/rootfsSize'],
    ];
    for (const [body, status, code, pointer] of faulty) {
      const answer = await patch<{ code: string; errors: { pointer: string }[] }>(id, body);
      expect([answer.status, answer.body.code, answer.body.errors[0]?.pointer], JSON.stringify(body)).toEqual([
        status,
        code,
        pointer,
      ]);
    }
    expect(await app.api.get(id, '?include=secrets')).toMatchObject({
      generation: 1,
      envs: [{ key: 'TOKEN', value: 'value-of-token' }],
    });
    // the value that it has may be named
    const same = await patch(id, { gpuNum: 1, productName: ready.productName, name: 'wrong' });
    expect(same).toMatchObject({ status: 202, body: { generation: 1 } });
  });

  it('is made once for each Idempotency-Key, and only of the version that If-Match names', async () => {
    const { id } = await made('once');
    const tag = (await app.api.request('GET', `/api/instances/${id}`)).headers.get('etag') ?? '';
    const key = { 'idempotency-key': 'update-1' };
    expect((await patch(id, { labels: { a: '1' } }, { ...key, 'if-match': tag })).status).toBe(202);
    const again = await patch(id, { labels: { a: '1' } }, { ...key, 'if-match': tag });
    expect([again.status, again.headers.get('idempotency-replayed')]).toEqual([202, 'true']);
    expect(await patch(id, { labels: { a: '2' } }, key)).toMatchObject({ body: { code: 'IDEMPOTENCY_KEY_REUSED' } });
    expect(await patch(id, { labels: { a: '2' } }, { 'if-match': tag })).toMatchObject({
      status: 412,
      body: { code: 'PRECONDITION_FAILED' },
    });
    expect(await app.api.get(id)).toMatchObject({ generation: 2, labels: { a: '1' } });
  });
});

describe('an update of the machine in place', () => {
  it('makes its container anew with another image, command and environment, and keeps machine and disk', async () => {
    const { id, machineId } = await made('image', { envs: [{ key: 'MODEL', value: 'value-before' }] });
    const disk = app.novita.machine(machineId).diskGeneration;
    const envs = [{ key: 'MODEL', value: 'value-after-it' }];
    const asked = await patch(id, { image: NEW_IMAGE, command: 'serve', envs });
    expect(asked.body).toMatchObject({
      generation: 2,
      image: NEW_IMAGE,
      envs: [{ key: 'MODEL', value: '***' }],
      update: {
        state: 'pending',
        strategy: 'inPlace',
        generation: 2,
        fields: ['image', 'command', 'envs'],
        inEffect: { image: OLD_IMAGE, command: null, envs: [{ key: 'MODEL', value: '***' }] },
      },
    });
    // the answer comes when the new workload answers
    const waited = await app.api.request<InstanceDto>(
      'GET',
      `/api/instances/${id}/wait?for=ready&generation=2&timeout=30`,
    );
    expect(waited).toMatchObject({
      status: 200,
      body: { status: 'ready', machine: { id: machineId }, update: { state: 'applied', inEffect: null } },
    });
    const machine = app.novita.machine(machineId);
    expect(machine).toMatchObject({ imageUrl: NEW_IMAGE, command: 'serve', diskGeneration: disk });
    expect(machine.envs).toContainEqual(envs[0]);
    expect(machine.envs.some(({ key }) => key.startsWith('NOVITAI_'))).toBe(true);
    expect(machine.runs).toHaveLength(2);
    expect(changes()).toEqual([0, 1]);
    const types = await typesSince(id, 'instance.update_requested');
    expect(types.filter((type) => !type.startsWith('status'))).toEqual([
      'instance.update_requested',
      'machine.upgrade_acknowledged',
      'update.applied',
    ]);
  });

  it('opens ports and grows the disk without a restart', async () => {
    const { id, machineId } = await made('ports');
    const ports = [
      { port: 8188, protocol: 'http' },
      { port: 9000, protocol: 'http' },
    ];
    await patch(id, { ports, rootfsSize: 80 });
    const seen = await ended(id);
    expect(seen.update).toMatchObject({ state: 'applied', fields: ['ports', 'rootfsSize'] });
    const machine = app.novita.machine(machineId);
    expect(machine.rootfsSize).toBe(80);
    expect(machine.ports.map(({ port }) => port)).toEqual([8188, 9000]);
    expect(machine.runs).toHaveLength(1);
    expect(changes()).toEqual([1, 0]);
    const open = await eventually('the new port has an address', async () => {
      const now = await app.api.get(id);
      return now.connection?.endpoints.length === 2 && now;
    });
    expect(open.status).toBe('ready');
  });

  it('has failed when Novita refuses it: the instance stays what it was, and says why', async () => {
    const { id, machineId } = await made('refused');
    await patch(id, { image: 'missing/image:1' });
    expect((await ended(id)).update).toMatchObject({
      state: 'failed',
      failure: { code: 'UPDATE_REJECTED', message: expect.stringContaining('IMAGE_NOT_FOUND') as string },
    });
    expect(await app.api.get(id)).toMatchObject({
      status: 'ready',
      image: OLD_IMAGE,
      generation: 2,
      machine: { id: machineId },
      conditions: expect.arrayContaining([
        expect.objectContaining({ type: 'UpToDate', status: false, reason: 'UpdateFailed' }),
      ]) as unknown,
    });
    expect(app.novita.machine(machineId)).toMatchObject({ imageUrl: OLD_IMAGE, status: 'running' });
  });

  it('has failed when the new image cannot be pulled, and a start brings the old one back', async () => {
    const { id, machineId } = await made('broken');
    await patch(id, { image: 'broken/image:1' });
    const failed = await app.api.until(id, 'failed');
    expect(failed).toMatchObject({
      failure: { code: 'IMAGE_PULL_FAILED' },
      image: OLD_IMAGE,
      update: { state: 'failed', failure: { code: 'IMAGE_PULL_FAILED' } },
    });
    await app.api.ask(id, 'start');
    await app.api.until(id, 'ready');
    expect(app.novita.machine(machineId)).toMatchObject({ imageUrl: OLD_IMAGE, status: 'running' });
  });

  it.each([
    ['upgradeInstance', 'an upgrade', { image: NEW_IMAGE }, [0, 1]],
    ['editInstance', 'an edit', { rootfsSize: 70 }, [1, 0]],
  ] as const)('settles %s whose answer was lost by reading the machine', async (operation, _what, body, sent) => {
    const { id, machineId } = await made('lost');
    app.novita.faults.next(operation, { after: true, drop: true });
    await patch(id, body);
    await ended(id);
    const seen = await app.api.until(id, 'ready');
    expect(seen.update).toMatchObject({ state: 'applied' });
    expect(changes()).toEqual(sent);
    const machine = app.novita.machine(machineId);
    expect([machine.imageUrl, machine.rootfsSize]).toEqual([
      'image' in body ? NEW_IMAGE : OLD_IMAGE,
      'rootfsSize' in body ? 70 : 60,
    ]);
  });

  it('refuses another change of the machine while Novita makes it, and takes it after that', async () => {
    const { id } = await made('second');
    app.novita.faults.next('upgradeInstance', { delayMs: 1_000 });
    await patch(id, { image: NEW_IMAGE });
    await eventually('the upgrade is sent', () => app.novita.count('upgradeInstance') === 1);
    expect(await patch(id, { image: 'example/workload:3' })).toMatchObject({
      status: 409,
      body: { code: 'UPDATE_UNDER_WAY' },
    });
    expect((await patch(id, { labels: { meanwhile: 'yes' } })).status).toBe(202);
    await ended(id);
    await app.api.until(id, 'ready');
    expect((await patch(id, { image: 'example/workload:3' })).status).toBe(202);
    expect((await ended(id)).update).toMatchObject({ state: 'applied', generation: 4 });
  });

  it('waits while the instance is stopped, gives way to a later one, and is made when it runs again', async () => {
    const { id, machineId } = await made('stopped');
    await app.api.ask(id, 'stop');
    await app.api.until(id, 'stopped');
    await patch(id, { image: 'example/workload:typo' });
    const waiting = (await patch(id, { image: NEW_IMAGE, rootfsSize: 70 })).body;
    expect(waiting).toMatchObject({ status: 'stopped', update: { state: 'pending', inEffect: { image: OLD_IMAGE } } });
    expect(waiting.statusMessage).toContain('when the instance runs again');
    await app.api.ask(id, 'start');
    expect((await ended(id)).update?.state).toBe('applied');
    await app.api.until(id, 'ready');
    expect(app.novita.machine(machineId)).toMatchObject({ imageUrl: NEW_IMAGE, rootfsSize: 70 });
    expect(changes()).toEqual([1, 1]);
  });
});

describe('an update by replacement', () => {
  it('buys a machine with the new image, which takes over when it is ready: the instance stays ready', async () => {
    const { id, machineId } = await made('renewed');
    await patch(id, { image: NEW_IMAGE, rootfsSize: 50, strategy: 'replace' });
    const statuses = new Set<string>();
    const seen = await eventually('the update is applied', async () => {
      const now = await app.api.get(id);
      statuses.add(now.status);
      return now.update?.state === 'applied' && now.replacement === null && now;
    });
    expect([...statuses]).toEqual(['ready']);
    expect(seen.machine?.id).not.toBe(machineId);
    expect(app.novita.machine(seen.machine?.id ?? '')).toMatchObject({ imageUrl: NEW_IMAGE, rootfsSize: 50 });
    await eventually('the old machine is gone', () => app.novita.machine(machineId).status === 'removed');
    expect(changes()).toEqual([0, 0]);
    expect((await typesSince(id, 'instance.update_requested')).filter((type) => /^(update|replac)/.test(type))).toEqual(
      ['replacement.begun', 'replacement.cut_over', 'update.applied', 'replacement.finished'],
    );
  });

  it('has failed when no machine can be had: the instance stays on its machine, with the image before', async () => {
    const { id, machineId } = await made('not-had');
    await patch(id, { image: 'missing/image:1', strategy: 'replace' });
    expect((await ended(id)).update).toMatchObject({ state: 'failed', failure: { code: 'REQUEST_REJECTED' } });
    expect(await app.api.get(id)).toMatchObject({ status: 'ready', image: OLD_IMAGE, machine: { id: machineId } });
  });
});
