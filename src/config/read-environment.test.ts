import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ReadEnvironment, readEnvironment } from './read-environment.js';

describe('the environment', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'novitai-env-'));
  });

  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  const write = (name: string, text: string): void => {
    writeFileSync(path.join(folder, name), text);
  };
  const read = (processEnvironment: Record<string, string> = {}): ReadEnvironment =>
    readEnvironment(processEnvironment, folder);

  it.each([
    ['a byte order mark', '\uFEFFPORT=1\nHOST=a\n'],
    ['lines that end as on Windows', 'PORT=1\r\nHOST=a\r\n'],
    ['both, and no end of the last line', '\uFEFFPORT=1\r\nHOST=a'],
  ])('is the same with %s', (_, text) => {
    for (const [file, environment] of [
      ['.env', {}],
      ['.env.local', {}],
      ['named', { CONFIG_FILE: 'named' }],
    ] as const) {
      write(file, text);
      expect(readEnvironment(environment, folder).environment, file).toMatchObject({ PORT: '1', HOST: 'a' });
    }
    write('secret', '\uFEFFof-a-file\r\n');
    const { environment } = readEnvironment({ NOVITA_API_KEY_FILE: 'secret' }, folder);
    expect(environment['NOVITA_API_KEY']).toBe('of-a-file');
  });

  it('is the process’s own over .env.local over .env', () => {
    write('.env', 'PORT=1\nHOST=a\nROLE=api');
    write('.env.local', 'PORT=2\nHOST=b');
    expect(read({ PORT: '3' })).toEqual({
      environment: { PORT: '3', HOST: 'b', ROLE: 'api' },
      mistakes: [],
      warnings: [],
    });
  });

  it('an empty variable hides nothing that a weaker source sets', () => {
    write('.env', 'PORT=1');
    write('.env.local', 'PORT=');
    expect(read({ PORT: ' ' }).environment).toEqual({ PORT: '1' });
  });

  it('with CONFIG_FILE that file is the only one', () => {
    write('.env', 'PORT=1\nHOST=a');
    write('other', 'PORT=2');
    expect(read({ CONFIG_FILE: 'other' }).environment).toEqual({ CONFIG_FILE: 'other', PORT: '2' });
    expect(read({ CONFIG_FILE: 'nowhere' }).mistakes).toEqual(['CONFIG_FILE names nowhere, which cannot be read.']);
  });

  it('NAME_FILE gives a secret, without the line end', () => {
    write('key', 'sk_something\n');
    expect(read({ NOVITA_API_KEY_FILE: 'key' }).environment['NOVITA_API_KEY']).toBe('sk_something');
  });

  it.each([
    ['both the secret and its file', { NOVITA_API_KEY: 'x', NOVITA_API_KEY_FILE: 'key' }, /both set/],
    ['a file that is not there', { NOVITA_API_KEY_FILE: 'nowhere' }, /NOVITA_API_KEY_FILE names nowhere/],
    ['an empty file', { DATABASE_URL_FILE: 'empty' }, /DATABASE_URL_FILE names empty, which is empty/],
  ])('%s is a mistake', (_, processEnvironment, sentence) => {
    write('key', 'k');
    write('empty', '\n');
    expect(read(processEnvironment as unknown as Record<string, string>).mistakes).toEqual([
      expect.stringMatching(sentence),
    ]);
  });

  it('warns of a file with encryption keys that every user may read', () => {
    for (const [mode, warnings] of [
      [0o600, []],
      [0o640, []],
      [0o644, [expect.stringMatching(/^Every user of this machine may read keys \(ENCRYPTION_KEYS_FILE\)/)]],
    ] as const) {
      write('keys', 'a line');
      chmodSync(path.join(folder, 'keys'), mode);
      expect(read({ ENCRYPTION_KEYS_FILE: 'keys' })).toMatchObject({ mistakes: [], warnings });
    }
    expect(read({ ENCRYPTION_KEYS_FILE: 'nowhere' }).warnings).toEqual([]);
    // the mode of a file that is mounted into a container often cannot be chosen
    expect(read({ NOVITA_API_KEY_FILE: 'keys' }).warnings).toEqual([]);
  });

  it('only secrets are read from files', () => {
    write('port', '1');
    expect(read({ PORT_FILE: 'port' }).environment['PORT']).toBeUndefined();
  });
});
