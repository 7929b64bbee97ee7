import { expect, it } from 'vitest';
import { gpuMemoryGb } from './gpu-memory.js';

it.each<[string, number | null]>([
  ['RTX 4090 24GB', 24],
  ['H100 SXM 80GB', 80],
  ['A100 80 gb PCIe', 80],
  ['B300 288GB', 288],
  ['24GB', 24],
  ['H100', null],
  ['RTX 4090', null],
  ['L40S 48GBx', null],
  ['x48GB', null],
  ['V100 16G', null],
  ['', null],
])('the name %j says that a GPU has %j GB', (name, gb) => {
  expect(gpuMemoryGb(name)).toBe(gb);
});
