import { describe, expect, it } from 'vitest';
import { pageOf } from './page.js';

describe('a page', () => {
  it.each([
    // found, limit, rows, last
    [[], 2, [], null],
    [[1], 2, [1], null],
    [[1, 2], 2, [1, 2], null],
    [[1, 2, 3], 2, [1, 2], 2],
    [[1, 2], 1, [1], 1],
  ])('of %j with a limit of %i is %j, and goes on after %j', (found, limit, rows, last) => {
    expect(pageOf(found, limit)).toEqual({ rows, last });
  });
});
