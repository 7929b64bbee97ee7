import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Tagger } from '../../src/machines/domain/tag.js';
import type { MachineState } from '../../src/machines/domain/machine.js';
import { FleetWatch } from '../../src/machines/sweep/fleet-watch.js';
import { Guardian } from '../../src/machines/sweep/guardian.js';
import {
  ListCutShort,
  NovitaUnavailable,
  type NovitaClient,
  type SeenMachine,
} from '../../src/novita-api/novita-client.js';
import { aMachine, anAttempt, at, POLICY, NOTHING_SHOWN, UNKNOWN_MAKE } from '../support/snapshot-builder.js';
import { upstream } from '../support/in-words.js';
import { StoreStage } from '../support/store-stage.js';
import { secretsOfOwners } from '../../src/novita-instances/effects/told-outcome.js';

/** Novita as far as it is only read: what its list and its looks say, and which of them fail. */
class Scripted {
  readonly machines = new Map<string, SeenMachine>();
  readonly failing = new Map<string, NovitaUnavailable>();
  listTrouble: NovitaUnavailable | null = null;
  complete = true;
  /** Ids that the next lists show, list by list; then all. */
  shown: string[][] = [];
  total: number | null = null;
  saysNone = false;
  available = 80;
  lists = 0;
  readonly looks: string[] = [];

  client(): NovitaClient {
    const client: Partial<NovitaClient> = {
      budget: () => Promise.resolve({ available: this.available, nextInMs: 0 }),
      listMachines: () => {
        this.lists += 1;
        if (this.listTrouble) return Promise.reject(this.listTrouble);
        const { complete, saysNone, total } = this;
        const shown = this.shown.shift();
        const machines = [...this.machines.values()].filter(({ machineId }) => shown?.includes(machineId) ?? true);
        return Promise.resolve({ machines, complete, total, saysNone, requests: 1 });
      },
      lookAtMachine: (machineId) => {
        this.looks.push(machineId);
        const trouble = this.failing.get(machineId);
        if (trouble) return Promise.reject(trouble);
        const machine = this.machines.get(machineId);
        return Promise.resolve(machine ? { kind: 'seen', machine } : { kind: 'missing' });
      },
    };
    return client as NovitaClient;
  }
}

const tagger = new Tagger('a1b2c3d4', 'the secret');
const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
const unreadable = new NovitaUnavailable('unreadable', 'no JSON');

let stage: StoreStage;
let novita: Scripted;
let watch: FleetWatch;
beforeEach(async () => {
  stage = await StoreStage.open();
  novita = new Scripted();
  const clock = { now: () => stage.now, monotonicMs: () => stage.now.getTime() };
  const guardian = new Guardian(stage.store, clock, silent);
  watch = new FleetWatch(
    stage.store,
    novita.client(),
    tagger,
    guardian,
    clock,
    POLICY,
    secretsOfOwners(stage.store),
    silent,
  );
});
afterEach(() => stage.close());

const seen = (machineId: string, state: MachineState, changes: Partial<SeenMachine> = {}): void => {
  const { observation } = aMachine(state);
  novita.machines.set(machineId, {
    machineId,
    name: upstream('somebody-else'),
    envTag: null,
    make: UNKNOWN_MAKE,
    content: NOTHING_SHOWN,
    startedAt: null,
    access: null,
    state,
    statusWord: upstream(observation.statusWord),
    failure: null,
    endpoints: observation.endpoints,
    spot: null,
    ...changes,
  });
};
/** An instance that holds a machine of this id, watched closely. */
const held = async (machineId: string, state: MachineState = 'pulling'): Promise<string> => {
  const { instance } = await stage.made(`holds-${machineId}`);
  const { id } = instance;
  const snapshot = await stage.commit(id, {
    instance: { machineId },
    attempts: [anAttempt({ machineId, tag: `tag-${machineId}` })],
    machines: [aMachine(state, { machineId })],
  });
  await stage.store.rest(snapshot.instance, { wakeAt: null, watchClosely: true });
  return id;
};
const tick = async (seconds: number): Promise<void> => {
  stage.now = at(seconds);
  await watch.tick();
};
const stateOf = async (id: string): Promise<MachineState | undefined> =>
  (await stage.snapshot(id)).machines[0]?.observation.state;

describe('a round of looks', () => {
  it('records what the list shows of our machines, by the ids that we hold and by our tags, and nobody else’s', async () => {
    const id = await held('m1');
    const { instance } = await stage.made('lost');
    await stage.commit(instance.id, { attempts: [anAttempt({ state: 'AMBIGUOUS', machineId: null })] });
    seen('m1', 'running', { name: upstream('renamed by a person') });
    seen('m2', 'creating', { name: upstream(tagger.write({ instanceId: instance.id, attempt: 1 })) });
    seen('m3', 'running');
    await tick(5);
    expect(await stateOf(id)).toBe('running');
    expect((await stage.snapshot(instance.id)).machines).toMatchObject([{ machineId: 'm2', attemptNumber: 1 }]);
    expect((await stage.store.watchedMachines()).map(({ machineId }) => machineId).toSorted()).toEqual(['m1', 'm2']);
  });

  it('tells whether anything is on its way', async () => {
    const id = await held('m1');
    seen('m1', 'running');
    await tick(5);
    expect(watch.isMoving).toBe(true);
    const { instance } = await stage.snapshot(id);
    await stage.store.rest(instance, { wakeAt: null, watchClosely: false });
    await tick(6);
    expect(watch.isMoving).toBe(false);
    await stage.commit(id, { attempts: [anAttempt({ number: 2, tag: 'tag-2', state: 'AMBIGUOUS', machineId: null })] });
    await tick(7);
    expect(watch.isMoving).toBe(true);
  });

  it('knows a machine that was given up for lost by its id when it is back under another name', async () => {
    const id = await held('m1');
    await stage.commit(id, { instance: { machineId: null }, gone: ['m1'] });
    seen('m1', 'running', { name: upstream('renamed by a person') });
    await tick(120);
    expect((await stage.snapshot(id)).machines).toMatchObject([{ machineId: 'm1', goneAt: null }]);
    expect(await stage.store.strangers(['m1'])).toEqual([]);
  });

  it('remembers what no row explains: whose it is, its name tells, and its environment never', async () => {
    const { instance } = await stage.made('copied');
    await stage.commit(instance.id, { attempts: [anAttempt({ state: 'AMBIGUOUS', machineId: null })] });
    const lost = { instanceId: 'ins_01JGFJJZ00N5MQ2YS3B3X8T1RV', attempt: 3 };
    seen('m-copy', 'running', { envTag: upstream(tagger.write({ instanceId: instance.id, attempt: 1 })) });
    seen('m-lost', 'running', { name: upstream(tagger.write(lost)) });
    seen('m-over', 'removed', { name: upstream(tagger.write(lost)) });
    await tick(5);
    expect((await stage.snapshot(instance.id)).machines).toEqual([]);
    expect(await stage.store.strangers(['m-copy', 'm-lost', 'm-over'])).toMatchObject([
      { machineId: 'm-copy', instanceId: null, attemptNumber: null },
      { machineId: 'm-lost', instanceId: lost.instanceId, attemptNumber: 3 },
    ]);
  });

  it('verifies the fleet by a complete list only', async () => {
    novita.complete = false;
    await tick(5);
    expect(await stage.store.guard()).toMatchObject({ verifiedAt: null });
    novita.complete = true;
    await tick(40);
    expect(await stage.store.guard()).toMatchObject({ verifiedAt: at(40), frozen: null });
  });

  it('verifies it by several lists that show all machines together, as of the time when the first of them began', async () => {
    const { instance } = await stage.made('doubtful');
    const doubtful = anAttempt({ state: 'AMBIGUOUS', machineId: null, sentAt: at(0), settleAfter: at(6) });
    await stage.commit(instance.id, { attempts: [doubtful] });
    for (const id of ['m1', 'm2', 'm3']) seen(id, 'running');
    Object.assign(novita, {
      complete: false,
      total: 3,
      shown: [['m1', 'm2'], ['m2', 'm3'], ['m1'], ['m2'], ['m1', 'm3'], ['m2']],
    });
    await tick(5);
    await tick(9);
    expect(await stage.store.guard()).toMatchObject({ verifiedAt: null });
    await tick(13);
    expect(await stage.store.guard()).toMatchObject({ verifiedAt: at(5) });
    expect((await stage.snapshot(instance.id)).attempts).toMatchObject([{ cleanPasses: 1, lastCleanPassAt: at(5) }]);
    // what was counted once is not counted again: the next proof begins anew
    for (const seconds of [26, 30, 34]) await tick(seconds);
    expect((await stage.snapshot(instance.id)).attempts).toMatchObject([{ cleanPasses: 2, lastCleanPassAt: at(26) }]);
  });

  it('is in a hurry for the rest of an incomplete list, and gives that up after two minutes', async () => {
    seen('m1', 'running');
    Object.assign(novita, { complete: false, total: 2 });
    await tick(5);
    expect(watch.isMoving).toBe(true);
    for (const seconds of [9, 13]) await tick(seconds);
    expect(novita.lists).toBe(3);
    await tick(126);
    expect(watch.isMoving).toBe(false);
    await tick(130);
    expect(novita.lists).toBe(4);
  });

  it('believes a "not found" in place of a list only while it knows of no machine', async () => {
    Object.assign(novita, { complete: false, saysNone: true });
    await tick(5);
    expect(await stage.store.guard()).toMatchObject({ verifiedAt: at(5) });
    await held('m1');
    await tick(50);
    expect(await stage.store.guard()).toMatchObject({ verifiedAt: at(5) });
  });

  it('goes on by id when the list cannot be had', async () => {
    const id = await held('m1');
    seen('m1', 'running');
    novita.listTrouble = unreadable;
    await tick(5);
    expect(novita.lists).toBe(1);
    expect(await stateOf(id)).toBe('running');
  });

  it('one machine that Novita cannot show does not keep the others from being seen', async () => {
    const ids = await Promise.all(Array.from({ length: 8 }, (_, index) => held(`m${index}`)));
    for (const [index] of ids.entries()) seen(`m${index}`, 'running');
    novita.listTrouble = unreadable;
    novita.failing.set('m0', unreadable);
    await tick(5);
    const states = await Promise.all(ids.map(stateOf));
    expect(states).toEqual(['pulling', ...Array<string>(7).fill('running')]);
  });

  it('stops asking when Novita shows nothing at all, and pauses for as long as it was told', async () => {
    for (let index = 0; index < 8; index += 1) {
      await held(`m${index}`);
      novita.failing.set(`m${index}`, new NovitaUnavailable('server-error', 'HTTP 503', 20));
    }
    novita.listTrouble = new NovitaUnavailable('server-error', 'HTTP 503', 20);
    await tick(5);
    expect(novita.looks).toHaveLength(5);
    await tick(24.9);
    expect(novita.lists).toBe(1);
    await tick(25);
    expect(novita.lists).toBe(2);
  });

  it('a machine that no look finds collects proofs, spaced, by few requests', async () => {
    const id = await held('m1', 'running');
    for (let seconds = 62; seconds <= 120; seconds += 0.5) await tick(seconds);
    expect((await stage.snapshot(id)).machines[0]?.missingProofs).toBe(2);
    expect(novita.looks.length).toBeLessThan(9);
  });

  it('a list that is not complete is no clean pass for an unanswered create', async () => {
    const { instance } = await stage.made('unanswered');
    const open = anAttempt({ state: 'AMBIGUOUS', machineId: null, sentAt: at(0) });
    await stage.commit(instance.id, { attempts: [open] });
    novita.complete = false;
    await tick(5);
    expect((await stage.snapshot(instance.id)).attempts[0]?.cleanPasses).toBe(0);
    novita.complete = true;
    await tick(10);
    expect((await stage.snapshot(instance.id)).attempts[0]?.cleanPasses).toBe(1);
  });

  it('a walk that the budget cut short is begun anew with more in hand', async () => {
    await tick(0);
    novita.listTrouble = new ListCutShort(10, new NovitaUnavailable('budget', 'used up'));
    novita.available = 10;
    await tick(40);
    expect(novita.lists).toBe(2);
    await tick(50);
    expect(novita.lists).toBe(2);
    novita.available = 11;
    await tick(60);
    expect(novita.lists).toBe(3);
  });

  it('a walk that was refused at its beginning is begun anew with no more in hand', async () => {
    // a database that is slow for a moment admits nothing, of whatever is left
    novita.listTrouble = new ListCutShort(0, new NovitaUnavailable('budget', 'in doubt'));
    await tick(0);
    expect(novita.lists).toBe(1);
    novita.listTrouble = null;
    novita.available = 1;
    await tick(10);
    expect(novita.lists).toBe(2);
  });
});
