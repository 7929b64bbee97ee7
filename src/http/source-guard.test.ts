import { describe, expect, it } from 'vitest';
import { ServedHosts } from './served-hosts.js';
import { refusalOfSource } from './source-guard.js';

const refused = (target: string, host: string) =>
  refusalOfSource(
    { version: '1.1', method: 'GET', target, route: '/api/jobs', host, origin: undefined, site: undefined },
    new ServedHosts([]),
  )?.code;

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
