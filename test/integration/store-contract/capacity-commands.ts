import fc from 'fast-check';
import { DEFAULT_PROJECT_ID } from '../../../src/vocabulary/project.js';
import { command } from './command.js';
import { record } from './record.js';
import { index, OTHER_PROJECT_ID } from './small-world.js';

/** Those who wait for capacity, and the looks at the catalogue for them. */

const waits = command(
  'beginsToWait',
  6,
  record({ index, awaitsOffer: fc.boolean(), ago: fc.constantFrom(0, 5, 31) }),
  async (both, given) => {
    const before = both.snapshot(both.near(given.index))?.instance;
    if (!before) return;
    const placement = { ...before.progress.placement, awaitsOffer: given.awaitsOffer, since: both.ago(given.ago) };
    const after = { ...before, desired: 'running' as const, progress: { ...before.progress, placement } };
    await both.ask((store) => store.commit({ before, after, actor: 'reconciler' }));
  },
);

const waiting = command('waitingForCapacity', 3, fc.constantFrom(1, 50), async (both, limit) => {
  const answer = await both.ask(async (store) =>
    (await store.waitingForCapacity(limit)).map(({ id, spec, progress }) => ({ id, spec, progress })),
  );
  if (!('value' in answer)) return;
  both.tally.count(answer.value.length > 0 ? 'waitingForCapacity: some' : 'waitingForCapacity: none');
});

const look = command('claimCapacityLook', 3, fc.constantFrom(0, 10, 60), async (both, everySeconds) => {
  const answer = await both.ask((store) => store.claimCapacityLook(both.now, everySeconds));
  if ('value' in answer) both.tally.count(answer.value ? 'claimCapacityLook: may look' : 'claimCapacityLook: too soon');
});

const standing = command('standingOf', 3, record({ index, ago: fc.constantFrom(0, 5, 31) }), async (both, given) => {
  const known = both.snapshot(both.near(given.index))?.instance;
  const instance = known ?? { id: 'ins_x', projectId: DEFAULT_PROJECT_ID };
  const other = { id: instance.id, projectId: OTHER_PROJECT_ID };
  for (const one of [instance, other]) {
    const answer = await both.ask((store) => store.standingOf(one, both.ago(given.ago)));
    if ('value' in answer) both.tally.countIf(answer.value.ahead > 0, 'standingOf: some wait longer');
  }
});

export const capacityCommands = [waits, waiting, look, standing];
