import Type, { type Static } from 'typebox';
import { addSeconds, secondsBetween } from '../../time/clock.js';
import { withSpan } from '../../time/held-up.js';
import { Time, word } from '../../vocabulary/shape.js';
import type { WaitReason } from '../../vocabulary/wait-reason.js';
import { NO_SIGHT, type Sight } from './sight.js';

/**
 * What stands between the code and other people's machines. Code decides by itself to buy, to delete what is surplus,
 * and to declare machines lost; all of that is held while the database may not know what is true at Novita.
 */
export interface Guard {
  /** Counts writes. A smaller number than one seen before means that the database has lost commits. */
  epoch: number;
  /** When the last complete walk through Novita's list began that showed nothing to be alarmed about. */
  verifiedAt: Date | null;
  /** When the database was seen to have lost commits: what it says is not believed before a walk that began after that. */
  distrustedAt: Date | null;
  /** Why Novita's list could not be read the last time, in a sentence; null: it could. */
  trouble: string | null;
  frozen: Freeze | null;
  /** Novita would refuse every create: none is sent before `until`, and then one to see. */
  createsPaused: CreatesPause | null;
  /** When a person last ended a freeze: what led to it does not count again. */
  resumedAt: Date | null;
  sight: Sight;
}

export const FREEZE_REASONS = ['unknown-machines', 'restored-database', 'fleet-vanished', 'kill-rate'] as const;
export type FreezeReason = (typeof FREEZE_REASONS)[number];

export const FreezeShape = Type.Object({
  at: Time,
  why: word<FreezeReason>(),
  /** A sentence that a person can act on. */
  detail: Type.String(),
});
export type Freeze = Static<typeof FreezeShape>;

/** What changes of the guard by the code's own judgement are told as. */
export const GUARD_POLICY = { actor: 'policy:fleet-guard', requestId: null } as const;

/** What a change of the guard means to those who follow the fleet. */
export const guardEvents = (before: Guard, after: Guard) => {
  if (after.frozen && !before.frozen) {
    const { why, detail } = after.frozen;
    return [{ type: 'fleet.frozen' as const, data: { why, detail } }];
  }
  if (before.frozen && !after.frozen) {
    const { why, at } = before.frozen;
    return [{ type: 'fleet.resumed' as const, data: { why, frozenAt: at.toISOString() } }];
  }
  return [];
};

export const CreatesPauseShape = Type.Object({
  until: Time,
  waitingFor: word<WaitReason>(),
  detail: Type.String(),
  /** Creates in a row that were refused so. */
  tries: Type.Integer(),
});
export type CreatesPause = Static<typeof CreatesPauseShape>;

export const NEW_GUARD: Guard = {
  epoch: 0,
  verifiedAt: null,
  distrustedAt: null,
  trouble: null,
  frozen: null,
  createsPaused: null,
  resumedAt: null,
  sight: NO_SIGHT,
};

/** What one complete walk showed of the fleet as a whole. */
export interface Census {
  /** Machines with a valid tag that no row explains and that no person has decided on. */
  unknown: { machineId: string; madeAt: Date }[];
  /** Live machines of ours that are old enough to be in every list and are not being deleted. */
  expected: number;
  /** Of those, how many the walk did not show. */
  missing: number;
}

/** So long a walk is believed. Longer than the gap between walks of a large fleet, shorter than any backup is old. */
const VERIFIED_FOR_SECONDS = 300;
/** More unknown machines than this were not lost one by one. */
const MOST_UNKNOWN = 3;
/** A tag that is so much younger than anything this database has seen was made by a later state of it. */
const RESTORED_AGE_SECONDS = 3600;
/** A fleet smaller than this may vanish without anything being wrong. */
const VANISH_MIN_FLEET = 4;
/** So long a person's word stands that the machines are gone in truth. */
const WORD_SECONDS = 3600;
const KILLS_AT_LEAST = 3;
const KILL_SHARE = 0.05;
const KILL_WINDOW_SECONDS = 3600;
/** What one replica's clock wrote is compared with another's. */
const CLOCKS_DIFFER_SECONDS = 5;

export interface Hold {
  waitingFor: Extract<WaitReason, 'frozen' | 'unverified'>;
  detail: string;
}

/** Why code may not act on its own judgement now; null: it may. */
export const holdOf = (guard: Guard, now: Date): Hold | null => {
  if (guard.frozen) {
    return {
      waitingFor: 'frozen',
      detail: `Novitai is frozen (${guard.frozen.why}): ${guard.frozen.detail}`,
    };
  }
  const isVerified =
    guard.distrustedAt === null &&
    guard.verifiedAt !== null &&
    secondsBetween(guard.verifiedAt, now) <= VERIFIED_FOR_SECONDS;
  return isVerified
    ? null
    : {
        waitingFor: 'unverified',
        detail: guard.trouble
          ? `Novita cannot be asked now: ${guard.trouble}. This goes on by itself when it can.`
          : guard.verifiedAt
            ? `Novita's list has not been read completely since ${guard.verifiedAt.toISOString()}: this goes on when it has.`
            : "Novita's list has not been read completely yet: this goes on when it has.",
      };
};

/** Since when code may not act on its own judgement. Null: it may. */
export const guardHeldSince = (guard: Guard, now: Date): Date | null => {
  if (!holdOf(guard, now)) return null;
  const { frozen, distrustedAt, verifiedAt } = guard;
  const unverifiedAt = verifiedAt ? addSeconds(verifiedAt, VERIFIED_FOR_SECONDS) : new Date(0);
  const since = [frozen?.at, distrustedAt, unverifiedAt].flatMap((time) => (time && time <= now ? [time] : []));
  return since.length > 0 ? new Date(Math.min(...since.map((time) => time.getTime()))) : now;
};

/** What is no longer held was held until now: that time counts against no deadline. */
const released = (before: Guard, after: Guard, at: Date): Guard => {
  const from = guardHeldSince(before, at);
  if (!from || holdOf(after, at)) return after;
  return { ...after, sight: { ...after.sight, held: withSpan(after.sight.held, { from, to: at }) } };
};

/**
 * Whether the last command may be older than what the caller wants now: then it is not carried out while something is held.
 * Before the list is read, the age of the database is unknown. A command from a moment ago cannot come from a backup.
 */
export const isStaleCommand = (wantedAt: Date, { frozen }: Guard, now: Date): boolean =>
  wantedAt <= (frozen?.at ?? addSeconds(now, -VERIFIED_FOR_SECONDS));

/** How many machines code may condemn in an hour. */
export const killLimit = (fleet: number): number => Math.max(KILLS_AT_LEAST, Math.floor(fleet * KILL_SHARE));

/** From when on they are counted. Clocks of replicas differ: what one condemns right after a resume is not to look older than it. */
export const killsCountSince = ({ resumedAt }: Guard, now: Date): Date => {
  const windowBegan = addSeconds(now, -KILL_WINDOW_SECONDS);
  const counted = resumedAt && addSeconds(resumedAt, -CLOCKS_DIFFER_SECONDS);
  return counted && counted > windowBegan ? counted : windowBegan;
};

/** A person has looked at what led to the freeze. */
export const resume = (guard: Guard, now: Date): Guard | null =>
  guard.frozen && released(guard, { ...guard, frozen: null, resumedAt: now }, now);

/** What a complete walk that began at `startedAt` means for the guard. */
export const guardAfterPass = (guard: Guard, census: Census, startedAt: Date): Guard => {
  // a person has answered for what was seen until then
  if (guard.resumedAt && startedAt <= addSeconds(guard.resumedAt, CLOCKS_DIFFER_SECONDS)) return guard;
  const alarm = alarmOf(guard, census, startedAt);
  if (alarm) return { ...guard, trouble: null, frozen: guard.frozen ?? { at: startedAt, ...alarm } };
  // what was read before the commits were lost says nothing of the database as it is now
  if (guard.distrustedAt && startedAt <= addSeconds(guard.distrustedAt, CLOCKS_DIFFER_SECONDS)) return guard;
  // what has come back needs nobody's word
  const frozen = guard.frozen?.why === 'fleet-vanished' ? null : guard.frozen;
  return released(guard, { ...guard, frozen, verifiedAt: startedAt, distrustedAt: null, trouble: null }, startedAt);
};

const alarmOf = (guard: Guard, { unknown, expected, missing }: Census, startedAt: Date): Omit<Freeze, 'at'> | null => {
  const { verifiedAt, resumedAt } = guard;
  const isFromLater = ({ madeAt }: { madeAt: Date }): boolean =>
    verifiedAt !== null && madeAt > addSeconds(verifiedAt, RESTORED_AGE_SECONDS);
  if (unknown.some(isFromLater)) {
    return {
      why: 'restored-database',
      detail: `${unknown.length} machines with our tag are younger than this database. Decide on each in GET /api/machines, then POST /api/fleet/resume.`,
    };
  }
  if (unknown.length > MOST_UNKNOWN) {
    return {
      why: 'unknown-machines',
      detail: `${unknown.length} machines carry our tag, and this database knows nothing of them. Decide on each in GET /api/machines, then POST /api/fleet/resume.`,
    };
  }
  const isWord = resumedAt !== null && secondsBetween(resumedAt, startedAt) < WORD_SECONDS;
  if (!isWord && expected >= VANISH_MIN_FLEET && missing > expected / 2) {
    return {
      why: 'fleet-vanished',
      detail: `Novita's list shows ${expected - missing} of ${expected} machines. Is NOVITA_API_KEY the key of the right account? This ends by itself when they are back.`,
    };
  }
  return null;
};

export const freezeForKills = (guard: Guard, at: Date, limit: number): Guard =>
  guard.frozen
    ? guard
    : {
        ...guard,
        frozen: {
          at,
          why: 'kill-rate',
          detail: `More than ${limit} machines in an hour were to be deleted as one too many. Look at GET /api/machines, then POST /api/fleet/resume.`,
        },
      };

/** The database has lost commits. A command given during a freeze may have been among them: the freeze begins anew. */
export const distrust = (guard: Guard, epochSeen: number, at: Date): Guard => ({
  ...guard,
  epoch: Math.max(guard.epoch, epochSeen),
  distrustedAt: at,
  frozen: guard.frozen && { ...guard.frozen, at },
});
