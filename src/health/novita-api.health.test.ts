import { HealthIndicatorService } from '@nestjs/terminus';
import { beforeEach, describe, expect, it } from 'vitest';
import { at, T0 } from '../../test/support/snapshot-builder.js';
import { CallRecord } from '../novita-api/call-record.js';
import type { NovitaCall } from '../novita-api/novita-calls.js';
import { NovitaApiHealth } from './novita-api.health.js';

const call = (outcome: NovitaCall['outcome'], httpStatus: number | null = null): NovitaCall => ({
  operation: 'list-machines',
  outcome,
  httpStatus,
  ms: 1,
});

describe('Novita', () => {
  let now: Date;
  let calls: CallRecord;
  let health: NovitaApiHealth;
  beforeEach(() => {
    now = T0;
    calls = new CallRecord({ now: () => now, monotonicMs: () => now.getTime() });
    health = new NovitaApiHealth(calls, new HealthIndicatorService());
  });
  const after = async (...made: NovitaCall[]) => {
    for (const one of made) calls.onCall(one);
    return (await health.check())['novitaApi'];
  };
  const lost = call('network');

  it('is up, and was not asked, before the first call', async () => {
    expect(await after()).toEqual({ status: 'up', message: 'not asked yet' });
  });

  it('is up when it answered, and when that was is told', async () => {
    now = at(7);
    expect(await after(call('answered', 200))).toEqual({ status: 'up', lastAnswerAt: at(7).toISOString() });
    now = at(8);
    expect(await after(call('answered', 404))).toEqual({ status: 'up', lastAnswerAt: at(8).toISOString() });
  });

  it.each([lost, call('timeout'), call('not-sent'), call('answered', 500), call('answered', 503)])(
    'is down after three failures in a row and not before, such as %j',
    async (failure) => {
      await after(call('answered', 200));
      expect(await after(failure, failure)).toMatchObject({ status: 'up' });
      expect(await after(failure)).toEqual({
        status: 'down',
        message: 'does not answer',
        lastAnswerAt: T0.toISOString(),
      });
      expect(await after(call('answered', 200))).toMatchObject({ status: 'up' });
    },
  );

  it('is not down for failures with an answer between them', async () => {
    expect(await after(lost, lost, call('answered', 200), lost, lost)).toMatchObject({ status: 'up' });
  });

  it.each([401, 403])('is down at once when it refuses the key (%i), until it takes it', async (status) => {
    expect(await after(call('answered', status))).toMatchObject({ status: 'down', message: 'refuses NOVITA_API_KEY' });
    expect(await after(call('answered', 200))).toMatchObject({ status: 'up' });
  });

  it.each(['budget', 'circuit'] as const)('is judged by no call that we held back ourselves (%s)', async (outcome) => {
    const heldBack = [call(outcome), call(outcome), call(outcome), call(outcome)];
    expect(await after(...heldBack)).toEqual({ status: 'up', message: 'not asked yet' });
    // and what it is judged by is not forgotten for them
    expect(await after(lost, lost, ...heldBack, lost)).toMatchObject({ status: 'down', message: 'does not answer' });
  });
});
