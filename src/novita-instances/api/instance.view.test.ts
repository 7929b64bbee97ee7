import { expect, it } from 'vitest';
import { aMachine, anAttempt, holding } from '../../../test/support/facts-builder.js';
import { instanceView } from './instance.view.js';

it.each([
  [0, []],
  [1, [1]],
  [20, Array.from({ length: 20 }, (_, at) => at + 1)],
  [21, Array.from({ length: 20 }, (_, at) => at + 2)],
  [360, Array.from({ length: 20 }, (_, at) => at + 341)],
])('of %i attempts the last twenty are shown, in their order', (count, shown) => {
  const attempts = Array.from({ length: count }, (_, at) => anAttempt({ number: at + 1, tag: `tag-${at}` }));
  const { attempts: seen } = instanceView({ ...holding(aMachine('running')), attempts }, { secrets: false });
  expect(seen.map(({ number }) => number)).toEqual(shown);
});
