import { expect, it } from 'vitest';
import { corsOf } from './cors.js';

const LISTED = ['https://console.example', 'http://127.0.0.1:5173'];
const ask = (method: string, origin?: string, requestedMethod?: string) => ({ method, origin, requestedMethod });

it('adds nothing when no origin is listed', () => {
  const none = { headers: {}, isPreflight: false };
  for (const origin of [undefined, 'https://console.example', 'null', '*']) {
    expect(corsOf(ask('GET', origin), [])).toEqual(none);
    expect(corsOf(ask('OPTIONS', origin, 'POST'), [])).toEqual(none);
  }
});

it.each([
  undefined,
  'null',
  '*',
  '',
  'https://console.example:443',
  'https://console.example.evil.example',
  'https://CONSOLE.example',
  'http://console.example',
  'http://127.0.0.1',
  'https://console.example, https://evil.example',
])('allows nothing to the origin %s, which is not listed', (origin) => {
  for (const request of [ask('GET', origin), ask('POST', origin), ask('OPTIONS', origin, 'DELETE')]) {
    expect(corsOf(request, LISTED)).toEqual({ headers: { vary: 'Origin' }, isPreflight: false });
  }
});

it.each(LISTED)('allows %s what it asks for, by its name and without credentials', (origin) => {
  const preflight = corsOf(ask('OPTIONS', origin, 'DELETE'), LISTED);
  expect(preflight).toMatchObject({
    isPreflight: true,
    headers: { vary: 'Origin', 'access-control-allow-origin': origin },
  });
  expect(preflight.headers['access-control-allow-methods']).toContain('DELETE');
  expect(preflight.headers['access-control-allow-headers']).toContain('authorization');
  for (const request of [
    ask('GET', origin),
    ask('DELETE', origin),
    ask('OPTIONS', origin),
    ask('GET', origin, 'GET'),
  ]) {
    const answer = corsOf(request, LISTED);
    expect(answer).toMatchObject({ isPreflight: false, headers: { 'access-control-allow-origin': origin } });
    expect(answer.headers['access-control-expose-headers']).toContain('retry-after');
  }
  expect(JSON.stringify(preflight)).not.toContain('credentials');
});
