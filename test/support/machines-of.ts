import type { LedgerEntry } from '../novita-simulator/ledger.js';
import type { NovitaSimulator } from '../novita-simulator/novita-simulator.js';

/** The machines that the simulator really made for an instance, oldest first. */
export const machinesOf = (novita: NovitaSimulator, instanceId: string): LedgerEntry[] => {
  const ulid = instanceId.replace(/^ins_/, '').toLowerCase();
  return novita.ledger().filter(({ name }) => name.includes(ulid));
};

export const liveMachinesOf = (novita: NovitaSimulator, instanceId: string): LedgerEntry[] =>
  machinesOf(novita, instanceId).filter(({ removedAt }) => removedAt === null);
