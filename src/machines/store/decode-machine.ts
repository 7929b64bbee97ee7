import { countOf, fieldsOf, textOf, UNREADABLE } from '../../database/read-json.js';
import { codecOf } from '../../database/stored-json.js';
import {
  AccessShape,
  MachineMakeShape,
  ObservationShape,
  type Access,
  type Endpoint,
  type MachineMake,
  type MachineState,
  type Observation,
} from '../domain/machine.js';

const OBSERVATION_CODEC = codecOf(ObservationShape);
const ACCESS_CODEC = codecOf(AccessShape);
const MAKE_CODEC = codecOf(MachineMakeShape);

/** @param column the state as its own column says; the next look replaces all of it */
export const decodeObservation = (json: unknown, column: string | null): Observation =>
  OBSERVATION_CODEC.decode(json) ?? observationLeft(json, column);

const observationLeft = (json: unknown, column: string | null): Observation => {
  const { state, statusWord, failure, endpoints, startedAt, spot } = fieldsOf(json);
  const { code, message } = fieldsOf(failure);
  const { state: spotState, reclaimAt } = fieldsOf(spot);
  return {
    state: (textOf(state) ?? column ?? 'unknown') as MachineState,
    statusWord: textOf(statusWord) ?? UNREADABLE,
    failure: textOf(code) === null ? null : { code: textOf(code) ?? '', message: textOf(message) ?? '' },
    endpoints: (Array.isArray(endpoints) ? endpoints : []).flatMap(decodeEndpoint),
    startedAt: textOf(startedAt),
    spot:
      textOf(spotState) === null ? null : ({ state: spotState, reclaimAt: textOf(reclaimAt) } as Observation['spot']),
  };
};

const decodeEndpoint = (json: unknown): Endpoint[] => {
  const { port, protocol, address } = fieldsOf(json);
  if (!Number.isSafeInteger(port)) return [];
  return [{ port: port as number, protocol: protocol === 'http' ? 'http' : 'tcp', address: textOf(address) }];
};

/** Null when it is none. */
export const decodeAccess = (json: unknown): Access | null => ACCESS_CODEC.decode(json) ?? accessLeft(json);

const accessLeft = (json: unknown): Access | null => {
  if (typeof json !== 'object' || json === null) return null;
  const { sshCommand, sshPassword, webTerminal, jupyterUrl } = fieldsOf(json);
  const { address, username, password } = fieldsOf(webTerminal);
  return {
    sshCommand: textOf(sshCommand),
    sshPassword: textOf(sshPassword),
    webTerminal:
      textOf(address) === null
        ? null
        : { address: textOf(address) ?? '', username: textOf(username) ?? '', password: textOf(password) ?? '' },
    jupyterUrl: textOf(jupyterUrl),
  };
};

export const decodeMake = (json: unknown): MachineMake => MAKE_CODEC.decode(json) ?? makeLeft(json);

const makeLeft = (json: unknown): MachineMake => {
  const { productId, productName, clusterId, clusterName, gpuNum, billingMode, image, rootfsSizeGb } = fieldsOf(json);
  return {
    productId: textOf(productId),
    productName: textOf(productName),
    clusterId: textOf(clusterId),
    clusterName: textOf(clusterName),
    gpuNum: countOf(gpuNum),
    billingMode: billingMode === 'spot' || billingMode === 'onDemand' ? billingMode : null,
    image: textOf(image),
    rootfsSizeGb: countOf(rootfsSizeGb),
  };
};
