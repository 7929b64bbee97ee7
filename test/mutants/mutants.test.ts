import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { mutatedSources } from '../support/mutant-sources.js';
import { MUTANTS_BY_ROOM } from './all-mutants.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** Found out here within seconds, and not by the minutes that `npm run mutants` takes. */
describe.each(Object.entries(MUTANTS_BY_ROOM))('the mutants of %s', (_, mutants) => {
  it.each(mutants.map((mutant) => [mutant.name, mutant] as const))(
    '"%s" fits the code, and its tests exist',
    (_, mutant) => {
      expect(mutatedSources(mutant, ROOT).size).toBeGreaterThan(0);
      for (const file of mutant.suite) expect(existsSync(`${ROOT}${file}`), file).toBe(true);
    },
  );
});
