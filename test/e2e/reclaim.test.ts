import { afterEach, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.js';
import { Delays } from '../support/figure.js';
import { startApp, type RunningApp } from '../support/running-app.js';

const AN_HOUR = 3_600;
const PRODUCTS = ['4090.16c62g', '4090.16c96g.v2'] as const;
const [PRODUCT] = PRODUCTS;
const FLEET = 50;
let app: RunningApp;
afterEach(() => app.stop());

const started = async (switches: Record<string, string> = { noticeReclaimTime: 'planned' }): Promise<void> => {
  app = await startApp({
    novita: { switches },
    config: { instances: { replacementDrainSeconds: 0 }, catalogue: { cacheSeconds: 1 } },
  });
};
const made = async (name: string, changes: Record<string, unknown> = {}) => {
  await app.api.create({ name, ...changes });
  const { id, machine, connection } = await app.api.until(name, 'ready');
  return { id, machineId: machine?.id ?? '', address: connection?.endpoints[0]?.address ?? '' };
};
const entryOf = (machineId: string) => app.novita.ledger().find((entry) => entry.machineId === machineId);
const sellOut = (): void => {
  for (const product of PRODUCTS) app.novita.setStock(product, undefined, 0);
};
const living = () => app.novita.ledger().filter(({ status }) => status !== 'removed');
const eventsOf = async (id: string) =>
  (await app.api.events(id)).filter(({ type }) => /^(instance|replacement|status|machine\.(reclaim|gone))/.test(type));
const typesSince = async (id: string, type: string): Promise<string[]> => {
  const types = (await eventsOf(id)).map((event) => event.type);
  return types.slice(types.indexOf(type));
};
const interrupting = async (id: string) =>
  (await app.api.get(id)).conditions.find(({ type }) => type === 'Interrupting');
const untilTold = (id: string, type: string) =>
  eventually(`${type} is told`, async () => (await app.api.events(id)).find((event) => event.type === type));

describe('a spot machine that Novita takes back', () => {
  it('is replaced before that: the instance stays ready, and its address changes once', async () => {
    // Novita names no time: an hour from when the notice was seen stands in its place
    await started({ noticeReclaimTime: '0' });
    const { id, machineId, address } = await made('outrun');
    app.novita.reclaim(machineId, 'notify');
    const noticed = await untilTold(id, 'machine.reclaim_noticed');
    expect(noticed.data).toMatchObject({ machineId, isAssumed: true, onReclaim: 'replace' });
    const { deadline } = noticed.data as { deadline: string };
    expect((Date.parse(deadline) - Date.parse(noticed.at)) / 1000).toBeCloseTo(AN_HOUR, -1);
    const replaced = await eventually('the replacement is over', async () => {
      const now = await app.api.get(id);
      expect(now.status).toBe('ready');
      return now.replacement === null && now.machine?.id !== machineId && now;
    });
    expect(replaced.connection?.endpoints[0]?.address).not.toBe(address);
    expect(replaced.reclaim).toBeNull();
    await untilTold(id, 'machine.gone');
    expect(await typesSince(id, 'machine.reclaim_noticed')).toEqual([
      'machine.reclaim_noticed',
      'replacement.begun',
      'replacement.cut_over',
      'replacement.finished',
      'machine.gone',
    ]);
    const [old, next] = [entryOf(machineId), entryOf(replaced.machine?.id ?? '')];
    // there was no moment without a machine, and there is none of two after it
    expect(next?.segments[0]?.from).toBeLessThan(old?.segments.at(-1)?.to ?? 0);
    expect(living()).toHaveLength(1);
  });

  it('runs to its end when nothing can be bought, which is told, and the instance recovers when stock comes back', async () => {
    await started();
    const { id, machineId } = await made('no-stock');
    sellOut();
    app.novita.reclaim(machineId, 'notify');
    await untilTold(id, 'placement.no_capacity');
    const blocked = await app.api.get(id);
    expect(blocked).toMatchObject({
      status: 'ready',
      machine: { id: machineId },
      replacement: { reason: 'reclaim', phase: 'placing' },
      reclaim: { machineId, takenAt: null, policy: 'replace' },
    });
    expect(blocked.statusMessage).toMatch(/takes the machine back at .* cannot be bought yet.*out of stock/s);
    expect(await interrupting(id)).toMatchObject({
      status: true,
      reason: 'SpotNotified',
      message: blocked.statusMessage,
    });

    app.novita.reclaim(machineId, 'terminate');
    sellOut();
    await untilTold(id, 'machine.reclaimed');
    const waiting = await app.api.until(id, 'waiting_capacity');
    expect(waiting.statusMessage).toContain('its data is lost');
    expect(waiting.reclaim).toMatchObject({ machineId, takenAt: expect.any(String) as string });
    app.novita.setStock(PRODUCT, undefined, 5);
    const back = await app.api.until(id, 'ready');
    expect(back.machine?.id).not.toBe(machineId);
    await eventually('the taken machine is deleted', () => living().length === 1);
    expect(await typesSince(id, 'machine.reclaim_noticed')).toEqual(
      expect.arrayContaining(['machine.reclaim_noticed', 'replacement.begun', 'machine.reclaimed']),
    );
  });

  it('is started where it was when it was taken without a notice', async () => {
    await started();
    const { id, machineId } = await made('unannounced', { onReclaim: 'wait' });
    app.novita.reclaim(machineId, 'terminate');
    const told = await untilTold(id, 'machine.reclaimed');
    expect(told.data).toEqual({ machineId, noticedAt: null });
    await untilTold(id, 'machine.start_acknowledged');
    const back = await app.api.until(id, 'ready');
    expect(back.machine?.id).toBe(machineId);
    expect(app.novita.ledger()).toHaveLength(1);
  });

  it('rests with onReclaim none, until a caller starts the instance', async () => {
    await started();
    const { id, machineId } = await made('rests', { onReclaim: 'none' });
    app.novita.reclaim(machineId, 'terminate');
    const failed = await app.api.until(id, 'failed');
    expect(failed.failure).toMatchObject({ code: 'MACHINE_RECLAIMED' });
    expect(failed.failure?.message).toContain('Start the instance');
    expect(app.novita.count('startInstance')).toBe(0);
    await app.api.ask(id, 'start');
    await app.api.until(id, 'ready');
  });
});

describe('fifty spot machines that Novita takes back at once', () => {
  it('are all replaced before that: none is without a machine at the deadline, and none has two after it', async () => {
    await started();
    app.novita.setStock(PRODUCT, undefined, 3 * FLEET);
    const names = Array.from({ length: FLEET }, (_, at) => `spot-${at}`);
    for (const name of names) expect((await app.api.create({ name })).status).toBe(202);
    const before = [];
    for (const name of names) before.push(await app.api.until(name, 'ready'));
    const old = before.map(({ machine }) => machine?.id ?? '');

    const noticeAt = Delays.now();
    for (const machineId of old) app.novita.reclaim(machineId, 'notify');
    const deadlines = old.map(
      (machineId) => new Date(Math.floor((app.novita.machine(machineId).spotReclaimAt ?? 0) / 1000) * 1000),
    );
    const [noticed, asked] = [new Delays(), new Delays()];
    const next: string[] = [];
    for (const [at, { id, machine }] of before.entries()) {
      const replaced = await eventually(`${id} is replaced`, async () => {
        const now = await app.api.get(id);
        return now.replacement === null && now.machine?.id !== machine?.id && now;
      });
      next.push(replaced.machine?.id ?? '');
      const events = await app.api.events(id);
      const since = events.slice(events.findIndex(({ type }) => type === 'machine.reclaim_noticed'));
      const types = since.map(({ type }) => type);
      expect(types.filter((type) => /^(replacement|placement\.(sent|accepted)|status)/.test(type))).toEqual([
        'replacement.begun',
        'placement.sent',
        'placement.accepted',
        'replacement.cut_over',
        'replacement.finished',
      ]);
      expect(since[0]?.data).toMatchObject({ deadline: deadlines[at]?.toISOString(), isAssumed: false });
      const timeOf = (type: string) => Date.parse(since.find((event) => event.type === type)?.at ?? '');
      noticed.add(timeOf('machine.reclaim_noticed') - noticeAt);
      asked.add(timeOf('placement.sent') - timeOf('machine.reclaim_noticed'));
    }
    console.log(`FIGURE ${FLEET} spot machines noticed after the notice: ${String(noticed)}`);
    console.log(`FIGURE ${FLEET} replacements asked for after that: ${String(asked)}`);

    await eventually('the old machines are gone', () => old.every((id) => entryOf(id)?.status === 'removed'));
    const ledger = app.novita.ledger();
    expect(ledger.map(({ machineId }) => machineId).toSorted()).toEqual([...old, ...next].toSorted());
    const deadline = noticeAt + AN_HOUR * 1000;
    for (const [at, machineId] of next.entries()) {
      const [first, second] = [entryOf(old[at] ?? ''), entryOf(machineId)];
      const ended = first?.segments.at(-1)?.to ?? Infinity;
      expect(second?.status).toBe('running');
      // always one machine: the second one began before the first one ended, and that was before the deadline
      expect(second?.segments[0]?.from).toBeLessThan(ended);
      expect(ended).toBeLessThan(deadline);
      expect(second?.deleteRequestedAt).toBeNull();
    }
  });
});
