import fc from 'fast-check';
import { addSeconds } from '../../../src/time/clock.js';
import type { BothStores } from './both-stores.js';
import { command } from './command.js';
import { index, INSTANCE_IDS, restFrom, resting } from './small-world.js';
import { record } from './record.js';

const wait = command('wait', 14, fc.constantFrom(0.001, 1, 2, 5, 20, 30, 61, 301, 601), (both, seconds) => {
  both.wait(seconds);
  return Promise.resolve();
});

const restOfOne = record({ index, behind: fc.constantFrom(0, 0, 0, 1), rest: resting });
const rest = command('rest', 6, restOfOne, async (both, { index, behind, rest }) => {
  const near = both.near(index);
  const known = both.snapshot(near);
  const version = (known?.instance.version ?? 1) - behind;
  await both.ask((store) => store.rest({ id: INSTANCE_IDS[near] ?? '', version }, restFrom(rest, both.now)));
  both.tally.count(!known ? 'rest: no such instance' : behind ? 'rest: stale version' : 'rest: written');
});

const claiming = record({ againIn: fc.constantFrom(1, 5, 60), limit: fc.constantFrom(1, 2, 5, 50) });
const claimDue = command('claimDue', 6, claiming, async (both, { againIn, limit }) => {
  const decided = await upToTheLastOfItsInstant(both, limit);
  const answer = await both.ask(
    (store) => store.claimDue(both.now, addSeconds(both.now, againIn), decided),
    (ids) => ids.toSorted(),
  );
  if (!('value' in answer)) return;
  both.tally.count(answer.value.length > 0 ? 'claimDue: some' : 'claimDue: none');
  both.tally.countIf(answer.value.length === decided, 'claimDue: cut at the limit');
});

/** Which of two that are due since one instant comes first is nobody's promise: the limit is moved so that it does not matter. */
const upToTheLastOfItsInstant = async ({ stage, now }: BothStores, limit: number): Promise<number> => {
  const due = await stage.database
    .selectFrom('instances')
    .select('wake_at')
    .where('wake_at', '<=', now)
    .orderBy('wake_at')
    .execute();
  const last = due[limit - 1]?.wake_at?.getTime();
  return last === undefined ? limit : due.filter(({ wake_at }) => (wake_at?.getTime() ?? 0) <= last).length;
};

const nudge = command('nudge', 2, fc.array(index, { maxLength: 4 }), async (both, indexes) => {
  await both.ask((store) => store.nudge(indexes.map((index) => INSTANCE_IDS[index] ?? '')));
  both.tally.countIf(indexes.length > 1, 'nudge: several');
});

export const wakeCommands = [wait, rest, claimDue, nudge];
