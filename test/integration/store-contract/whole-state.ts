import { FLEET_SORTS } from '../../../src/machines/store/machine-store.js';
import { addSeconds } from '../../../src/time/clock.js';
import { readLearned } from './memory-commands.js';
import { normalEvents, normalSnapshot, normalResult, sortedByMachine, type BothStores } from './both-stores.js';
import { INSTANCE_IDS, MACHINE_IDS, REGIONS, STATUSES } from './small-world.js';

const MANY = 1_000;
const CALLERS = ['somebody', 'somebody else'];
const KEYS = ['k1', 'k2', 'k3'];

/** Everything that can be read of the stores, and then what only shows when it is used: wake-ups, counts and limits. */
export const compareWholeState = async (both: BothStores): Promise<void> => {
  await both.ask(
    (store) => store.list({ within: null, status: STATUSES, limit: MANY }),
    ({ snapshots }) => snapshots.map(normalSnapshot),
  );
  await both.ask(
    (store) => store.loadAll(INSTANCE_IDS),
    (all) => all.map(normalSnapshot).toSorted((a, b) => (a.instance.id < b.instance.id ? -1 : 1)),
  );
  for (const { instance } of both.memory.allSnapshots()) {
    await both.ask((store) => store.events(instance.id, 0, MANY), normalEvents);
  }
  await both.followEvents({ within: null, limit: 7 });
  for (const caller of CALLERS) {
    for (const key of KEYS)
      await both.ask((store) => store.findByKey({ caller, key, fingerprint: 'same' }), normalResult);
  }
  await both.ask(
    (store) => store.list({ within: null, status: STATUSES, region: REGIONS[0] ?? '', limit: MANY }),
    ({ snapshots }) => snapshots.map(({ instance }) => instance.id),
  );
  await both.ask((store) => store.strangers(MACHINE_IDS));
  await both.ask((store) => store.fleetAfter('', [...FLEET_SORTS], MANY));
  await both.ask((store) => store.guard());
  await both.ask((store) => store.watchedMachines(), sortedByMachine);
  await both.ask((store) => store.countOpenAttempts(both.now));
  await both.ask((store) => store.knownInstances(INSTANCE_IDS));
  await both.ask(
    (store) => store.ownersOf(MACHINE_IDS),
    (owners) => [...owners].sort(),
  );
  for (const image of ['image:1', 'template:7']) await readLearned(both, image);
  await both.expectSameEnqueued();
  await compareHidden(both);
};

const compareHidden = async (both: BothStores): Promise<void> => {
  for (const seconds of [5, 60]) {
    await both.ask(
      (store) => store.claimDue(addSeconds(both.now, seconds), addSeconds(both.now, MANY), MANY),
      (ids) => ids.toSorted(),
    );
  }
  // each condemnation finds what was condemned by code until then
  for (const machineId of MACHINE_IDS.slice(0, 4)) {
    await both.ask((store) => store.condemnByCode(machineId, both.now, both.ago(3600), (fleet) => fleet / 2));
  }
  await both.ask((store) => store.concludePass({ startedAt: both.now, seen: [], spacingSeconds: 20 }));
  await both.ask(
    (store) => store.list({ within: null, status: STATUSES, limit: MANY }),
    ({ snapshots }) => snapshots.map(normalSnapshot),
  );
};
