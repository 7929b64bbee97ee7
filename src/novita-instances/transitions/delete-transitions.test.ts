import { describe, expect, it } from 'vitest';
import { aMachine, anInstance, at, holding } from '../../../test/support/snapshot-builder.js';
import type { Machine } from '../../machines/domain/machine.js';
import { deleteAnswered, type DeleteAnswer } from './delete-transitions.js';

const NOW = at(5);
const which = { machineId: 'm1', surplus: false };
const answered = (answer: DeleteAnswer, releases = {}, changes: Partial<Machine> = {}) =>
  deleteAnswered(holding(aMachine('running', changes), anInstance({}, { releases })), which, answer, at(4), NOW);

describe('the answer to a delete', () => {
  it.each<[DeleteAnswer, string, string | null, string]>([
    [{ kind: 'acknowledged' }, 'acknowledged', null, 'delete_acknowledged'],
    [{ kind: 'not-found' }, 'not-found', null, 'delete_not_found'],
    [{ kind: 'ambiguous', why: 'cut' }, 'ambiguous', 'cut', 'delete_ambiguous'],
    [{ kind: 'not-sent', why: 'cut' }, 'not-sent', 'cut', 'delete_not_sent'],
    [{ kind: 'unavailable', why: 'down' }, 'unavailable', 'down', 'delete_unavailable'],
    [
      {
        kind: 'rejected',
        rejection: { reason: 'INSTANCE_LOCKED', message: 'no', httpStatus: 400, retryAfterSeconds: null },
      },
      'rejected INSTANCE_LOCKED',
      'INSTANCE_LOCKED: no',
      'delete_rejected',
    ],
  ])('%j is kept and told', (answer, outcome, said, event) => {
    const change = answered(answer);
    expect(change.progress?.releases?.['m1']).toEqual({ since: at(4), tries: 1, notBefore: at(10), outcome, said });
    expect(change.events).toMatchObject([{ type: `machine.${event}`, data: which }]);
  });

  it('that stays the same is told once, counted, and waited for longer', () => {
    const last = { since: at(1), tries: 1, notBefore: at(2), outcome: 'ambiguous', said: 'cut' };
    const other = { ...last, outcome: 'acknowledged' };
    const change = answered({ kind: 'ambiguous', why: 'cut' }, { m1: last, m2: other });
    expect(change.events).toEqual([]);
    expect(change.progress?.releases).toEqual({ m1: { ...last, tries: 2, notBefore: at(15) }, m2: other });
  });

  it('for a machine that is not ours any more leaves it alone for ten minutes', () => {
    expect(answered({ kind: 'not-ours' }).progress?.releases?.['m1']?.notBefore).toEqual(at(605));
  });

  it('does not take away what an operator said of a machine that is gone', () => {
    expect(answered({ kind: 'acknowledged' }, {}, { goneAt: at(3) })).not.toHaveProperty('progress');
  });
});
