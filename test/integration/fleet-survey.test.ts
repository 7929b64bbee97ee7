import { ulid } from 'ulid';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { NovitaClient } from '../../src/novita-api/novita-client.js';
import type { Offer } from '../../src/placement/offer.js';
import { Tagger } from '../../src/machines/domain/tag.js';
import { FleetFigures } from '../../src/fleet/fleet-figures.repository.js';
import { FLEET_SORTS, type Stranger } from '../../src/machines/store/machine-store.js';
import { FleetCommands } from '../../src/fleet/fleet-commands.js';
import { ReconcileTroubles } from '../../src/novita-instances/store/reconcile-troubles.repository.js';
import { FleetSurveyor } from '../../src/fleet/fleet-survey.js';
import { aMachine, anAttempt, at } from '../support/snapshot-builder.js';
import { StoreStage } from '../support/store-stage.js';

const OFFER: Offer = { ...anAttempt().offer, available: true, stock: 'normal' } as Offer;
const market = {
  currentOffers: () => Promise.resolve([OFFER]),
  knownOffers: () => Promise.resolve([OFFER]),
  template: () => Promise.resolve(null),
  volumesOf: () => Promise.resolve([]),
};

const PATIENCE_MS = 60_000;
let stage: StoreStage;
let fleetCommands: FleetCommands;
let surveyor: FleetSurveyor;
beforeEach(async () => {
  stage = await StoreStage.open();
  const clock = { now: () => stage.now, monotonicMs: () => stage.now.getTime() };
  const tagger = new Tagger('a1b2c3d4', 'the secret');
  fleetCommands = new FleetCommands(stage.store, stage.store, stage.store, {} as NovitaClient, market, tagger, clock);
  surveyor = new FleetSurveyor(
    fleetCommands,
    new FleetFigures(stage.database),
    new ReconcileTroubles(stage.database),
    market,
    { reportOnlyUntil: at(3600) },
    clock,
  );
});
afterEach(() => stage.close());

/** An instance that holds this machine, and surplus ones beside it. */
const holds = async (machineId: string, surplus: string[] = []): Promise<string> => {
  const { instance } = await stage.made(`holds-${machineId}`, { gpuNum: 2 });
  await stage.commit(instance.id, {
    instance: { machineId },
    attempts: [anAttempt({ machineId, tag: `tag-${machineId}` })],
    machines: [aMachine('running', { machineId }), ...surplus.map((id) => aMachine('running', { machineId: id }))],
  });
  return instance.id;
};
const aStranger = (machineId: string, changes: Partial<Stranger> = {}): Stranger => ({
  machineId,
  name: `name-of-${machineId}`,
  instanceId: null,
  attemptNumber: null,
  envInstanceId: null,
  envAttemptNumber: null,
  observation: aMachine('running').observation,
  make: {
    productId: OFFER.productId,
    productName: OFFER.productName,
    clusterId: OFFER.regionId,
    clusterName: OFFER.regionName,
    gpuNum: 4,
    billingMode: 'spot',
    image: null,
    rootfsSizeGb: 60,
  },
  ...changes,
});
const lost = (machineId: string): Stranger =>
  aStranger(machineId, { instanceId: `ins_${ulid(stage.now.getTime())}`, attemptNumber: 1 });

describe('the list of machines', () => {
  it('is walked to its end, each machine once and in order, whatever the size of a page', async () => {
    for (let index = 0; index < 6; index += 1) await holds(`m${3 * index}`, index === 2 ? ['m7', 'n1'] : []);
    await stage.store.recordStrangers([...['m4', 'm1', 'z'].map((id) => aStranger(id)), lost('m5')], at(1));
    const all = ['m0', 'm1', 'm12', 'm15', 'm3', 'm4', 'm5', 'm6', 'm7', 'm9', 'n1', 'z'];
    for (const limit of [1, 3, 6, 11, 12, 100]) {
      const seen: string[] = [];
      let pages = 0;
      for (let after: string | null = ''; after !== null; pages += 1) {
        const { machines, nextAfter } = await fleetCommands.machines(after, limit);
        seen.push(...machines.map(({ machineId }) => machineId));
        after = nextAfter;
      }
      expect(seen).toEqual(all);
      expect(pages).toBe(Math.ceil(all.length / limit));
    }
    expect((await fleetCommands.machines('', 100, ['twin'])).machines.map(({ machineId }) => machineId)).toEqual([
      'm7',
      'n1',
    ]);
    expect((await fleetCommands.machines('', 100, ['unknown'])).machines.map(({ machineId }) => machineId)).toEqual([
      'm5',
    ]);
    expect((await fleetCommands.machines('', 100, ['foreign'])).machines.map(({ machineId }) => machineId)).toEqual([
      'm1',
      'm4',
      'z',
    ]);
  });

  it('shows a machine that has become ours once', async () => {
    await stage.store.recordStrangers([lost('m0')], at(1));
    await holds('m0');
    expect(await stage.store.fleetAfter('', [...FLEET_SORTS], 10)).toMatchObject([{ machineId: 'm0' }]);
    expect((await surveyor.survey()).tallies.unknown.machines).toBe(0);
  });
});

describe('a survey of the fleet', () => {
  it('is taken once for all who ask at the same moment, and anew for those who come later', async () => {
    const surveys = await Promise.all(Array.from({ length: 50 }, () => surveyor.survey()));
    expect(new Set(surveys).size).toBe(1);
    await holds('m0');
    expect((await surveyor.survey()).tallies.bound.machines).toBe(1);
  });

  it('tells what instances hold from what is unaccounted for and from what is foreign, in machines and in money', async () => {
    await holds('m0', ['m1']);
    await stage.store.recordStrangers(
      [
        lost('l0'),
        lost('l1'),
        aStranger('f0'),
        aStranger('f1', { observation: aMachine('exited').observation }),
        aStranger('f2', { make: { ...aStranger('f2').make, productId: 'sold no more' } }),
      ],
      at(1),
    );
    const { tallies, unaccounted } = await surveyor.survey();
    expect(tallies.bound).toEqual({ machines: 1, pricePerHour: 2 * 18_000, unpriced: 0 });
    expect(tallies.twin).toEqual({ machines: 1, pricePerHour: 2 * 18_000, unpriced: 0 });
    expect(tallies.unknown).toEqual({ machines: 2, pricePerHour: 2 * 4 * 18_000, unpriced: 0 });
    expect(tallies.foreign).toEqual({ machines: 3, pricePerHour: 4 * 18_000, unpriced: 1 });
    expect(unaccounted).toEqual({ machines: 3, pricePerHour: 10 * 18_000, unpriced: 0 });
    await fleetCommands.ignore('l0');
    expect((await surveyor.survey()).unaccounted).toEqual({ machines: 2, pricePerHour: 6 * 18_000, unpriced: 0 });
  });

  it('counts a delete as overdue when it is not proved ten minutes after it was asked for', async () => {
    const id = await holds('m0', ['m1']);
    const { instance } = await stage.snapshot(id);
    await stage.commit(id, {
      instance: { desired: 'deleted', progress: { ...instance.progress, wantedAt: at(0) } },
    });
    const other = await holds('m2', ['m3']);
    stage.now = at(100);
    await stage.commit(other, { condemned: ['m3'] });
    stage.now = at(600);
    expect(await surveyor.survey()).toMatchObject({ deletes: { pending: 2, overdue: 0 }, oldestDeleteSeconds: 600 });
    stage.now = at(601);
    expect((await surveyor.survey()).deletes).toEqual({ pending: 2, overdue: 1, oldestAt: at(0) });
    await stage.commit(id, { instance: { deletedAt: at(601) }, gone: ['m0', 'm1'] });
    stage.now = at(701);
    expect((await surveyor.survey()).deletes).toEqual({ pending: 1, overdue: 1, oldestAt: at(100) });
    await stage.commit(other, { gone: ['m3'] });
    expect(await surveyor.survey()).toMatchObject({
      deletes: { pending: 0, overdue: 0, oldestAt: null },
      oldestDeleteSeconds: 0,
    });
  });

  it('says until when machines are only reported, and is shared by those who ask at the same moment', async () => {
    expect((await surveyor.recent(PATIENCE_MS)).reportOnlyUntil).toEqual(at(3600));
    await holds('m0');
    expect((await surveyor.recent(PATIENCE_MS)).tallies.bound.machines).toBe(0);
    stage.now = at(3601);
    const later = await surveyor.recent(PATIENCE_MS);
    expect([later.reportOnlyUntil, later.tallies.bound.machines]).toEqual([null, 1]);
  });
});
