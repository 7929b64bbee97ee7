import { holdOf, type Guard } from '../../machines/domain/fleet-guard.js';
import { addSeconds } from '../../time/clock.js';
import type { WaitReason } from '../../vocabulary/wait-reason.js';
import { capacitySeconds, isWithoutOffer } from '../domain/capacity-wait.js';
import { deadlineOf } from '../domain/deadlines.js';
import type { Snapshot } from '../domain/instance.js';
import { judgeMachine } from '../domain/machine-verdict.js';
import { shownBroken } from '../domain/recovery.js';
import { HELD_RECHECK_SECONDS, MAX_UNCERTAIN_ATTEMPTS, type Policy } from '../domain/policy.js';
import { mayBuy, unreadableMessage } from '../domain/unreadable.js';
import { beforeDeadline, fail, rest, type Step } from './step.js';

/** A walk through the list ends this hold, and one is due at once. */
const UNVERIFIED_RECHECK_SECONDS = 2;
const CREATES_OFF = 'The operator has switched creates off (CREATES_ENABLED).';

const AWAITS_OFFER = 'No fitting offer is free: the instance is handed the next one that is.';

/** The next step of an instance that should run and has no machine. */
export const stepToPlace = (snapshot: Snapshot, guard: Guard, now: Date, policy: Policy): Step => {
  const { instance, attempts } = snapshot;
  const { placement, unpullable } = instance.progress;
  if (unpullable !== null) return fail('IMAGE_PULL_FAILED', unpullable, 'release');
  const delay = snapshot.base ? null : shownBroken(instance)?.delay;
  if (delay && now < delay.until) return rest(delay.until);
  const uncertain = attempts.filter(({ state, sentAt }) => state === 'ABSENT' && sentAt >= placement.since);
  if (uncertain.length >= MAX_UNCERTAIN_ATTEMPTS) {
    return fail(
      'CREATE_UNCERTAIN',
      `${uncertain.length} creates in a row got no answer from Novita. Nothing is left running; start again when Novita is well.`,
      'release',
    );
  }
  const held = buyingHeld(snapshot, guard, now, policy);
  if (held) {
    const { waitingFor, detail, until } = held;
    return placement.waitingFor === waitingFor && placement.detail === detail
      ? rest(until)
      : { do: 'hold', waitingFor, detail };
  }
  const wait = placement.notBefore && placement.notBefore > now ? placement.notBefore : null;
  const place = (): Step => {
    if (!isWithoutOffer(placement, now)) return wait ? rest(wait) : { do: 'place' };
    if (placement.waitingFor === 'capacity') return rest(null);
    return wait ? rest(wait) : { do: 'hold', waitingFor: 'capacity', detail: AWAITS_OFFER };
  };
  // the machine that Novita takes back goes on meanwhile: to wait costs nothing
  if (snapshot.base?.instance.replacement?.reason === 'reclaim') return place();
  return beforeDeadline(deadlineOf('capacity', snapshot, guard, now, policy), now, place, () =>
    fail('NO_CAPACITY', nothingBought(capacitySeconds(instance.spec, policy), placement.detail), 'release'),
  );
};

/** @param why with or without a full stop */
const nothingBought = (seconds: number, why: string | null): string =>
  `Nothing could be bought within ${seconds} s: ${(why ?? 'no offer was free').replace(/\.$/, '')}. Start again, or ask for other regions, products or prices.`;

/** Why nothing is bought now although this instance would need it. */
const buyingHeld = (
  snapshot: Snapshot,
  guard: Guard,
  now: Date,
  { createsEnabled }: Policy,
): { waitingFor: WaitReason; detail: string; until: Date } | null => {
  const recheck = addSeconds(now, HELD_RECHECK_SECONDS);
  if (!mayBuy(snapshot.instance)) {
    return { waitingFor: 'unreadable', detail: unreadableMessage(snapshot.instance) ?? '', until: recheck };
  }
  if (!createsEnabled) return { waitingFor: 'paused', detail: CREATES_OFF, until: recheck };
  const hold = holdOf(guard, now);
  if (hold)
    return { ...hold, until: hold.waitingFor === 'frozen' ? recheck : addSeconds(now, UNVERIFIED_RECHECK_SECONDS) };
  // while surplus machines are only reported, this machine stays: another machine beside it would be paid for too
  const surplus = snapshot.machines.find((machine) => judgeMachine(snapshot, machine) === 'twin');
  if (surplus) {
    return {
      waitingFor: 'unverified',
      detail: `Machine ${surplus.machineId} carries this instance's tag and is not deleted yet: decide on it in GET /api/machines.`,
      until: recheck,
    };
  }
  const { createsPaused } = guard;
  return createsPaused && createsPaused.until > now ? createsPaused : null;
};
