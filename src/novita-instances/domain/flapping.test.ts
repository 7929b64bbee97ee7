import { describe, expect, it } from 'vitest';
import { at } from '../../../test/support/snapshot-builder.js';
import { DEFAULT_READINESS } from './instance-spec.js';
import { NO_READINESS, type ReadinessProgress } from './progress.js';
import { holdSeconds, isFlapping } from './flapping.js';
import { advanceReadiness } from './readiness.js';

const SPEC = { ...DEFAULT_READINESS, intervalSeconds: 10, failureThreshold: 1 };

/** The verdicts after probes at these times, `true` for a good answer. */
const probed = (probes: readonly (readonly [seconds: number, isGood: boolean])[]) => {
  let progress: ReadinessProgress = { ...NO_READINESS, runningSince: at(0) };
  const verdicts = probes.map(([seconds, isGood]) => {
    progress = advanceReadiness(progress, SPEC, [isGood ? { ok: true } : { ok: false, why: 'HTTP 500' }], at(seconds));
    return progress.verdict;
  });
  return { progress, verdicts };
};

describe('a workload that turns', () => {
  it('is ready at its first good answer while it does not flap', () => {
    const { verdicts, progress } = probed([
      [0, true],
      [10, false],
      [20, true],
    ]);
    expect(verdicts).toEqual(['ready', 'unready', 'ready']);
    expect(isFlapping(progress)).toBe(false);
  });

  it('flaps at the fourth turn, and then has to answer without a break', () => {
    const turns = [
      [0, true],
      [10, false],
      [20, true],
      [30, false],
      [40, true],
      [50, false],
    ] as const;
    const { progress } = probed(turns);
    expect([progress.turns.length, isFlapping(progress), holdSeconds(progress)]).toEqual([5, true, 30]);
    expect(probed([...turns, [60, true], [89, true], [90, true]]).verdicts.slice(-3)).toEqual([
      'unready',
      'unready',
      'ready',
    ]);
    expect(
      probed([...turns, [60, true], [80, false], [81, true], [110, true], [111, true]]).verdicts.slice(-2),
    ).toEqual(['unready', 'ready']);
  });

  it('is trusted again when its turns are long ago', () => {
    const turns = [
      [0, true],
      [10, false],
      [20, true],
      [30, false],
      [40, true],
    ] as const;
    expect(isFlapping(probed([...turns, [1_841, true]]).progress)).toBe(false);
  });

  it('is held for ten minutes at most, whatever it does', () => {
    expect(holdSeconds({ turns: Array.from({ length: 20 }, (_, turn) => at(turn)) })).toBe(600);
  });
});
