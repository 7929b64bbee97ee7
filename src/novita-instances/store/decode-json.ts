import { FREEZE_REASONS, type CreatesPause, type Freeze } from '../domain/fleet-guard.js';
import { NO_SIGHT, type Sight } from '../domain/sight.js';
import {
  WAIT_REASONS,
  type Access,
  type Endpoint,
  type MachineMake,
  type MachineState,
  type Observation,
  type OfferTaken,
} from '../domain/instance.js';

/** Reads stored JSON that may be damaged. None throws: one row must not take down whatever else is read with it. */

const fields = (json: unknown): Record<string, unknown> =>
  typeof json === 'object' && json !== null ? (json as Record<string, unknown>) : {};
const text = (value: unknown): string | null => (typeof value === 'string' ? value : null);
const moment = (value: unknown): Date | null => {
  const time = new Date(text(value) ?? NaN);
  return Number.isNaN(time.getTime()) ? null : time;
};
const UNREADABLE = 'unreadable';

/** Null only when there is none: in doubt the fleet is frozen, until a person resumes it. */
export const decodeFreeze = (json: unknown): Freeze | null => {
  if (json === null) return null;
  const { at, why, detail } = fields(json);
  return {
    at: moment(at) ?? new Date(0),
    why: FREEZE_REASONS.find((reason) => reason === why) ?? 'restored-database',
    detail: text(detail) ?? 'What is stored of a freeze cannot be read: look over the machines, and resume the fleet.',
  };
};

/** Null when there is none, or none that can be read: Novita says again why it refuses. */
export const decodePause = (json: unknown): CreatesPause | null => {
  const { until, waitingFor, detail, tries } = fields(json);
  const time = moment(until);
  const reason = WAIT_REASONS.find((one) => one === waitingFor);
  if (time === null || reason === undefined || !Number.isSafeInteger(tries)) return null;
  return { until: time, waitingFor: reason, detail: text(detail) ?? UNREADABLE, tries: tries as number };
};

export const decodeSight = (json: unknown): Sight => {
  const { seenAt, blindSince, held } = fields(json);
  if (!Array.isArray(held)) return NO_SIGHT;
  return {
    seenAt: moment(seenAt),
    blindSince: moment(blindSince),
    held: held.flatMap((span: unknown) => {
      const [from, to] = [moment(fields(span)['from']), moment(fields(span)['to'])];
      return from && to ? [{ from, to }] : [];
    }),
  };
};

export const decodeOffer = (json: unknown): OfferTaken => {
  const { productId, productName, regionId, regionName, billingMode, pricePerGpuHour } = fields(json);
  return {
    productId: text(productId) ?? UNREADABLE,
    productName: text(productName) ?? UNREADABLE,
    regionId: text(regionId) ?? UNREADABLE,
    regionName: text(regionName) ?? UNREADABLE,
    billingMode: billingMode === 'spot' ? 'spot' : 'onDemand',
    pricePerGpuHour: Number.isSafeInteger(pricePerGpuHour) ? (pricePerGpuHour as number) : 0,
  };
};

/** @param column the state as its own column says; the next look replaces all of it */
export const decodeObservation = (json: unknown, column: string | null): Observation => {
  const { state, statusWord, failure, endpoints, startedAt, spot } = fields(json);
  const { code, message } = fields(failure);
  const { state: spotState, reclaimAt } = fields(spot);
  return {
    state: (text(state) ?? column ?? 'unknown') as MachineState,
    statusWord: text(statusWord) ?? UNREADABLE,
    failure: text(code) === null ? null : { code: text(code) ?? '', message: text(message) ?? '' },
    endpoints: (Array.isArray(endpoints) ? endpoints : []).flatMap(decodeEndpoint),
    startedAt: text(startedAt),
    spot: text(spotState) === null ? null : ({ state: spotState, reclaimAt: text(reclaimAt) } as Observation['spot']),
  };
};

export const decodeEndpoint = (json: unknown): Endpoint[] => {
  const { port, protocol, address } = fields(json);
  if (!Number.isSafeInteger(port)) return [];
  return [{ port: port as number, protocol: protocol === 'http' ? 'http' : 'tcp', address: text(address) }];
};

/** Null when it is none. */
export const decodeAccess = (json: unknown): Access | null => {
  if (typeof json !== 'object' || json === null) return null;
  const { sshCommand, sshPassword, webTerminal, jupyterUrl } = fields(json);
  const { address, username, password } = fields(webTerminal);
  return {
    sshCommand: text(sshCommand),
    sshPassword: text(sshPassword),
    webTerminal:
      text(address) === null
        ? null
        : { address: text(address) ?? '', username: text(username) ?? '', password: text(password) ?? '' },
    jupyterUrl: text(jupyterUrl),
  };
};

export const decodeMake = (json: unknown): MachineMake => {
  const { productId, productName, clusterId, clusterName, gpuNum, billingMode, image, rootfsSizeGb } = fields(json);
  const count = (value: unknown): number | null => (Number.isSafeInteger(value) ? (value as number) : null);
  return {
    productId: text(productId),
    productName: text(productName),
    clusterId: text(clusterId),
    clusterName: text(clusterName),
    gpuNum: count(gpuNum),
    billingMode: billingMode === 'spot' || billingMode === 'onDemand' ? billingMode : null,
    image: text(image),
    rootfsSizeGb: count(rootfsSizeGb),
  };
};
