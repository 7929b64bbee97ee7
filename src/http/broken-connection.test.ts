import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { describe, expect, it, vi } from 'vitest';
import { DomainError } from '../errors/domain-error.js';
import { answerBrokenConnection, answerConnection, refusalOfCutOff } from './broken-connection.js';

/** @param answer what Node is about to answer on the connection; null: nothing */
const connection = (answer: { headersSent: boolean; req: { complete: boolean } } | null = null) => {
  const end = vi.fn();
  const destroy = vi.fn();
  return { socket: { writable: true, _httpMessage: answer, end, destroy } as unknown as Socket, end, destroy };
};

describe('a connection that is broken', () => {
  it.each([
    ['between two requests', null],
    ['within a request', { headersSent: false, req: { complete: false } }],
  ])('%s is answered', (_when, answer) => {
    const { socket, end, destroy } = connection(answer);
    answerBrokenConnection(new Error('broken'), socket);
    expect([end.mock.calls.length, destroy.mock.calls.length]).toEqual([1, 0]);
  });

  it.each([
    ['an answer that has not begun', { headersSent: false, req: { complete: true } }],
    ['an answer that has begun', { headersSent: true, req: { complete: false } }],
  ])('is closed without a word where it would be taken for %s', (_what, answer) => {
    const { socket, end, destroy } = connection(answer);
    answerBrokenConnection(new Error('broken'), socket);
    expect([end.mock.calls.length, destroy.mock.calls.length]).toEqual([0, 1]);
  });
});

describe('a request that will never arrive', () => {
  const cutOff = (socket: Socket): IncomingMessage =>
    ({ complete: false, destroyed: true, socket }) as unknown as IncomingMessage;

  it('is told as what ended its connection: us, or its client', () => {
    const [ours, theirs] = [connection().socket, connection().socket];
    const refusal = new DomainError('REQUEST_TIMEOUT', 'It came too slowly.');
    answerConnection(refusal, ours);
    expect(refusalOfCutOff(cutOff(ours))).toBe(refusal);
    expect(refusalOfCutOff(cutOff(theirs))?.code).toBe('REQUEST_ABORTED');
  });
});
