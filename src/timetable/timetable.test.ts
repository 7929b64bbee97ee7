import { beforeEach, describe, expect, it } from 'vitest';
import { aTask, counted, LEASE, PERIOD_MS, Stage } from '../../test/support/timetable-stage.js';
import { DomainError } from '../errors/domain-error.js';

let stage: Stage;
beforeEach(() => {
  stage = new Stage();
});

describe('a timetable', () => {
  it('runs a duty of each process at once and then once in each period', async () => {
    const { runs, by } = counted();
    stage.timetable('one', by('one')).start();
    await stage.pass(3 * PERIOD_MS);
    expect(runs).toHaveLength(4);
  });

  it('runs a task at once when a run asks for the next one, also after its end', async () => {
    const asked: (() => void)[] = [];
    const task = { ...aTask(() => Promise.resolve({})), periodMs: () => 100 * PERIOD_MS };
    const run = (_signal: AbortSignal, again: () => void) => Promise.resolve({ runs: asked.push(again) });
    stage.timetable('one', { ...task, run }).start();
    await stage.pass(PERIOD_MS);
    expect(asked).toHaveLength(1);
    asked[0]?.();
    await stage.pass(PERIOD_MS);
    expect(asked).toHaveLength(2);
    await stage.pass(10 * PERIOD_MS);
    expect(asked).toHaveLength(2);
  });

  it('begins no run of a task before the last one has ended, and lets no other task wait for it', async () => {
    const { runs, by } = counted({ name: 'other' });
    let isRunning = false;
    let begun = 0;
    const slow = aTask(
      () =>
        new Promise((resolve) => {
          expect(isRunning).toBe(false);
          isRunning = true;
          begun += 1;
          stage.time.after(5 * PERIOD_MS, () => {
            isRunning = false;
            resolve({});
          });
        }),
    );
    stage.timetable('one', slow, by('one')).start();
    await stage.pass(12 * PERIOD_MS);
    expect(begun).toBe(3);
    expect(runs).toHaveLength(13);
  });

  it('runs a duty of the deployment on the one replica that holds its lease', async () => {
    const { runs, by } = counted({ lease: LEASE });
    for (const replica of ['one', 'two']) stage.timetable(replica, by(replica)).start();
    await stage.pass(30_000);
    expect(runs.length).toBeGreaterThan(25);
    expect(new Set(runs).size).toBe(1);
  });

  it('hands a duty over at once when its replica leaves in order', async () => {
    const { runs, by } = counted({ lease: LEASE });
    const one = stage.timetable('one', by('one'));
    one.start();
    await stage.pass(10_000);
    const two = stage.timetable('two', by('two'));
    two.start();
    await one.stop();
    const done = runs.length;
    await stage.pass(2_000);
    expect(runs.slice(done)).not.toEqual([]);
    expect(new Set(runs.slice(done))).toEqual(new Set(['two']));
  });

  it('does no duty of the deployment any longer than the database knows the lease to be held', async () => {
    const { runs, by } = counted({ lease: LEASE });
    stage.timetable('one', by('one')).start();
    await stage.pass(4_000);
    // what is asked of the database from now on is never answered
    stage.database.takeLease = () => new Promise(() => undefined);
    await stage.pass(8_000);
    const done = runs.length;
    await stage.pass(60_000);
    expect(runs).toHaveLength(done);
  });

  it('leaves the duties of the deployment when its lease cannot be renewed, and goes on when it can', async () => {
    const { runs, by } = counted({ lease: LEASE });
    stage.timetable('one', by('one')).start();
    await stage.pass(4_000);
    stage.isDatabaseAway = true;
    await stage.pass(2_000);
    const done = runs.length;
    await stage.pass(60_000);
    expect(runs).toHaveLength(done);
    stage.isDatabaseAway = false;
    await stage.pass(4_000);
    expect(runs.length).toBeGreaterThan(done);
  });

  it('goes on with the duties of a lease whose renewal was answered so late that it had ended meanwhile', async () => {
    let seconds = 8;
    const { runs, by } = counted({ lease: { name: 'duties', seconds: () => seconds } });
    stage.timetable('one', by('one')).start();
    await stage.pass(3_000);
    // what is asked for next is a longer lease, and the answer comes when the one before it has ended
    seconds = 20;
    const take = stage.database.takeLease.bind(stage.database);
    let isLate = true;
    stage.database.takeLease = (...lease) => {
      if (!isLate) return take(...lease);
      isLate = false;
      return new Promise((resolve) => {
        stage.time.after(12_000, () => {
          resolve(take(...lease));
        });
      });
    };
    await stage.pass(40_000);
    const done = runs.length;
    await stage.pass(10_000);
    expect(runs.length).toBeGreaterThan(done + 5);
  });

  it('goes on after a run that throws, tells it at once, and does not tell what the driver said', async () => {
    let fails = true;
    const task = aTask(() =>
      fails ? Promise.reject(new Error('password of admin@db-7 is hunter2')) : Promise.resolve({ fine: true }),
    );
    stage.timetable('one', task).start();
    await stage.pass(0);
    expect(await stage.known('duty')).toMatchObject({ failuresInRow: 1, status: null, succeededAt: null });
    expect((await stage.known('duty'))?.error).toBe(
      'The run ended with Error. The log has the details under the reference ref-1.',
    );
    fails = false;
    await stage.pass(PERIOD_MS);
    expect(await stage.known('duty')).toMatchObject({ failuresInRow: 0, error: null, status: { fine: true } });
    expect(stage.log).toEqual(['a background task failed', 'duty failed', 'duty succeeded']);
  });

  it('also after a run that throws before it promises anything', async () => {
    const task = aTask(() => {
      throw new DomainError('CATALOGUE_UNAVAILABLE', 'Novita does not say.');
    });
    stage.timetable('one', task).start();
    await stage.pass(10 * PERIOD_MS);
    expect(await stage.known('duty')).toMatchObject({ error: 'Novita does not say.' });
    expect(stage.log.filter((line) => line === 'duty failed')).toHaveLength(11);
  });

  it('counts failures, and keeps what the last good run said', async () => {
    let number = 0;
    const task = aTask(() => {
      number += 1;
      return number === 1 ? Promise.resolve({ number }) : Promise.reject(new Error('no'));
    });
    stage.timetable('one', task).start();
    await stage.pass(10 * PERIOD_MS);
    const known = await stage.known('duty');
    expect(known?.status).toEqual({ number: 1 });
    expect(known?.failuresInRow).toBeGreaterThanOrEqual(5);
  });

  it('is not hindered by a status that cannot be written', async () => {
    const { runs, by } = counted();
    stage.isDatabaseAway = true;
    stage.timetable('one', by('one')).start();
    await stage.pass(3 * PERIOD_MS);
    expect(runs).toHaveLength(4);
    expect(stage.log).not.toContain('a background task failed');
  });

  it('writes the status of a task that runs many times a second once in five seconds', async () => {
    let written = 0;
    const record = stage.database.record.bind(stage.database);
    stage.database.record = (run) => {
      written += 1;
      return record(run);
    };
    const { runs, by } = counted({ periodMs: () => 100 });
    stage.timetable('one', by('one')).start();
    await stage.pass(20_000);
    expect(runs).toHaveLength(201);
    expect(written).toBe(6);
    expect((await stage.known('duty'))?.status).toMatchObject({ runs: expect.any(Number) as number });
  });

  it('runs what was asked for within two seconds, once, and counts the period from then on', async () => {
    const { runs, by } = counted({ lease: LEASE, periodMs: () => 600_000, longestPeriodMs: 600_000 });
    stage.timetable('one', by('one')).start();
    await stage.pass(1_000);
    stage.timetable('two', by('two')).start();
    // the replica without the lease looks next
    await stage.pass(59_500);
    expect(runs).toHaveLength(1);
    await stage.database.requestActivation('duty', true, stage.clock.now());
    await stage.pass(2_000);
    expect(runs).toHaveLength(2);
    expect(await stage.known('duty')).toMatchObject({ status: { runs: 2 }, activateRequestedAt: null });
    await stage.pass(598_000);
    expect(runs).toHaveLength(2);
    await stage.pass(3_000);
    expect(runs).toHaveLength(3);
  });

  it('runs a task once more that was asked for while it ran', async () => {
    let begun = 0;
    const slow = aTask(
      () =>
        new Promise((resolve) => {
          begun += 1;
          stage.time.after(10_000, () => {
            resolve({});
          });
        }),
      { periodMs: () => 600_000 },
    );
    stage.timetable('one', slow).start();
    await stage.pass(1_000);
    await stage.database.requestActivation('duty', false, stage.clock.now());
    await stage.pass(8_000);
    expect(begun).toBe(1);
    await stage.pass(2_000);
    expect(begun).toBe(2);
  });

  it('waits for what runs when it stops, tells it to end, and forgets the duties of the process', async () => {
    let signal: AbortSignal | null = null;
    let hasEnded = false;
    const task = aTask(() => Promise.resolve({}), {
      run: (given) => {
        signal = given;
        return new Promise((resolve) => {
          given.addEventListener('abort', () => {
            stage.time.after(500, () => {
              hasEnded = true;
              resolve({});
            });
          });
        });
      },
    });
    const timetable = stage.timetable('one', task);
    timetable.start();
    await stage.pass(100);
    const stopped = timetable.stop();
    await stage.pass(1_000);
    await stopped;
    expect(signal).toMatchObject({ aborted: true });
    expect(hasEnded).toBe(true);
    expect(await stage.database.all()).toEqual([]);
    await stage.pass(10 * PERIOD_MS);
    expect(stage.log).toEqual(['duty succeeded']);
  });
});
