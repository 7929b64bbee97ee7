import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ATTEMPT_STATES } from '../vocabulary/attempt-state.js';
import { DESIRED_STATES } from '../vocabulary/desired-state.js';

const SCHEMA = readFileSync(new URL('../../docs/schema.txt', import.meta.url), 'utf8');

/** The words that a CHECK of the schema allows. */
const wordsOf = (check: string): string[] => {
  const line = SCHEMA.split('\n').find((text) => text.includes(` ${check}: CHECK`)) ?? '';
  return [...line.matchAll(/'([^']+)'::text/g)].map(([, word = '']) => word);
};

describe('a column of words', () => {
  it.each([
    ['instances_desired_check', DESIRED_STATES],
    ['create_attempts_state_check', ATTEMPT_STATES],
  ])('takes those of the vocabulary and no others: %s', (check, words) => {
    expect(wordsOf(check)).toEqual(words);
  });
});
