import type { InstanceSpec } from '../../../src/novita-instances/domain/instance-spec.js';
import { databaseWentBack } from './excuses.js';
import type { Law } from './law.js';

const isOfStart = (code: string): boolean => code.startsWith('START_');

const isAsked = ({ onStartFailure, onFailure }: InstanceSpec, code: string): boolean =>
  isOfStart(code) ? onStartFailure === 'replace' : onFailure === 'replace';

export const askedReplacement: Law = {
  name: 'asked-replacement',
  sentence:
    'A machine that failed is replaced only when the request says so: for its start by `onStartFailure`, else by `onFailure`. One that may hold data is deleted only when its successor has taken over.',
  excuses: [databaseWentBack],
  checks: {
    *committed({ before, after, condemned = [], events = [] }) {
      for (const { type, data } of events) {
        if (type === 'machine.failed' && !isAsked(before.spec, data.code)) {
          yield `${before.id} replaces ${data.machineId} for ${data.code}, which its request does not ask for`;
        }
      }
      const { broken } = after.progress;
      const isBroken = broken !== null && broken.machineId === before.machineId;
      if (!isBroken || after.desired !== 'running' || !condemned.includes(broken.machineId)) return;
      if (before.progress.readiness.readyAt) {
        yield `${before.id} gives up ${broken.machineId}, which has worked, before another machine is ready`;
      }
      if (isOfStart(broken.code)) yield `${before.id} gives up ${broken.machineId} since it does not start`;
    },
  },
};
