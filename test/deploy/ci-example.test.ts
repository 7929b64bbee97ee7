import { existsSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { parse } from 'yaml';

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

interface Workflow {
  jobs: Record<string, { steps: { run?: string }[]; strategy?: { matrix: { proof: string[] } } }>;
}

it('the example for CI runs commands that there are', () => {
  const { jobs } = parse(read('deploy/ci/github-actions.yml')) as Workflow;
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
  const proofs = Object.values(jobs).flatMap(({ strategy }) => strategy?.matrix.proof ?? []);
  const runs = Object.values(jobs).flatMap(({ steps }) => steps.flatMap(({ run }) => run ?? []));
  const npmScripts = runs.flatMap((run) => /^npm run ([a-z:]+)$/.exec(run)?.[1] ?? []);
  expect(npmScripts.length).toBeGreaterThan(1);
  expect(proofs.length).toBeGreaterThan(1);
  for (const script of [...npmScripts, ...proofs]) expect(Object.keys(scripts)).toContain(script);
  const files = runs.flatMap((run) => /^(deploy\/\S+)/.exec(run)?.[1] ?? []);
  expect(files.length).toBe(3);
  for (const file of files) expect(existsSync(new URL(`../../${file}`, import.meta.url))).toBe(true);
});
