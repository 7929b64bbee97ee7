import { expect, it } from 'vitest';
import { InFlightCounts } from './requests-in-flight.js';

it('lets each client have so many at once, and one more when one has ended', () => {
  const counts = new InFlightCounts(2);
  const [first, second] = [counts.begin('a'), counts.begin('a')];
  expect([first, second]).not.toContain(null);
  expect(counts.begin('a')).toBeNull();
  expect(counts.begin('b')).not.toBeNull();
  first?.();
  expect(counts.begin('a')).not.toBeNull();
  expect(counts.begin('a')).toBeNull();
});

it('counts an end once, however often it is told', () => {
  const counts = new InFlightCounts(2);
  const [first] = [counts.begin('a'), counts.begin('a')];
  first?.();
  first?.();
  expect(counts.begin('a')).not.toBeNull();
  expect(counts.begin('a')).toBeNull();
});
