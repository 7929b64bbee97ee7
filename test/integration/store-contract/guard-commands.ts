import fc from 'fast-check';
import type { Cause } from '../../../src/vocabulary/principal.js';
import {
  distrust,
  freezeForKills,
  GUARD_POLICY,
  resume,
  type Guard,
} from '../../../src/machines/domain/fleet-guard.js';
import { addSeconds } from '../../../src/time/clock.js';
import { command } from './command.js';
import { machineId } from './small-world.js';
import { record } from './record.js';
import type { Outcome } from './tally.js';

const guard = command('guard', 2, fc.constant(null), async (both) => {
  const answer = await both.ask((store) => store.guard());
  both.tally.count('guard: read');
  both.tally.countIf('value' in answer && answer.value.frozen !== null, 'guard: read while frozen');
});

/** What the code and persons do to the guard, and what may go wrong on the way. */
const CHANGES: Record<string, { outcome: Outcome; change: (guard: Guard, now: Date) => Guard | null }> = {
  freeze: { outcome: 'changeGuard: frozen', change: (guard, now) => freezeForKills(guard, now, 3) },
  resume: { outcome: 'changeGuard: resumed', change: resume },
  distrust: { outcome: 'changeGuard: distrusted', change: (guard, now) => distrust(guard, guard.epoch + 3, now) },
  verify: {
    outcome: 'changeGuard: verified',
    change: (guard, now) => ({ ...guard, verifiedAt: now, distrustedAt: null }),
  },
  pause: {
    outcome: 'changeGuard: creates paused',
    change: (guard, now) => ({
      ...guard,
      createsPaused: {
        until: addSeconds(now, 60),
        waitingFor: 'balance',
        detail: 'nothing left',
        tries: (guard.createsPaused?.tries ?? 0) + 1,
      },
    }),
  },
  leave: { outcome: 'changeGuard: left', change: () => null },
  throw: {
    outcome: 'changeGuard: thrown',
    change: () => {
      throw new Error('second thoughts');
    },
  },
};

const changeGuard = command('changeGuard', 5, fc.constantFrom(...Object.keys(CHANGES)), async (both, kind) => {
  const chosen = CHANGES[kind];
  if (!chosen) throw new Error(`nothing is called ${kind}`);
  const cause: Cause = kind === 'resume' ? { actor: 'operator', requestId: 'r2' } : GUARD_POLICY;
  await both.ask((store) => store.changeGuard((guard) => chosen.change(guard, both.now), cause));
  both.tally.count(chosen.outcome);
});

const condemnation = record({
  machineId,
  window: fc.constantFrom(60, 600, 3600),
  limit: fc.nat(3),
  share: fc.constantFrom(0, 0.3),
});

const condemnByCode = command('condemnByCode', 8, condemnation, async (both, { machineId, window, limit, share }) => {
  const before = both.machine(machineId);
  const limitOf = (fleet: number): number => limit + Math.floor(fleet * share);
  const answer = await both.ask((store) => store.condemnByCode(machineId, both.now, both.ago(window), limitOf));
  if (!('value' in answer)) return;
  if (!answer.value) both.tally.count('condemnByCode: refused');
  else if (!before) both.tally.count('condemnByCode: not ours');
  else both.tally.count(before.condemnedAt ? 'condemnByCode: condemned already' : 'condemnByCode: condemned');
});

export const guardCommands = [guard, changeGuard, condemnByCode];
