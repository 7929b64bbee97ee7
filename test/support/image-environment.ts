import { readFileSync } from 'node:fs';

const NAMES = ['NODE_OPTIONS', 'MALLOC_ARENA_MAX'];

/** What the image tells every Node in it of memory: for proofs whose figures are to be those of production. */
export const imageEnvironment = (): Record<string, string> => {
  const dockerfile = readFileSync(new URL('../../Dockerfile', import.meta.url), 'utf8');
  return Object.fromEntries(
    NAMES.map((name) => {
      const value = new RegExp(`^ENV ${name}=(\\S+)$`, 'm').exec(dockerfile)?.[1];
      if (value === undefined) throw new Error(`the Dockerfile sets no ${name}`);
      return [name, value];
    }),
  );
};
