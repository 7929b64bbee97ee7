import { UpstreamText } from '../redaction/upstream-text.js';
import type { ActionOutcome, CreateOutcome, Rejection } from './novita-client.js';
import type { NovitaAnswer, NovitaFailure, NovitaReply } from './novita-transport.js';
import { decodeCreatedId } from './wire/create.wire.js';
import { decodeError, isDocumentedReason, MESSAGE_CHARACTERS, saysMissing } from './wire/error-body.wire.js';

/**
 * Sorts answers to requests that change something. In doubt the outcome is `ambiguous`: a create that wrongly counts as failed is bought
 * twice, while an ambiguous one is found again by its tag.
 */

/** 4xx statuses that leave open whether the request was executed: timeout, conflict, "too early". */
const UNDECIDED = new Set([408, 409, 425]);

const REASON_CHARACTERS = 64;

const isSuccess = (status: number): boolean => status >= 200 && status <= 299;

export function sortCreateAnswer(reply: NovitaReply): CreateOutcome {
  if (reply.kind === 'failure') return sortFailure(reply);
  if (isSuccess(reply.status)) {
    const machineId = decodeCreatedId(reply.body, reply.contentType);
    return machineId === null
      ? { kind: 'ambiguous', why: `HTTP ${reply.status} without a readable id` }
      : { kind: 'accepted', machineId };
  }
  return sortRefusal(reply);
}

/** Sorts start, stop, restart and delete. Any 2xx counts, since sources disagree about the body. */
export function sortActionAnswer(reply: NovitaReply): ActionOutcome {
  if (reply.status !== null && isSuccess(reply.status)) return { kind: 'acknowledged' };
  if (reply.kind === 'failure') return sortFailure(reply);
  return saysMissing(reply.status, decodeError(reply.status, reply.body)) ? { kind: 'not-found' } : sortRefusal(reply);
}

function sortRefusal(answer: NovitaAnswer): Extract<CreateOutcome, { kind: 'rejected' | 'ambiguous' }> {
  const { status } = answer;
  if (status < 400 || status > 499 || UNDECIDED.has(status)) return { kind: 'ambiguous', why: `HTTP ${status}` };
  const error = decodeError(status, answer.body);
  if (error === null) return { kind: 'ambiguous', why: `HTTP ${status} that Novita itself did not write` };
  const { reason, message } = error;
  const rejection: Rejection = {
    reason: isDocumentedReason(reason) ? reason : new UpstreamText(reason, REASON_CHARACTERS),
    message: new UpstreamText(message, MESSAGE_CHARACTERS),
    httpStatus: status,
    retryAfterSeconds: answer.retryAfterSeconds,
  };
  return { kind: 'rejected', rejection };
}

function sortFailure(failure: NovitaFailure): Extract<CreateOutcome, { kind: 'not-sent' | 'ambiguous' }> {
  const status = failure.status === null ? '' : ` after HTTP ${failure.status}`;
  return {
    kind: failure.phase === 'not-sent' ? 'not-sent' : 'ambiguous',
    why: `${failure.cause} (${failure.code})${status}`,
  };
}
