import type { FailureCode, WaitReason } from './instance.js';

/**
 * What a refused create means for the instance. Novita answers nearly everything with HTTP 400, so the reason decides.
 * An unknown reason fails the instance rather than buying again and again: a person reads it, and `start` tries anew.
 */
export type RejectionVerdict =
  | { kind: 'next-offer' }
  | { kind: 'wait'; waitingFor: WaitReason; seconds: number; detail: string }
  | { kind: 'fail'; code: FailureCode; message: string };

export interface RejectionSeen {
  reason: string;
  message: string;
  httpStatus: number;
  retryAfterSeconds: number | null;
}

const CAPACITY = new Set([
  'INSUFFICIENT_RESOURCE',
  'CLUSTER_STATUS',
  'NODE_STATUS',
  'GPU_SPEC_USED',
  'CUDA_VERSION_INCOMPATIBLE',
]);
const BALANCE = new Set([
  'BALANCE_NOT_ENOUGH',
  'EXPIRED_OR_BALANCE_NOT_ENOUGH',
  'NOT_ENOUGH_BALANCE',
  'BILLING_BALANCE_NOT_ENOUGH',
  'DE_BALANCE_NOT_ENOUGH',
  'NOT_ENOUGH_BUDGET',
  'BUDGET_NOT_ENOUGH',
  'MEMBER_BUDGET_NOT_ENOUGH',
]);
const QUOTA = new Set(['CREATE_INSTANCE_LIMIT', 'CREATE_GPU_NUM_LIMIT']);

/** Another offer may still be free. */
export const isCapacityReason = (reason: string): boolean => CAPACITY.has(reason);

const BALANCE_WAIT_SECONDS = 60;
const RATE_LIMIT_WAIT_SECONDS = 15;

export const judgeRejection = ({ reason, message, httpStatus, retryAfterSeconds }: RejectionSeen): RejectionVerdict => {
  const said = `Novita answered ${reason}: ${message}`;
  if (isCapacityReason(reason)) return { kind: 'next-offer' };
  if (BALANCE.has(reason)) {
    return {
      kind: 'wait',
      waitingFor: 'balance',
      seconds: BALANCE_WAIT_SECONDS,
      detail: `The Novita account has no balance left: top it up, and this goes on by itself. ${said}`,
    };
  }
  if (httpStatus === 429) {
    return {
      kind: 'wait',
      waitingFor: 'rate-limit',
      seconds: retryAfterSeconds ?? RATE_LIMIT_WAIT_SECONDS,
      detail: `Novita limits requests or GPUs for this account. ${said}`,
    };
  }
  if (httpStatus === 401 || httpStatus === 403) {
    return {
      kind: 'wait',
      waitingFor: 'novita',
      seconds: BALANCE_WAIT_SECONDS,
      detail: `Novita does not accept the API key: check NOVITA_API_KEY. ${said}`,
    };
  }
  if (QUOTA.has(reason)) {
    return {
      kind: 'fail',
      code: 'QUOTA_REACHED',
      message: `The Novita account has reached its quota: release other instances or ask Novita for more, then start again. ${said}`,
    };
  }
  return {
    kind: 'fail',
    code: 'REQUEST_REJECTED',
    message: `Novita refused the request: correct it in a new instance, or start again. ${said}`,
  };
};
