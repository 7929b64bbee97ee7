import { readFileSync } from 'node:fs';
import path from 'node:path';

/** A planted bug: text of a source file, and its replacement. */
export interface Mutant {
  /** A sentence that says what the bug does. Unique in its list. */
  name: string;
  /** Relative to the project. */
  file: string;
  patches: readonly Patch[];
}

/** A change of the mutant's file, or of another one: where two places ensure the same, both must be broken. */
export type Patch = readonly [find: string, replace: string, file?: string];

/**
 * The new text of the files that the mutant changes.
 * @param root the folder of the project
 * @throws Error when a patch does not match exactly once, because the code has changed
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
