import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { mutatedSources } from '../support/mutant-sources.js';
import { MUTANTS } from './mutants.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** Found out here within seconds, and not by the minutes that `npm run simulate:mutants` takes. */
it.each(MUTANTS.map((mutant) => [mutant.name, mutant] as const))('the mutant "%s" still fits the code', (_, mutant) => {
  expect(mutatedSources(mutant, ROOT).size).toBeGreaterThan(0);
});
