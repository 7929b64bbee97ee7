import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { mutatedSources } from '../support/mutant-sources.js';
import { MUTANTS } from './mutants.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** A mutant that no longer fits the code is found here in seconds. `npm run simulate:mutants` takes minutes to say so. */
it.each(MUTANTS.map((mutant) => [mutant.name, mutant] as const))('the mutant "%s" still fits the code', (_, mutant) => {
  expect(mutatedSources(mutant, ROOT).size).toBeGreaterThan(0);
});
