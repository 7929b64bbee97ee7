import { describe, expect, it } from 'vitest';
import { DatabaseSilentError } from '../database/wait-limit.js';
import { isDatabaseOutage } from './database-outage.js';

const postgres = (code: string): Error => Object.assign(new Error('x'), { code, severity: 'ERROR' });

describe('an error of the database', () => {
  it.each(['08006', '53300', '57P01', '57014', '40001', '40P01', '55P03', '25006', '28P01', '3D000'])(
    '%s means that it cannot do the work now',
    (code) => {
      expect(isDatabaseOutage(postgres(code))).toBe(true);
      expect(isDatabaseOutage(new Error('while reading', { cause: postgres(code) }))).toBe(true);
    },
  );

  it.each(['23505', '22P05', '42703', '42P01', 'P0001'])('%s means that the work was wrong', (code) => {
    expect(isDatabaseOutage(postgres(code))).toBe(false);
  });

  it.each([
    new Error('Connection terminated unexpectedly'),
    new Error('timeout exceeded when trying to connect'),
    new Error('Query read timeout'),
    new DatabaseSilentError(),
    Object.assign(new Error('x'), { code: 'ECONNREFUSED', syscall: 'connect' }),
    Object.assign(new Error('x'), { code: 'ECONNRESET', syscall: 'read' }),
    Object.assign(new Error('x'), { code: 'EPIPE', syscall: 'write' }),
    new AggregateError([Object.assign(new Error('x'), { code: 'ECONNREFUSED', syscall: 'connect' })]),
  ])('without a state, such as %s, is an outage too', (error) => {
    expect(isDatabaseOutage(error)).toBe(true);
  });

  it.each([
    new Error('no'),
    new TypeError('Connection is not defined'),
    // a caller that went away, and a file that is not there
    Object.assign(new Error('aborted'), { code: 'ECONNRESET' }),
    Object.assign(new Error('x'), { code: 'ENOENT', syscall: 'open' }),
    null,
    'Connection terminated',
  ])('is not %s', (error) => {
    expect(isDatabaseOutage(error)).toBe(false);
  });

  it('is looked for in a chain of causes that has no end', () => {
    const endless = new Error('x');
    endless.cause = endless;
    expect(isDatabaseOutage(endless)).toBe(false);
  });
});
