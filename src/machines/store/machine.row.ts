import type { Insertable, Selectable } from 'kysely';
import { date, maybeDate, orNull, type Selected } from '../../database/selected-row.js';
import type { MachinesTable } from '../../database/tables.js';
import type { SealedColumn } from '../../secrets/sealed-columns.js';
import type { Sealer } from '../../secrets/sealing.js';
import type { Access, Machine } from '../domain/machine.js';
import { decodeAccess, decodeObservation } from './decode-machine.js';

const accessContext = (machineId: string): string => `machines|${machineId}|access`;

export const SEALED_MACHINE_COLUMNS: readonly SealedColumn[] = [
  { table: 'machines', id: 'machine_id', column: 'sealed_access', placeOf: accessContext },
];

export const toMachineRow = (instanceId: string, machine: Machine, sealer: Sealer): Insertable<MachinesTable> => ({
  machine_id: machine.machineId,
  instance_id: instanceId,
  attempt_number: machine.attemptNumber,
  state: machine.observation.state,
  observation: JSON.stringify(machine.observation),
  sealed_access: sealAccess(machine.machineId, machine.access, sealer),
  observed_at: machine.observedAt,
  changed_at: machine.changedAt,
  first_seen_at: machine.firstSeenAt,
  missing_proofs: machine.missingProofs,
  last_missing_at: machine.lastMissingAt,
  ran_at: machine.ranAt,
  condemned_at: machine.condemnedAt,
  release_acknowledged_at: machine.releaseAcknowledgedAt,
  gone_at: machine.goneAt,
});

export const sealAccess = (machineId: string, access: Access | null, sealer: Sealer): string | null =>
  access && sealer.seal(JSON.stringify(access), accessContext(machineId));

export const fromMachineRow = (row: Selected<Selectable<MachinesTable>>, sealer: Sealer): Machine => ({
  machineId: row.machine_id,
  attemptNumber: row.attempt_number,
  observation: decodeObservation(row.observation, row.state),
  // what cannot be opened is as good as not known: a look by id brings it again
  access: orNull(() =>
    row.sealed_access ? decodeAccess(JSON.parse(sealer.open(row.sealed_access, accessContext(row.machine_id)))) : null,
  ),
  observedAt: date(row.observed_at),
  changedAt: date(row.changed_at),
  firstSeenAt: date(row.first_seen_at),
  missingProofs: row.missing_proofs,
  lastMissingAt: maybeDate(row.last_missing_at),
  ranAt: maybeDate(row.ran_at),
  condemnedAt: maybeDate(row.condemned_at),
  releaseAcknowledgedAt: maybeDate(row.release_acknowledged_at),
  goneAt: maybeDate(row.gone_at),
});
