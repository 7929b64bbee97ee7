import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { anAttempt, at, T0 } from '../../test/support/snapshot-builder.js';
import { isCapacityReason, judgeRejection, retryPlacementAt, type RejectionSeen } from './rejection-policy.js';

/** What each reason that Novita documents for anything means when it comes as the answer to a create. */
const CONSIDERED: Record<string, string> = {
  'next-offer': `INSUFFICIENT_RESOURCE MIGRATE_INSUFFICIENT_RESOURCE CLUSTER_STATUS NODE_STATUS GPU_SPEC_USED
    CUDA_VERSION_INCOMPATIBLE UNSUPPORTED_BILLING_MODE`,
  'wait balance': `BALANCE_NOT_ENOUGH EXPIRED_OR_BALANCE_NOT_ENOUGH NOT_ENOUGH_BALANCE BILLING_BALANCE_NOT_ENOUGH
    DE_BALANCE_NOT_ENOUGH NOT_ENOUGH_BUDGET BUDGET_NOT_ENOUGH MEMBER_BUDGET_NOT_ENOUGH WALLET_NOT_FOUND
    CREATE_INSTANCE_LIMIT`,
  'wait rate-limit': 'RATE_LIMIT_EXCEEDED OPERATION_LIMIT DEPENDENT_RESOURCE_STATE SERVICE_NOT_AVAILABLE',
  'wait novita': `UNAUTHORIZED FORBIDDEN GET_TOKEN_FAILED USER_NOT_FOUND INVALID_USER_TOKEN BANNED_USER USER_IS_LOCKED
    PERMISSION_DENIED NO_PERMISSION MISSING_API_KEY INVALID_API_KEY FAILED_TO_AUTH API_NOT_ALLOWED FEATURE_NOT_ALLOWED
    API_NOT_FOUND VERIFY_TOKEN_FAILED`,
  doubt: 'UNKNOWN UNKNOWN_ERROR INTERNAL SERVER_ERROR SERVICE_ERROR DB_ERROR SEND_MSG_ERROR CONFLICT',
  'fail QUOTA_REACHED': 'CREATE_GPU_NUM_LIMIT NETWORK_MAX_LIMIT LIMIT_EXCEEDED_ERROR',
  'fail TEMPLATE_NOT_FOUND': 'TEMPLATE_NOT_FOUND TEMPLATE_IS_PRIVATE',
  'fail VOLUME_NOT_FOUND': 'NETWORK_STORAGE_NOT_FOUND',
  'fail REQUEST_REJECTED': `VALIDATOR VALIDATOR_PARAM REQUEST ILLEGAL_PARAMETERS INVALID_COMMAND_PARAM IMAGE_NOT_FOUND
    IMAGE_URL_OR_AUTH_ERROR IMAGE_TOO_LARGE IMAGE_AUTH_IN_USE IMAGE_PREWARM_NUM_LIMIT IMAGE_PREWARM_NO_NODES_AVAILABLE
    RESOURCE_NOT_FOUND NETWORK_NOT_FOUND NETWORK_IN_USE NETWORK_STORAGE_TOO_LARGE NETWORK_STORAGE_IN_USE
    NETWORK_STORAGE_UNAVAILABLE CUR_CLUSTER_NETWORK_STORAGE_NOT_SUPPORT
    INSTANCE_LOCAL_STORAGE_NOT_FOUND PREPAID_INSTANCE_NOT_SUPPORT_RELEASE CREATING_INSTANCE_NOT_SUPPORT_RENEWAL
    ORDER_NOT_FOUND SAVING_PLAN_ALREADY_EXISTS JOB_NOT_FOUND MIGRATION_JOB_NOT_BREAKABLE SERVERLESS_ENDPOINT_NOT_FOUND
    SERVERLESS_WORKER_NOT_FOUND SERVERLESS_PRODUCT_NOT_FOUND SERVERLESS_APP_NAME_IS_EXIST NOT_FOUNT TOO_MUCH_KEYS
    BUDGET_LIMIT_TOO_SMALL HUGGING_FACE_TOKEN_INVALID INVALID_PUBLIC_KEY INCORRECT_USER_SYNCER_REQUIRE_PARAMS
    WALLET_UNSUPPORT_RECHARGE_METHOD SEND_CODE_TOO_FAST`,
};
const table = Object.entries(CONSIDERED).flatMap(([verdict, reasons]) =>
  reasons.split(/\s+/).map((reason): [string, string] => [reason, verdict]),
);

const judge = (changes: Partial<RejectionSeen>) =>
  judgeRejection({
    reason: 'VALIDATOR',
    message: 'the sentence',
    httpStatus: 400,
    retryAfterSeconds: null,
    ...changes,
  });
const worded = (changes: Partial<RejectionSeen>): string => {
  const verdict = judge(changes);
  if (verdict.kind === 'wait') return `wait ${verdict.waitingFor}`;
  return verdict.kind === 'fail' ? `fail ${verdict.code}` : verdict.kind;
};

/** Every reason of the contract's ErrorReason, but for those of the billing pages. */
const documentedReasons = (): string[] => {
  const contract = readFileSync('test/novita-contract/novita-openapi-v1.yaml', 'utf8');
  const { components } = parse(contract) as {
    components: { schemas: { ErrorReason: Record<string, Record<string, number> & string[]> } };
  };
  const { ErrorReason } = components.schemas;
  return [
    ...Object.keys(ErrorReason['x-http'] ?? {}),
    ...Object.keys(ErrorReason['x-http-other-families'] ?? {}),
    ...(ErrorReason['x-console-only'] ?? []),
  ].map((reason) => reason.trim());
};

describe('a refused create', () => {
  it('every reason that Novita documents has been considered', () => {
    expect(table.map(([reason]) => reason).toSorted()).toEqual([...new Set(documentedReasons())].toSorted());
  });

  it.each(table)('%s: %s', (reason, verdict) => {
    expect(worded({ reason })).toBe(verdict);
  });

  it('a reason that nobody knows fails rather than buying again and again', () => {
    expect(worded({ reason: 'SOMETHING_NEW' })).toBe('fail REQUEST_REJECTED');
  });

  it.each([
    [429, 'CREATE_GPU_NUM_LIMIT', 'wait rate-limit'],
    [429, 'CREATE_INSTANCE_LIMIT', 'wait balance'],
    [429, 'SOMETHING_NEW', 'wait rate-limit'],
    [403, 'NOT_ENOUGH_BALANCE', 'wait balance'],
    [403, 'SOMETHING_NEW', 'wait novita'],
    [401, 'SOMETHING_NEW', 'wait novita'],
  ])('HTTP %i with %s: %s', (httpStatus, reason, verdict) => {
    expect(worded({ httpStatus, reason })).toBe(verdict);
  });

  it('Retry-After is heeded, and never shortens a wait', () => {
    expect(judge({ httpStatus: 429, reason: 'X', retryAfterSeconds: 42 })).toMatchObject({ seconds: 42 });
    expect(judge({ reason: 'BALANCE_NOT_ENOUGH', retryAfterSeconds: 1 })).toMatchObject({ seconds: 10 });
  });

  it('what people read names the reason and the sentence of Novita', () => {
    const said = 'Novita answered IMAGE_NOT_FOUND: the sentence';
    expect(judge({ reason: 'IMAGE_NOT_FOUND' })).toMatchObject({ message: expect.stringContaining(said) as string });
  });

  it('whoever goes on to the next offer also remembers the refused one: both ask the same question', () => {
    for (const [reason, verdict] of table) expect(isCapacityReason(reason)).toBe(verdict === 'next-offer');
  });
});

describe('the wait before the next try', () => {
  const ended = (...reasons: string[]) => reasons.map((reason, index) => anAttempt({ number: index + 1, reason }));
  const wait = (...reasons: string[]) => retryPlacementAt(ended(...reasons), 'NOT_SENT', 3, T0);

  it('doubles each time that a create ends the same way, up to five minutes', () => {
    expect(wait()).toEqual(at(3));
    expect(wait('NOT_SENT')).toEqual(at(6));
    expect(wait('NOT_SENT', 'NOT_SENT', 'NOT_SENT')).toEqual(at(24));
    expect(retryPlacementAt(ended(...Array<string>(50).fill('X')), 'X', 10, T0)).toEqual(at(300));
  });

  it('begins anew after another ending', () => {
    expect(wait('NOT_SENT', 'NOT_SENT', 'INSUFFICIENT_RESOURCE')).toEqual(at(3));
    expect(wait('INSUFFICIENT_RESOURCE', 'NOT_SENT')).toEqual(at(6));
  });

  it('is never shorter than what Novita asked for', () => {
    expect(retryPlacementAt(ended('X', 'X'), 'X', 900, T0)).toEqual(at(900));
  });
});
