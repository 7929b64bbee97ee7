import { describe, expect, it } from 'vitest';
import { sessionUrl } from './session-url.js';

const optionsOf = (url: string): string => new URL(sessionUrl(url)).searchParams.get('options') ?? '';

describe('the options of a session', () => {
  it.each(['lock_timeout=0', 'statement_timeout=0', 'synchronous_commit=on', 'TimeZone=UTC'])('have %s', (option) => {
    expect(optionsOf('postgresql://u@h/d').split(' ')).toContain(option);
  });

  it('have a space within a value escaped', () => {
    expect(optionsOf('postgresql://u@h/d')).toContain('-c default_transaction_isolation=read\\ committed');
  });

  // the server believes the last one
  it('begin with those of the address, and ours come after them', () => {
    const options = optionsOf('postgresql://u@h/d?options=-c%20search_path=elsewhere%20-c%20TimeZone=Asia/Tokyo');
    expect(options).toMatch(/^-c search_path=elsewhere -c TimeZone=Asia\/Tokyo .*-c TimeZone=UTC/);
  });
});
