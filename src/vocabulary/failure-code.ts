import { namedWords } from './named-words.js';

/** Why an instance is `failed`. */
export const FAILURE_CODES = [
  'NO_CAPACITY',
  'NO_OFFER',
  'PRICE_ABOVE_PLAN',
  'TEMPLATE_NOT_FOUND',
  'VOLUME_NOT_FOUND',
  'REQUEST_REJECTED',
  'QUOTA_REACHED',
  'CREATE_UNCERTAIN',
  'IMAGE_PULL_FAILED',
  'PROVISION_TIMEOUT',
  'START_REFUSED',
  'START_TIMEOUT',
  'STOP_TIMEOUT',
  'READINESS_TIMEOUT',
  'MACHINE_FAILED',
  'MACHINE_LOST',
  'MACHINE_RECLAIMED',
  'STATE_UNREADABLE',
] as const;
export type FailureCode = (typeof FAILURE_CODES)[number];

export const FAILURE_CODE = namedWords(
  'FailureCode',
  FAILURE_CODES,
  'Why an instance has failed. Codes never change their meaning; new ones may be added.',
  'NO_CAPACITY',
);
