import { runSeed, type SeedOptions, type SeedResult } from './run-seed.js';

/** The most runs that are tried. To make a list of hundreds of faults minimal would take too long. */
const MOST_RUNS = 300;

/**
 * Looks for a small set of faults that still breaks the same law, by delta debugging: leaves out halves, then quarters, and so on.
 * Answers with the last run that failed.
 */
export const shrink = async (
  options: SeedOptions,
  failed: SeedResult,
  tell: (line: string) => void,
): Promise<SeedResult> => {
  const law = failed.violations[0]?.law;
  let best = failed;
  let plan = failed.struck;
  let runs = 0;
  const stillFails = async (only: string[]): Promise<boolean> => {
    runs += 1;
    const result = await runSeed({ ...options, only: new Set(only), onTrace: undefined });
    if (!result.violations.some((broken) => broken.law === law)) return false;
    best = result;
    plan = result.struck;
    return true;
  };
  for (let parts = 2; plan.length > 0 && runs < MOST_RUNS;) {
    const size = Math.ceil(plan.length / parts);
    let isSmaller = false;
    for (let at = 0; at < plan.length && runs < MOST_RUNS; at += size) {
      const without = [...plan.slice(0, at), ...plan.slice(at + size)];
      if (!(await stillFails(without))) continue;
      isSmaller = true;
      break;
    }
    if (isSmaller) parts = Math.max(2, parts - 1);
    else if (size === 1) break;
    else parts = Math.min(plan.length, parts * 2);
  }
  tell(`shrunk from ${failed.struck.length} faults to ${plan.length} in ${runs} runs`);
  return best;
};
