import { expect, it } from 'vitest';
import { CALM, judgeLoad } from './load-shedding.js';

const LIMIT_MS = 100;
const states = (delays: readonly number[]): string => {
  let load = CALM;
  return delays.map((delay) => ((load = judgeLoad(load, delay, LIMIT_MS)).isShedding ? 'x' : '.')).join('');
};

it.each<[what: string, delays: number[], shed: string]>([
  ['a calm service', [0, 1, 99, 100], '....'],
  ['one long turn', [500, 0, 500, 0, 500, 99], '......'],
  ['two late samples', [101, 101, 101], '.xx'],
  ['a load about the limit', [101, 101, 99, 101, 60, 50], '.xxxxx'],
  ['one calm sample in between', [101, 101, 0, 101, 0, 101], '.xxxxx'],
  ['two calm samples', [101, 101, 49, 49, 0], '.xx..'],
  ['an end, and a load about the limit', [101, 101, 49, 49, 99, 101, 99, 101], '.xx.....'],
  ['an end, and a second overload', [101, 101, 0, 0, 200, 200], '.xx..x'],
])('%s', (_, delays, shed) => {
  expect(states(delays)).toBe(shed);
});
