import { readFileSync } from 'node:fs';

/** What the image tells every process in it of memory: for proofs whose figures are to be those of production. */
export const imageEnvironment = (): { MALLOC_ARENA_MAX: string } => {
  const dockerfile = readFileSync(new URL('../../Dockerfile', import.meta.url), 'utf8');
  const arenas = /^ENV MALLOC_ARENA_MAX=(\d+)$/m.exec(dockerfile)?.[1];
  if (arenas === undefined) throw new Error('the Dockerfile sets no MALLOC_ARENA_MAX');
  return { MALLOC_ARENA_MAX: arenas };
};
