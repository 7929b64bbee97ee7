import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { LAWS as LAWS_OF_CHAOS } from '../../chaos/judge.js';
import { BRANCHES } from '../branches.js';
import { SCENARIOS } from '../scenarios.js';
import { LAWS } from './index.js';
import { withLawsIn } from './laws-in-proofs.js';

const PROOFS = new URL('../../../docs/proofs.md', import.meta.url);

it('docs/proofs.md lists the laws as their files say them', async () => {
  const text = readFileSync(PROOFS, 'utf8');
  await expect(withLawsIn(text)).toMatchFileSnapshot(PROOFS.pathname);
});

it.each(LAWS.map((law) => [law.name, law] as const))(
  'the law "%s" has a file of its name, and is said in sentences',
  (name, law) => {
    expect(existsSync(new URL(`${name}.ts`, import.meta.url))).toBe(true);
    expect(law.sentence).toMatch(/^[A-Z].*\.$/);
    for (const { when, why } of law.excuses) {
      expect(when).toMatch(/^[a-zN].*[^.]$/);
      expect(why).toMatch(/^[a-zN].*[^.]$/);
    }
    expect(Object.keys(law.checks)).not.toEqual([]);
  },
);

it('every file of a law is one of the laws', async () => {
  const files = readdirSync(new URL('.', import.meta.url)).filter((file) => /^[a-z-]+\.ts$/.test(file));
  const exported = await Promise.all(
    files.map(async (file) => {
      const module = (await import(new URL(file, import.meta.url).href)) as Record<string, unknown>;
      return Object.values(module).filter((value) => typeof value === 'object' && value !== null && 'checks' in value);
    }),
  );
  expect(new Set(exported.flat())).toEqual(new Set(LAWS));
  expect(new Set(LAWS.map(({ name }) => name)).size).toBe(LAWS.length);
});

it.each([...Object.keys(BRANCHES), ...Object.keys(SCENARIOS), ...LAWS_OF_CHAOS])(
  'docs/proofs.md explains "%s"',
  (word) => {
    expect(readFileSync(PROOFS, 'utf8')).toMatch(new RegExp(`^\\| ${word} \\| [A-Z].*\\. \\|$`, 'm'));
  },
);
