import { describe, expect, it } from 'vitest';
import { Sealing } from './sealing.js';

const sealing = new Sealing('a secret');

describe('sealing', () => {
  it('gives back what was sealed, and never writes the same text twice', () => {
    const sealed = sealing.seal('Xk29é', 'machines|m1|access');
    expect(sealing.open(sealed, 'machines|m1|access')).toBe('Xk29é');
    expect(sealed).not.toContain('Xk29');
    expect(sealing.seal('Xk29é', 'machines|m1|access')).not.toBe(sealed);
  });

  it('does not open in another place, under another secret, or when it was changed', () => {
    const sealed = sealing.seal('text', 'machines|m1|access');
    expect(() => sealing.open(sealed, 'machines|m2|access')).toThrow();
    expect(() => new Sealing('another').open(sealed, 'machines|m1|access')).toThrow();
    const last = sealed.endsWith('A=') ? 'B=' : 'A=';
    expect(() => sealing.open(sealed.slice(0, -2) + last, 'machines|m1|access')).toThrow();
  });
});
