import { readFileSync } from 'node:fs';
import path from 'node:path';

/** One known-bad variant of the product: what is put in place of what. */
export interface Mutant {
  /** What the bug does, as a sentence. Unique in its list. */
  name: string;
  /** Relative to the project. */
  file: string;
  patches: readonly Patch[];
}

/** In the mutant's file, or in another one: where two places keep the same promise, both have to be broken. */
export type Patch = readonly [find: string, replace: string, file?: string];

/**
 * The files that the mutant changes, with their new text.
 * @param root the project
 * @throws Error when a patch does not fit exactly once: then the mutant is one of code that is no longer there
 */
export const mutatedSources = ({ name, file, patches }: Mutant, root: string): Map<string, string> => {
  const sources = new Map<string, string>();
  for (const [find, replace, other = file] of patches) {
    const source = sources.get(other) ?? readFileSync(path.join(root, other), 'utf8');
    if (source.split(find).length !== 2) throw new Error(`mutant "${name}" does not fit ${other}: ${find}`);
    sources.set(
      other,
      source.replace(find, () => replace),
    );
  }
  return sources;
};
