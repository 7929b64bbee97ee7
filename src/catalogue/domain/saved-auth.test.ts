import { describe, expect, it } from 'vitest';
import { savedAuth } from './saved-auth.js';

const auth = (registryAuthId: string, name = 'ghcr.io', username = 'me') => ({ registryAuthId, name, username });
const wanted = { name: 'ghcr.io', username: 'me' };

describe('the credential that was saved', () => {
  it.each([
    ['is the new one', [auth('1')], [auth('1'), auth('2')], '2'],
    ['is the new one wherever it is listed', [auth('1')], [auth('2'), auth('1')], '2'],
    ['is none of another name or user', [], [auth('1', 'docker.io'), auth('2', 'ghcr.io', 'you')], undefined],
    ['is none that was there before, though it looks the same', [auth('1')], [auth('1')], undefined],
    ['is the last of several', [], [auth('1'), auth('2')], '2'],
  ])('%s', (_what, before, after, id) => {
    expect(savedAuth(before, after, wanted)?.registryAuthId).toBe(id);
  });
});
