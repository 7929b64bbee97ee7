import { cleanLine } from '../../redaction/clean-text.js';
import { isJsonObject, parseJson, readInteger } from './read-fields.js';

/** An error answer of Novita itself. Any other answer with the same status came from a proxy and proves nothing. */
export interface NovitaError {
  /** UPPER_SNAKE. */
  reason: string;
  /** Unchanged, and may repeat secrets: for comparing only. */
  message: string;
}

/** Documented reasons. A message may contain one of them when `reason` has none. */
const DOCUMENTED_REASONS = new Set(
  `UNKNOWN GET_TOKEN_FAILED FORBIDDEN UNAUTHORIZED USER_NOT_FOUND INVALID_USER_TOKEN BANNED_USER RATE_LIMIT_EXCEEDED
  RESOURCE_NOT_FOUND CONFLICT VALIDATOR_PARAM REQUEST OPERATION_LIMIT INSUFFICIENT_RESOURCE CLUSTER_STATUS NODE_STATUS
  DEPENDENT_RESOURCE_STATE PREPAID_INSTANCE_NOT_SUPPORT_RELEASE CREATING_INSTANCE_NOT_SUPPORT_RENEWAL
  INSTANCE_LOCAL_STORAGE_NOT_FOUND INVALID_COMMAND_PARAM GPU_SPEC_USED MIGRATE_INSUFFICIENT_RESOURCE WALLET_NOT_FOUND
  BALANCE_NOT_ENOUGH UNSUPPORTED_BILLING_MODE EXPIRED_OR_BALANCE_NOT_ENOUGH ORDER_NOT_FOUND SAVING_PLAN_ALREADY_EXISTS
  CREATE_INSTANCE_LIMIT NETWORK_STORAGE_TOO_LARGE CUR_CLUSTER_NETWORK_STORAGE_NOT_SUPPORT NETWORK_STORAGE_IN_USE
  NETWORK_STORAGE_UNAVAILABLE NETWORK_STORAGE_NOT_FOUND IMAGE_NOT_FOUND IMAGE_AUTH_IN_USE NETWORK_NOT_FOUND
  NETWORK_IN_USE NETWORK_MAX_LIMIT SEND_MSG_ERROR JOB_NOT_FOUND SERVERLESS_ENDPOINT_NOT_FOUND
  SERVERLESS_WORKER_NOT_FOUND SERVERLESS_PRODUCT_NOT_FOUND SERVERLESS_APP_NAME_IS_EXIST TEMPLATE_IS_PRIVATE
  TEMPLATE_NOT_FOUND LIST_BILL_TOO_FAST INVALID_PRODUCT_CATEGORY INVALID_BILL_CYCLE LIST_BILL_ERROR MISSING_API_KEY
  INVALID_API_KEY FAILED_TO_AUTH API_NOT_ALLOWED FEATURE_NOT_ALLOWED NOT_ENOUGH_BALANCE BILLING_BALANCE_NOT_ENOUGH
  API_NOT_FOUND SERVICE_NOT_AVAILABLE CUDA_VERSION_INCOMPATIBLE CREATE_GPU_NUM_LIMIT DE_BALANCE_NOT_ENOUGH
  NOT_ENOUGH_BUDGET BUDGET_NOT_ENOUGH MEMBER_BUDGET_NOT_ENOUGH MIGRATION_JOB_NOT_BREAKABLE VALIDATOR
  ILLEGAL_PARAMETERS IMAGE_URL_OR_AUTH_ERROR IMAGE_TOO_LARGE IMAGE_PREWARM_NUM_LIMIT IMAGE_PREWARM_NO_NODES_AVAILABLE
  USER_IS_LOCKED PERMISSION_DENIED NO_PERMISSION INTERNAL SERVER_ERROR UNKNOWN_ERROR INVALID_PUBLIC_KEY
  SEND_CODE_TOO_FAST INCORRECT_USER_SYNCER_REQUIRE_PARAMS WALLET_UNSUPPORT_RECHARGE_METHOD NOT_FOUNT DB_ERROR
  SERVICE_ERROR LIMIT_EXCEEDED_ERROR TOO_MUCH_KEYS BUDGET_LIMIT_TOO_SMALL HUGGING_FACE_TOKEN_INVALID
  VERIFY_TOKEN_FAILED`.split(/\s+/),
);

/** Reasons without information. A documented reason in the message replaces them. */
const EMPTY_REASONS = new Set(['UNKNOWN', 'UNKNOWN_ERROR', 'INTERNAL', 'SERVER_ERROR']);

/** Reasons that name a missing machine. Novita spells the second so. */
const MISSING_REASONS = new Set(['RESOURCE_NOT_FOUND', 'NOT_FOUNT']);

const UPPER_SNAKE = /^[A-Z][A-Z0-9_]{1,63}$/;
export const MESSAGE_CHARACTERS = 300;
const UNNAMED_MISSING =
  /\b(instance|container|resource|machine|record)\b.{0,200}\bnot foun[dt]\b|^\W*not foun[dt]\W*$/i;

/**
 * Decodes an error answer, or returns null when it is not from Novita itself. Novita is recognised by `reason`, by a documented reason in
 * `message` (one client found out-of-stock only there), or by the sentence `invalid state change`, whose reason is not known.
 */
export function decodeError(httpStatus: number, body: string): NovitaError | null {
  const parsed = parseJson(body);
  if (!isJsonObject(parsed)) return null;
  const { message, code } = parsed;
  // one known reason ends with a space
  const reason = typeof parsed.reason === 'string' ? parsed.reason.trim() : null;
  const text = typeof message === 'string' ? message : '';

  const named = text.match(/[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+/g)?.find((word) => DOCUMENTED_REASONS.has(word));
  if (reason !== null && UPPER_SNAKE.test(reason)) {
    if (message === undefined && code === undefined) return null;
    return { reason: EMPTY_REASONS.has(reason) && named !== undefined ? named : reason, message: text };
  }
  if (named !== undefined) return { reason: named, message: text };
  if (readInteger(code) !== httpStatus) return null;
  if (/\binvalid state change\b/i.test(text)) return { reason: 'CONFLICT', message: text };
  return UNNAMED_MISSING.test(text) ? { reason: 'RESOURCE_NOT_FOUND', message: text } : null;
}

/** Whether Novita documents the reason. Any other reason may repeat text of a request. */
export const isDocumentedReason = (reason: string): boolean => DOCUMENTED_REASONS.has(reason);

/**
 * Whether Novita says that it does not know the machine: by its reason with status 404 or 400 or, when the reason is undocumented, by its
 * sentence (a client met the spelling "not fount"). A missing image or template does not count.
 */
export function saysMissing(httpStatus: number, error: NovitaError | null): boolean {
  if (error === null || (httpStatus !== 404 && httpStatus !== 400)) return false;
  if (MISSING_REASONS.has(error.reason)) return true;
  return !DOCUMENTED_REASONS.has(error.reason) && UNNAMED_MISSING.test(cleanLine(error.message, MESSAGE_CHARACTERS));
}
