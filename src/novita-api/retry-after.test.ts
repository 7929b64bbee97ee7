import { expect, it } from 'vitest';
import { readRetryAfter } from './retry-after.js';

const now = new Date('2026-01-01T00:00:00Z');

it.each([
  ['0', 0],
  ['7', 7],
  [' 7 ', 7],
  ['999999999', 3600],
  ['Thu, 01 Jan 2026 00:00:30 GMT', 30],
  ['Wed, 31 Dec 2025 23:59:00 GMT', 0],
  ['-5', 0],
  ['soon', null],
  ['', null],
  [undefined, null],
  [7, null],
])('reads the Retry-After %j as %j seconds', (header, seconds) => {
  expect(readRetryAfter(header, now)).toBe(seconds);
});
