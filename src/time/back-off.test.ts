import { describe, expect, it } from 'vitest';
import { backOffAfter, jittered } from './back-off.js';

describe('the back-off', () => {
  it.each([
    // failures, first, most, wait
    [0, 15, 300, 15],
    [1, 15, 300, 15],
    [2, 15, 300, 30],
    [3, 15, 300, 60],
    [5, 15, 300, 240],
    [6, 15, 300, 300],
    [7, 15, 300, 300],
    [1_000_000, 15, 300, 300],
    [1_000_000, 0, 300, 0],
    [1, 600, 300, 600],
    [4, 600, 300, 600],
  ])('after %i failures, from %i up to %i, is %i', (failures, first, most, wait) => {
    expect(backOffAfter(failures, { first, most })).toBe(wait);
  });
});

describe('a jittered wait', () => {
  it.each([
    // chance, from, to, wait
    [0, 0, 1, 0],
    [0.5, 0, 1, 50],
    [0, 1, 1.5, 100],
    [0.5, 1, 1.5, 125],
    [0, 0.9, 1.1, 90],
    [0.5, 0.9, 1.1, 100],
  ])('of 100, by a chance of %f between %f and %f, is %f', (chance, from, to, wait) => {
    expect(jittered(100, { from, to }, () => chance)).toBeCloseTo(wait, 9);
  });
});
