import { beforeEach, expect, it, vi, type Mock } from 'vitest';
import type { Log } from '../../logging/log.js';
import { NEW_GUARD, type Guard } from '../domain/fleet-guard.js';
import { Guardian } from './guardian.js';
import { GuardStore } from '../store/guard-store.js';

const NOW = new Date('2026-01-01T00:00:00Z');

let guard: Guard;
let error: Mock<Log['error']>;
/** How the database answers reads of the guard: at once, unless a test keeps an answer back. */
let answer: (read: Guard) => Promise<Guard>;
let guardian: Guardian;

beforeEach(() => {
  guard = { ...NEW_GUARD, epoch: 7 };
  answer = (read) => Promise.resolve(read);
  error = vi.fn();
  const store = {
    guard: () => answer(guard),
    changeGuard: (change: (before: Guard) => Guard | null) => {
      const after = change(guard);
      if (after) guard = { ...after, epoch: after.epoch + 1 };
      return Promise.resolve(guard);
    },
  };
  const log = { info: vi.fn(), warn: vi.fn(), error } satisfies Log;
  guardian = new Guardian(store as unknown as GuardStore, { now: () => NOW, monotonicMs: () => 0 }, log);
});

it('takes an answer that a later write has overtaken for no loss', async () => {
  await guardian.current();
  let arrive = (): void => undefined;
  answer = (read) => new Promise((resolve) => (arrive = () => resolve(read)));
  const overtaken = guardian.current();
  const release = arrive;
  answer = (read) => Promise.resolve(read);
  await guardian.troubled('HTTP 503');
  release();
  expect(await overtaken).toMatchObject({ epoch: 7, distrustedAt: null });
  expect(guard).toMatchObject({ epoch: 8, distrustedAt: null });
  // and what is known stays known
  guard = { ...guard, epoch: 7 };
  expect(await guardian.current()).toMatchObject({ distrustedAt: NOW });
  expect(error).toHaveBeenCalledTimes(1);
});

it('distrusts a database that knows less than it did when it was asked', async () => {
  await guardian.current();
  guard = { ...guard, epoch: 5 };
  expect(await guardian.current()).toMatchObject({ distrustedAt: NOW, epoch: 9 });
  expect(error).toHaveBeenCalledWith({ lost: 2 }, expect.stringContaining('lost commits'));
  expect(await guardian.current()).toMatchObject({ epoch: 9 });
  expect(error).toHaveBeenCalledTimes(1);
});
