import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { MUTANTS } from './mutants.js';

/** Found out here within seconds, and not by the minutes that `npm run simulate:mutants` takes. */
it.each(MUTANTS.map(({ name, file, patches }) => [name, file, patches] as const))(
  'the mutant "%s" still fits the code',
  (_, file, patches) => {
    for (const [find, , other] of patches) {
      const source = readFileSync(new URL(`../../${other ?? file}`, import.meta.url), 'utf8');
      expect(source.split(find).length - 1).toBe(1);
    }
  },
);
