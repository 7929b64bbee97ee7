import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SHOWN_ATTEMPTS } from '../../src/novita-instances/domain/instance.js';
import { aMachine, anAttempt, at } from '../support/snapshot-builder.js';
import { StoreStage } from '../support/store-stage.js';

const REJECTED = { state: 'REJECTED', reason: 'INSUFFICIENT_RESOURCE' } as const;

let stage: StoreStage;
beforeAll(async () => {
  stage = await StoreStage.open();
});
afterAll(() => stage.close());

describe('a list', () => {
  const names = async (query: object, limit = 50): Promise<string[]> =>
    (await stage.store.list({ within: null, limit, ...query })).snapshots.map(({ instance }) => instance.name);

  beforeAll(async () => {
    const labels = [{ team: 'vision', env: 'test' }, { team: 'vision' }, { team: 'speech' }, {}];
    for (const [index, label] of labels.entries()) {
      stage.now = at(index);
      await stage.made(`listed-${index}`, { labels: label as Record<string, string> });
    }
    const [first, second] = await Promise.all(['listed-0', 'listed-1'].map((name) => stage.store.find(name, null)));
    await stage.commit(first?.instance.id ?? '', {
      instance: { toldStatus: 'ready', machineId: 'm-listed' },
      attempts: [anAttempt({ machineId: 'm-listed', tag: 'tag-listed' })],
    });
    await stage.commit(second?.instance.id ?? '', {
      instance: { toldStatus: 'deleted', desired: 'deleted', deletedAt: at(9) },
    });
  });

  it('shows the newest first, and deleted ones only to those who ask for them', async () => {
    expect(await names({})).toEqual(['listed-3', 'listed-2', 'listed-0']);
    expect(await names({ status: ['deleted'] })).toEqual(['listed-1']);
  });

  it('is filtered by status, name, region and labels, which all have to match', async () => {
    expect(await names({ status: ['ready', 'failed'] })).toEqual(['listed-0']);
    expect(await names({ name: 'listed-2' })).toEqual(['listed-2']);
    expect(await names({ region: 'us-ca-6' })).toEqual(['listed-0']);
    expect(await names({ labels: { team: 'vision' } })).toEqual(['listed-0']);
    expect(await names({ labels: { team: 'vision', env: 'prod' } })).toEqual([]);
    expect(await names({ labels: { team: 'speech' }, status: ['pending'] })).toEqual(['listed-2']);
  });

  it('comes with attempts and machines, each with its own instance', async () => {
    const { snapshots } = await stage.store.list({ within: null, limit: 50 });
    expect(snapshots.map(({ attempts }) => attempts.length)).toEqual([0, 0, 1]);
  });

  it('can be walked in pages, and instances made meanwhile neither repeat nor hide one', async () => {
    const seen: string[] = [];
    let beforeId: string | undefined;
    for (let page = 0; page < 10; page += 1) {
      const { snapshots, hasMore } = await stage.store.list({
        within: null,
        limit: 1,
        ...(beforeId !== undefined && { beforeId }),
      });
      const last = snapshots.at(-1);
      if (!last) break;
      // one is made meanwhile, and is newer
      expect(hasMore).toBe(last.instance.name !== 'listed-0');
      seen.push(last.instance.name);
      beforeId = last.instance.id;
      stage.now = at(100 + page);
      await stage.made(`meanwhile-${page}`);
    }
    expect(seen).toEqual(['listed-3', 'listed-2', 'listed-0']);
  });

  it('ends a page early whose instances are large, and leaves none of them out', async () => {
    const envs = Array.from({ length: 99 }, (_, at) => ({ key: `K${at}`.padEnd(511, 'X'), value: 'v'.repeat(100) }));
    const fat = Array.from({ length: 30 }, (_, at) => `fat-${at}`);
    for (const name of fat) await stage.made(name, { envs, labels: { size: 'fat' } });
    const pages: string[][] = [];
    let beforeId: string | undefined;
    for (let hasMore = true; hasMore;) {
      const page = await stage.store.list({
        within: null,
        limit: 100,
        labels: { size: 'fat' },
        ...(beforeId !== undefined && { beforeId }),
      });
      pages.push(page.snapshots.map(({ instance }) => instance.name));
      ({ hasMore } = page);
      beforeId = page.snapshots.at(-1)?.instance.id;
    }
    expect(pages.flat().sort()).toEqual(fat.sort());
    const stored = 99 * 611 * (4 / 3);
    for (const page of pages) expect(page.length * stored).toBeLessThan(1024 * 1024);
    expect(pages.length).toBeLessThan(5);
  });

  it('an id is found before a name that looks like it', async () => {
    const { instance } = await stage.made('looked-for');
    await stage.made(instance.id);
    expect(await stage.store.find(instance.id, null)).toMatchObject({ instance: { name: 'looked-for' } });
    expect(await stage.store.find('nobody', null)).toBeNull();
  });
});

describe('a wake-up', () => {
  const rest = async (name: string, wakeAt: Date | null): Promise<string> => {
    const { instance } = await stage.made(name);
    await stage.store.rest(instance, { wakeAt, watchClosely: false });
    return instance.id;
  };
  const later = at(1e6);

  it('is claimed when its time has come, once, and comes again should its nudge be lost', async () => {
    await stage.database.updateTable('instances').set({ wake_at: null }).execute();
    const due = await rest('due', at(10));
    await rest('not-due', at(20));
    await rest('never', null);
    expect(await stage.store.claimDue(at(9), later, 9)).toEqual([]);
    expect(await stage.store.claimDue(at(10), at(25), 9)).toEqual([due]);
    expect(await stage.store.claimDue(at(10), at(25), 9)).toEqual([]);
    expect((await stage.store.claimDue(at(25), later, 9)).length).toBe(2);
  });

  it('is taken by one of many who claim at once', async () => {
    await stage.database.updateTable('instances').set({ wake_at: null }).execute();
    const ids = await Promise.all(Array.from({ length: 40 }, (_, index) => rest(`crowd-${index}`, at(index % 7))));
    const claims = await Promise.all(Array.from({ length: 8 }, () => stage.store.claimDue(at(10), later, 15)));
    const rests = await stage.store.claimDue(at(10), later, 100);
    expect([...claims.flat(), ...rests].toSorted()).toEqual(ids.toSorted());
    for (const claimed of claims) expect(claimed.length).toBeLessThanOrEqual(15);
  });

  it('is claimed with as many others as were asked for at most, also when PostgreSQL has seen but one instance so far', async () => {
    const own = await StoreStage.open();
    const restAt = async (second: number): Promise<void> =>
      own.store.rest((await own.made(`due-${second}`)).instance, { wakeAt: at(second), watchClosely: false });
    await restAt(0);
    // for so small a table it would ask for the rows that are due again and again, each time without those it has taken
    await sql`VACUUM ANALYZE instances`.execute(own.database);
    for (let second = 1; second < 3; second += 1) await restAt(second);
    expect(await own.store.claimDue(at(10), later, 1)).toHaveLength(1);
    await own.close();
  });

  it('a rest for a snapshot that is no longer the newest changes nothing: a verb has come in between', async () => {
    const { instance } = await stage.made('raced');
    stage.now = at(200);
    await stage.commit(instance.id, { instance: { desired: 'stopped' }, nudge: true });
    await stage.store.rest(instance, { wakeAt: null, watchClosely: false });
    expect(await stage.store.claimDue(at(204), later, 100)).not.toContain(instance.id);
    expect(await stage.store.claimDue(at(205), later, 100)).toContain(instance.id);
  });

  it('a nudge is put into the queue for each', async () => {
    await stage.nudged();
    await stage.store.nudge(['b', 'a']);
    expect((await stage.nudged()).toSorted()).toEqual(['a', 'b']);
  });
});

describe('an answer about an instance of many attempts', () => {
  const MANY = 400;

  it('reads the last ones, those in doubt, and those of its machines; the reconciler reads all', async () => {
    const { instance } = await stage.made('tried-often');
    const machineId = 'm-tried-often';
    const attempts = Array.from({ length: MANY }, (_, at) => {
      const number = at + 1;
      const changes = number === 7 ? { machineId } : number === 9 ? ({ state: 'AMBIGUOUS' } as const) : REJECTED;
      return anAttempt({ number, tag: `tag-tried-${number}`, machineId: null, ...changes });
    });
    await stage.commit(instance.id, {
      instance: { machineId },
      attempts,
      machines: [aMachine('running', { machineId, attemptNumber: 7 }), aMachine('running', { attemptNumber: 8 })],
    });
    const last = Array.from({ length: SHOWN_ATTEMPTS }, (_, at) => MANY - SHOWN_ATTEMPTS + 1 + at);
    const [listed] = (await stage.store.list({ within: null, limit: 1, name: 'tried-often' })).snapshots;
    for (const snapshot of [
      listed,
      await stage.store.find('tried-often', null),
      await stage.store.find(instance.id, null),
    ]) {
      expect(snapshot?.attempts.map(({ number }) => number)).toEqual([7, 8, 9, ...last]);
    }
    expect((await stage.store.load(instance.id))?.attempts).toHaveLength(MANY);
    expect((await stage.store.loadAll([instance.id]))[0]?.attempts).toHaveLength(MANY);
  });
});
