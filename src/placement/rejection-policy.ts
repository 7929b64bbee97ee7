import { backOffAfter } from '../time/back-off.js';
import { addSeconds } from '../time/clock.js';
import type { FailureCode } from '../vocabulary/failure-code.js';
import type { WaitReason } from '../vocabulary/wait-reason.js';

/**
 * What a refused create means for the instance. Novita answers nearly everything with HTTP 400, so the reason decides.
 * An unknown reason fails the instance rather than buying again and again: a person reads it, and `start` tries anew.
 */
export type RejectionVerdict =
  /** Another offer may still be free. */
  | { kind: 'next-offer' }
  /** Nobody's request would be taken now: the same one again, later. */
  | { kind: 'wait'; waitingFor: WaitReason; seconds: number; detail: string }
  /** The answer does not tell whether the machine exists: it is looked for. */
  | { kind: 'doubt' }
  | { kind: 'fail'; code: FailureCode; message: string };

export interface RejectionSeen {
  reason: string;
  message: string;
  httpStatus: number;
  retryAfterSeconds: number | null;
}

const wordsOf = (text: string): ReadonlySet<string> => new Set(text.split(/\s+/).filter(Boolean));

/** This product has no room in this region, or not for such a machine. */
const CAPACITY = wordsOf(`
  INSUFFICIENT_RESOURCE MIGRATE_INSUFFICIENT_RESOURCE CLUSTER_STATUS NODE_STATUS GPU_SPEC_USED CUDA_VERSION_INCOMPATIBLE
  UNSUPPORTED_BILLING_MODE`);
const BALANCE = wordsOf(`
  BALANCE_NOT_ENOUGH EXPIRED_OR_BALANCE_NOT_ENOUGH NOT_ENOUGH_BALANCE BILLING_BALANCE_NOT_ENOUGH DE_BALANCE_NOT_ENOUGH
  NOT_ENOUGH_BUDGET BUDGET_NOT_ENOUGH MEMBER_BUDGET_NOT_ENOUGH WALLET_NOT_FOUND CREATE_INSTANCE_LIMIT`);
const QUOTA = wordsOf('CREATE_GPU_NUM_LIMIT NETWORK_MAX_LIMIT LIMIT_EXCEEDED_ERROR');
/** The key or the account is at fault, and no request of ours: whoever runs the service puts it right, and all goes on. */
const ACCOUNT = wordsOf(`
  UNAUTHORIZED FORBIDDEN GET_TOKEN_FAILED USER_NOT_FOUND INVALID_USER_TOKEN BANNED_USER USER_IS_LOCKED PERMISSION_DENIED
  NO_PERMISSION MISSING_API_KEY INVALID_API_KEY FAILED_TO_AUTH API_NOT_ALLOWED FEATURE_NOT_ALLOWED API_NOT_FOUND
  VERIFY_TOKEN_FAILED`);
/** Novita is busy with something that passes. */
const BUSY = wordsOf('RATE_LIMIT_EXCEEDED OPERATION_LIMIT DEPENDENT_RESOURCE_STATE SERVICE_NOT_AVAILABLE');
/** Something broke inside Novita, or "exists already": how far the create came is not said. */
const UNDECIDED = wordsOf('UNKNOWN UNKNOWN_ERROR INTERNAL SERVER_ERROR SERVICE_ERROR DB_ERROR SEND_MSG_ERROR CONFLICT');
const TEMPLATE = wordsOf('TEMPLATE_NOT_FOUND TEMPLATE_IS_PRIVATE');

export const isCapacityReason = (reason: string | null): boolean => reason !== null && CAPACITY.has(reason);

/* The first wait; each one that follows it is longer. */
const BALANCE_WAIT_SECONDS = 10;
const ACCOUNT_WAIT_SECONDS = 10;
const BUSY_WAIT_SECONDS = 10;

export const judgeRejection = ({ reason, message, httpStatus, retryAfterSeconds }: RejectionSeen): RejectionVerdict => {
  const said = `Novita answered ${reason}: ${message}`;
  const wait = (waitingFor: WaitReason, seconds: number, what: string): RejectionVerdict => ({
    kind: 'wait',
    waitingFor,
    seconds: Math.max(seconds, retryAfterSeconds ?? 0),
    detail: `${what} ${said}`,
  });
  const fail = (code: FailureCode, what: string): RejectionVerdict => ({
    kind: 'fail',
    code,
    message: `${what} ${said}`,
  });
  if (isCapacityReason(reason)) return { kind: 'next-offer' };
  if (BALANCE.has(reason)) {
    return wait(
      'balance',
      BALANCE_WAIT_SECONDS,
      'The Novita account has no balance left: top it up, or delete other instances, and this goes on by itself.',
    );
  }
  if (httpStatus === 429 || BUSY.has(reason)) {
    return wait(
      'rate-limit',
      retryAfterSeconds ?? BUSY_WAIT_SECONDS,
      'Novita limits requests or GPUs for this account: this goes on by itself.',
    );
  }
  if (QUOTA.has(reason)) {
    return fail(
      'QUOTA_REACHED',
      'The Novita account has reached its quota: release other instances or ask Novita for more, then start again.',
    );
  }
  if (httpStatus === 401 || httpStatus === 403 || ACCOUNT.has(reason)) {
    return wait(
      'novita',
      ACCOUNT_WAIT_SECONDS,
      'Novita does not accept the API key for this: check NOVITA_API_KEY and the account.',
    );
  }
  if (UNDECIDED.has(reason)) return { kind: 'doubt' };
  if (TEMPLATE.has(reason)) return fail('TEMPLATE_NOT_FOUND', 'The template cannot be used.');
  if (reason === 'NETWORK_STORAGE_NOT_FOUND')
    return fail('VOLUME_NOT_FOUND', 'A volume of the request does not exist.');
  return fail('REQUEST_REJECTED', 'Novita refused the request: correct it in a new instance, or start again.');
};

const MOST_DOUBLINGS = 5;
const LONGEST_WAIT_SECONDS = 300;

/** When a create may be tried again: later each time that it ends the same way, since every try leaves a row and an event. */
export const retryPlacementAt = (
  earlier: readonly { number: number; reason: string | null }[],
  ending: string,
  seconds: number,
  now: Date,
): Date => {
  const others = earlier.toSorted((a, b) => b.number - a.number).findIndex(({ reason }) => reason !== ending);
  const before = others === -1 ? earlier.length : others;
  return addSeconds(
    now,
    backOffAfter(Math.min(before, MOST_DOUBLINGS) + 1, { first: seconds, most: LONGEST_WAIT_SECONDS }),
  );
};
