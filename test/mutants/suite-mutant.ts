import type { Mutant } from '../support/mutant-sources.js';

/** A subtle bug of one room, and the tests that are there to catch it. */
export interface SuiteMutant extends Mutant {
  /** Test files of `npm test`, relative to the project. One failed test in them catches the mutant. */
  suite: readonly string[];
}

type Planted = readonly [name: string, file: string, find: string, replace: string, ...suite: string[]];

/** Mutants of one folder that change one place each. */
export const plantedIn = (folder: string, ...planted: readonly Planted[]): SuiteMutant[] =>
  planted.map(([name, file, find, replace, ...suite]) => ({
    name,
    file: `${folder}/${file}`,
    patches: [[find, replace]],
    suite,
  }));
