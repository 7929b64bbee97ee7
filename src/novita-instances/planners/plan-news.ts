import { disprovedOf } from '../domain/disproved-word.js';
import { instancePhase } from '../domain/instance-phase.js';
import type { Planner } from './planner.js';

/** Callers are told a changed status before anything else is done. */
export const planStatusNews: Planner = ({ snapshot }) => {
  const status = instancePhase(snapshot);
  return status === snapshot.instance.toldStatus ? null : { do: 'tell', status };
};

/** What an operator said, and a machine disproves, is told before anything is done about the machine. */
export const planDisproof: Planner = ({ snapshot }) => {
  const disproved = disprovedOf(snapshot);
  return disproved && { do: 'disprove', disproved };
};
