import { describe, expect, it } from 'vitest';
import { ServedHosts } from './served-hosts.js';
import { refusalOfSource } from './source-guard.js';

const refused = (target: string, host: string) =>
  refusalOfSource(
    { version: '1.1', method: 'GET', target, route: '/api/jobs', host, origin: undefined, site: undefined },
    new ServedHosts([]),
  )?.code;

it.each([
  ['https://console.example', true],
  ['https://console.example:8443', false],
  ['http://console.example', false],
  ['https://evil.example', false],
  ['null', false],
  [undefined, false],
])('a change from the origin %s, with another one listed, is served: %s', (origin, isServed) => {
  const source = { version: '1.1', method: 'POST', target: '/api/jobs', route: '/api/jobs', host: 'localhost' };
  const refusal = refusalOfSource({ ...source, origin, site: 'cross-site' }, new ServedHosts([]), [
    'https://console.example',
  ]);
  expect(refusal?.code).toBe(isServed ? undefined : 'ORIGIN_NOT_ALLOWED');
});

describe('a request', () => {
  it.each([
    ['/api/jobs', 'localhost'],
    ['http://127.0.0.1/api/jobs', 'localhost'],
  ])('for %s at the host %s is served', (target, host) => {
    expect(refused(target, host)).toBeUndefined();
  });

  it.each([
    ['/api/jobs', 'evil.example'],
    ['http://localhost/api/jobs', 'evil.example'],
    ['http://evil.example/api/jobs', 'localhost'],
  ])('for %s at the host %s is refused: each name that it gives must be ours', (target, host) => {
    expect(refused(target, host)).toBe('HOST_NOT_ALLOWED');
  });
});
