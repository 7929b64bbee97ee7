import { describe, expect, it } from 'vitest';
import { ServedHosts } from './served-hosts.js';

describe('the names under which the service answers', () => {
  const served = new ServedHosts(['gpu.lan', 'Upper.Example', '10.1.0.0/16', '192.0.2.7', 'fd00::/64']);

  it.each([
    ...['localhost', 'localhost:3000', 'LOCALHOST:1', 'localhost.', '127.0.0.1', '127.9.8.7:80', '[::1]', '[::1]:3000'],
    ...['gpu.lan', 'gpu.lan:8080', 'GPU.lan', 'gpu.lan.', 'upper.example', '10.1.2.3:3000', '192.0.2.7', '[fd00::7]:1'],
  ])('are %s', (host) => {
    expect(served.has(host)).toBe(true);
  });

  it.each([
    ...['', ' ', ':3000', 'evil.example', 'evil.example:3000', 'localhost.evil.example', '127.0.0.1.evil.example'],
    ...['evil.example/localhost', 'localhost@evil.example', 'localhost:3000@evil.example', 'localhost, evil.example'],
    ...['a.gpu.lan', 'gpu.lan.evil.example', '10.2.0.1', '192.0.2.8', '0.0.0.0', '[::]', '[::2]', '[fd01::7]', '::1'],
    ...['[localhost]', '[127.0.0.1]', '127.1', '0x7f000001', '2130706433', 'localhost:port', 'localhost:3000:3000'],
  ])('are not %j', (host) => {
    expect(served.has(host)).toBe(false);
  });
});
