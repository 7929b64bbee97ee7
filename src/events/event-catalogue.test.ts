import { expect, it } from 'vitest';
import type { EventDraft } from './event-catalogue.js';

it('the name of an event decides the type of its data, as the compiler knows', () => {
  const drafts: EventDraft[] = [
    { type: 'machine.gone', data: { machineId: 'm1' } },
    // @ts-expect-error -- there is no such event
    { type: 'machine.vanished', data: { machineId: 'm1' } },
    // @ts-expect-error -- a field has another name
    { type: 'machine.gone', data: { machine: 'm1' } },
    // @ts-expect-error -- a field is missing
    { type: 'placement.accepted', data: { machineId: 'm1' } },
    // @ts-expect-error -- a field is of another type
    { type: 'placement.declared_absent', data: { attempt: '1' } },
    // @ts-expect-error -- it is about the fleet, and not about an instance
    { type: 'fleet.frozen', data: { why: 'kill-rate', detail: 'x' } },
  ];
  const ofFleet: EventDraft<'fleet'> = { type: 'fleet.frozen', data: { why: 'kill-rate', detail: 'x' } };
  expect([...drafts, ofFleet]).toHaveLength(7);
});
