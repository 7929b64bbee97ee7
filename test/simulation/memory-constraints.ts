import type { Attempt, Instance } from '../../src/novita-instances/domain/instance.js';
import type { MemoryTables } from './memory-tables.js';

/** What PostgreSQL says when two rows would have the same key, or when a row would be what no row may be. */
class ConstraintViolation extends Error {
  constructor(readonly constraint: string) {
    super(`violates constraint "${constraint}"`);
    this.name = 'ConstraintViolation';
  }
}

/* The constraints of the schema that commands can break. Each check throws before anything is written. */

export const checkLastEventSeq = (lastEventSeq: number): void => {
  if (lastEventSeq <= 0) throw new ConstraintViolation('instances_last_event_seq_check');
};

export const isSameName = (one: Instance, other: Instance): boolean =>
  one.name === other.name && one.projectId === other.projectId;

export const checkName = (tables: MemoryTables, after: Instance): void => {
  if (after.deletedAt !== null) return;
  for (const { instance } of tables.instances.values()) {
    if (instance.id !== after.id && isSameName(instance, after) && instance.deletedAt === null) {
      throw new ConstraintViolation('instances_live_name');
    }
  }
};

export const checkAttempt = (
  { tags, heldBy }: MemoryTables,
  instanceId: string,
  { number, tag, machineId }: Attempt,
): void => {
  const self = `${instanceId}#${number}`;
  if ((tags.get(tag) ?? self) !== self) throw new ConstraintViolation('create_attempts_tag_key');
  if (machineId !== null && (heldBy.get(machineId) ?? self) !== self) {
    throw new ConstraintViolation('create_attempts_machine_id_key');
  }
};

export const checkEvents = (tables: MemoryTables, instanceId: string, lastSeq: number, count: number): void => {
  const known = tables.eventsOf(instanceId);
  // the usual case first: new events go on where the last ones ended
  if ((known.at(-1)?.seq ?? 0) <= lastSeq) return;
  if (known.some(({ seq }) => seq > lastSeq && seq <= lastSeq + count)) throw new ConstraintViolation('events_pkey');
};
