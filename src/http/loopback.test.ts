import { expect, it } from 'vitest';
import { isLoopback } from './loopback.js';

it.each(['127.0.0.1', '127.9.8.7', '::1', '0:0:0:0:0:0:0:1', '::ffff:127.0.0.1', 'localhost', 'LOCALHOST'])(
  '%s is reached from this computer only',
  (host) => {
    expect(isLoopback(host)).toBe(true);
  },
);

it.each(['0.0.0.0', '::', '10.0.0.1', '128.0.0.1', '::2', '::ffff:10.0.0.1', 'localhost.example', 'gpu.lan', '127.1'])(
  '%s may be reached from others',
  (host) => {
    expect(isLoopback(host)).toBe(false);
  },
);
