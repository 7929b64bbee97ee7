import type { SeenMachine } from '../../novita-api/novita-client.js';
import { Secrets } from '../../redaction/secrets.js';
import type { MachineMake } from '../domain/machine.js';
import type { Tag, Tagger } from '../domain/tag.js';
import type { ObservedMachine, Stranger } from '../store/machine-store.js';

/**
 * Whose machine this is: by our tag in its name, or because we hold its id. Null: not ours. The tag in its environment proves
 * nothing by itself, since a person's copy of our machine has our environment too.
 */
export const traceMachine = (machine: SeenMachine, tagger: Tagger, heldBy: string | null): Trace | null => {
  const tag = readTag(machine, tagger);
  const instanceId = heldBy ?? tag?.instanceId;
  return instanceId ? { instanceId, attemptNumber: tag?.attempt ?? 0 } : null;
};

export interface Trace {
  instanceId: string;
  attemptNumber: number;
}

export const readTag = ({ name }: Pick<SeenMachine, 'name'>, tagger: Tagger): Tag | null =>
  name.examine((text) => tagger.read(text));

/** The tag as the machine's name carries it, which another secret may have signed; else as it would be written now. */
export const tagOf = ({ name }: Pick<SeenMachine, 'name'>, tag: Tag, tagger: Tagger): string =>
  name.examine((text) => (tagger.read(text) ? { text } : null))?.text ?? tagger.write(tag);

/** @param secrets of its instance: Novita's texts may repeat them */
export const observedMachine = (
  machine: SeenMachine,
  { instanceId, attemptNumber }: Trace,
  secrets: Secrets,
): ObservedMachine => ({
  machineId: machine.machineId,
  instanceId,
  attemptNumber,
  observation: observationOf(machine, secrets),
  access: accessOf(machine),
});

/** The tag in the machine's environment. A person's copy of a machine has it too: the code never acts on it. */
export const readEnvTag = ({ envTag }: Pick<SeenMachine, 'envTag'>, tagger: Tagger): Tag | null =>
  envTag && readTag({ name: envTag }, tagger);

/** Its instance is not in the database: the secrets that are known are those that Novita shows with the machine. */
export const strangerFrom = (machine: SeenMachine, trace: Trace | null, envTag: Tag | null): Stranger => ({
  machineId: machine.machineId,
  name: machine.name.redact(Secrets.NONE),
  instanceId: trace?.instanceId ?? null,
  attemptNumber: trace?.attemptNumber ?? null,
  envInstanceId: trace ? null : (envTag?.instanceId ?? null),
  envAttemptNumber: trace ? null : (envTag?.attempt ?? null),
  observation: observationOf(machine, Secrets.NONE),
  make: makeOf(machine, Secrets.NONE),
});

/** Whether what Novita says of a machine is more than its own words, and may repeat something. */
export const hasFreeText = ({ state, failure }: SeenMachine): boolean => state === 'unknown' || failure !== null;

export const makeOf = ({ make }: SeenMachine, secrets: Secrets): MachineMake => ({
  ...make,
  productName: make.productName?.redact(secrets) ?? null,
  clusterName: make.clusterName?.redact(secrets) ?? null,
  image: make.image?.redact(secrets) ?? null,
});

const observationOf = (
  { state, statusWord, failure, endpoints, startedAt, spot }: SeenMachine,
  secrets: Secrets,
): ObservedMachine['observation'] => ({
  state,
  statusWord: statusWord.redact(state === 'unknown' ? secrets : Secrets.NONE),
  failure: failure && { code: failure.code.redact(secrets), message: failure.message.redact(secrets) },
  endpoints,
  startedAt: startedAt?.toISOString() ?? null,
  spot: spot && { state: spot.state, reclaimAt: spot.reclaimAt?.toISOString() ?? null },
});

/** Null also when a look by id shows no way in yet: then what is known stays, and somebody asks again. */
const accessOf = ({ access }: SeenMachine): ObservedMachine['access'] => {
  if (!access) return null;
  const { sshCommand, sshPassword, webTerminal, jupyterUrl } = access;
  return sshCommand === null && webTerminal === null && jupyterUrl === null
    ? null
    : { sshCommand, sshPassword, webTerminal, jupyterUrl };
};
