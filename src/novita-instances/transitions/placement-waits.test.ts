import { describe, expect, it } from 'vitest';
import { anAttempt, anInstance, at } from '../../../test/support/snapshot-builder.js';
import type { Snapshot } from '../domain/instance.js';
import { limitReached } from './placement-waits.js';

describe('a limit that keeps an instance from buying', () => {
  const roundAfter = (attempts: Snapshot['attempts']) =>
    limitReached({ instance: anInstance(), machines: [], attempts }, 'too much', at(10), at(0)).progress?.placement;

  it('is waited for, and told', () => {
    expect(roundAfter([])).toMatchObject({ waitingFor: 'quota', detail: 'too much', notBefore: at(10), round: 1 });
  });

  it('begins the next round when an offer was refused in this one, since that may cost less', () => {
    expect(roundAfter([anAttempt({ state: 'REJECTED', round: 1 })])).toMatchObject({ round: 2 });
    expect(roundAfter([anAttempt({ state: 'REJECTED', round: 0 })])).toMatchObject({ round: 1 });
    expect(roundAfter([anAttempt({ state: 'ABSENT', round: 1 })])).toMatchObject({ round: 1 });
  });
});
