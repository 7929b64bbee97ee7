import type { KyselyPlugin } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { advanceReadiness, beginReadiness } from '../../src/novita-instances/domain/readiness.js';
import { postgresCoreStore, type CoreStore } from '../support/core-store.js';
import { Guardian } from '../../src/machines/sweep/guardian.js';
import { ProbeWorkload } from '../../src/novita-instances/effects/probe-workload.js';
import { Reconciler, type Effects } from '../../src/novita-instances/workflow/reconcile.js';
import { aMachine, anAttempt, at, POLICY, T0 } from '../support/snapshot-builder.js';
import { queueInTable, StoreStage } from '../support/store-stage.js';

/** A fleet that is well is asked all day long whether it is: what that costs is most of what the service costs. */

const statements: string[] = [];
const counting: KyselyPlugin = {
  transformQuery: ({ node }) => {
    statements.push(node.kind);
    return node;
  },
  transformResult: ({ result }) => Promise.resolve(result),
};
const quiet = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

let stage: StoreStage;
let store: CoreStore;
beforeAll(async () => {
  stage = await StoreStage.open();
  const clock = { now: () => stage.now, monotonicMs: () => 0 };
  const database = stage.database.withPlugin(counting);
  store = postgresCoreStore(database, queueInTable(String), clock);
});
afterAll(() => stage.close());

const readyInstance = async (): Promise<string> => {
  const { instance } = await stage.made('ready');
  const { spec } = instance;
  const readiness = advanceReadiness(beginReadiness(spec.readiness, T0), spec.readiness, [{ ok: true }], T0);
  await stage.commit(instance.id, {
    instance: { machineId: 'm1', toldStatus: 'ready', progress: { ...instance.progress, readiness } },
    attempts: [anAttempt()],
    machines: [aMachine('running')],
  });
  return instance.id;
};

describe('a pass over an instance whose workload answers as before', () => {
  it('is one read of it, one of the guard, and one write that is its rest too', async () => {
    const id = await readyInstance();
    stage.now = at(31);
    let asked = 0;
    const prober = {
      probe: () => {
        asked += 1;
        return Promise.resolve({ ok: true } as const);
      },
    };
    const clock = { now: () => stage.now, monotonicMs: () => 0 };
    const guardian = new Guardian(store, clock, quiet);
    // nothing but the probe is asked for
    const effects = { probing: new ProbeWorkload(store, prober, clock, POLICY) } as Effects;
    const reconciler = new Reconciler(store, effects, guardian, clock, POLICY, quiet);
    statements.length = 0;
    await reconciler.reconcile(id, new AbortController().signal);
    expect(statements).toEqual(['SelectQueryNode', 'SelectQueryNode', 'UpdateQueryNode']);
    expect(asked).toBe(1);
    const { wake_at } = await stage.database
      .selectFrom('instances')
      .select('wake_at')
      .where('id', '=', id)
      .executeTakeFirstOrThrow();
    expect(wake_at).toEqual(at(58));
    expect((await stage.snapshot(id)).instance.progress.readiness.nextProbeAt).toEqual(at(58));
  });
});
