import { expect, it } from 'vitest';
import { PageSize } from './page-size.js';

it('a page size is halved down to ten, and tried again in full after an hour', () => {
  let ms = 0;
  const size = new PageSize({ now: () => new Date(ms), monotonicMs: () => ms });
  const sizes = [size.current()];
  while (size.shrink()) sizes.push(size.current());
  expect(sizes).toEqual([200, 100, 50, 25, 12, 10]);
  ms = 3_599_999;
  expect(size.current()).toBe(10);
  ms = 3_600_000;
  expect(size.current()).toBe(200);
});
