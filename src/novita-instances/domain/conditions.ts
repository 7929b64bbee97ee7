import { formatUnits } from '../../money/price.js';
import type { ConditionType } from '../../vocabulary/condition-type.js';
import { instancePhase } from './instance-phase.js';
import { boundMachine, type Snapshot, offerOf } from './instance.js';
import { sayCap } from '../../placement/placement-words.js';
import { capOf, priceAboveCap } from '../../placement/price-cap.js';
import { holdSeconds, isFlapping } from './flapping.js';
import { reclaimMessage } from './reclaim.js';
import { updateMessage } from './spec-update.js';

export interface Condition {
  type: ConditionType;
  status: boolean;
  reason: string;
  message: string;
  generation: number;
}

/** The aspects of an instance, computed from the snapshot like its status. Each says why. */
export const conditionsOf = (snapshot: Snapshot): Condition[] => {
  const { generation } = snapshot.instance;
  const aspects = [placed, provisioned, reachable, ready, interrupting, withinPriceCap, upToDate];
  return aspects.map((aspect) => ({ ...aspect(snapshot), generation }));
};

type Aspect = Omit<Condition, 'generation'>;

const placed = ({ instance }: Snapshot): Aspect => {
  const { waitingFor, detail } = instance.progress.placement;
  if (instance.machineId)
    return { type: 'Placed', status: true, reason: 'Accepted', message: 'Novita has accepted a create.' };
  return {
    type: 'Placed',
    status: false,
    reason: waitingFor ? pascalCase(`waiting-for-${waitingFor}`) : 'NotBought',
    message: detail ?? 'No machine is held.',
  };
};

const provisioned = (snapshot: Snapshot): Aspect => {
  const machine = boundMachine(snapshot);
  const state = machine?.observation.state;
  const made = state === 'running' || state === 'exited' || state === 'stopping' || state === 'starting';
  return {
    type: 'Provisioned',
    status: made,
    reason: state ? pascalCase(`machine-${state}`) : 'NoMachine',
    message: machine ? `Novita says "${machine.observation.statusWord}".` : 'There is no machine.',
  };
};

const reachable = (snapshot: Snapshot): Aspect => {
  const machine = boundMachine(snapshot);
  const running = machine?.observation.state === 'running';
  const addressed = running && machine.observation.endpoints.every(({ address }) => address !== null);
  if (addressed) return { type: 'Reachable', status: true, reason: 'Addressed', message: 'Every port has an address.' };
  return {
    type: 'Reachable',
    status: false,
    reason: running ? 'AddressMissing' : 'NotRunning',
    message: running ? 'Novita has not given every port an address yet.' : 'The machine does not run.',
  };
};

const ready = (snapshot: Snapshot): Aspect => {
  const { readiness } = snapshot.instance.progress;
  if (instancePhase(snapshot) === 'ready') {
    return { type: 'Ready', status: true, reason: 'ProbesSucceeded', message: 'The workload answers.' };
  }
  if (readiness.verdict === 'unready' && isFlapping(readiness)) {
    return {
      type: 'Ready',
      status: false,
      reason: 'Flapping',
      message:
        `The workload has changed between ready and unready ${readiness.turns.length} times lately: it is ready again when it has answered for ${holdSeconds(readiness)} s without a break. ${readiness.lastFailure ?? ''}`.trim(),
    };
  }
  return {
    type: 'Ready',
    status: false,
    reason: readiness.lastFailure ? 'ProbesFailed' : 'NotProbed',
    message: readiness.lastFailure ?? 'The workload has not been asked yet.',
  };
};

const interrupting = (snapshot: Snapshot): Aspect => {
  const spot = boundMachine(snapshot)?.observation.spot;
  const interrupted = spot?.state === 'notified' || spot?.state === 'reclaiming' || spot?.state === 'terminated';
  return {
    type: 'Interrupting',
    status: interrupted,
    reason: interrupted ? pascalCase(`spot-${spot.state}`) : 'None',
    message: interrupted
      ? (reclaimMessage(snapshot) ?? 'Novita takes the spot machine back.')
      : 'Nothing is announced.',
  };
};

const withinPriceCap = (snapshot: Snapshot): Aspect => {
  const { spec } = snapshot.instance;
  const type = 'WithinPriceCap';
  const binding = capOf(spec);
  if (binding === null) return { type, status: true, reason: 'NoCap', message: 'No price cap was asked for.' };
  const machine = boundMachine(snapshot);
  const offer = machine && offerOf(snapshot, machine);
  if (!offer) return { type, status: true, reason: 'NoMachine', message: 'There is no machine.' };
  const price = priceAboveCap(spec, offer);
  return price === null
    ? {
        type,
        status: true,
        reason: 'UnderCap',
        message: `The machine was bought for no more than ${sayCap(binding)}.`,
      }
    : {
        type,
        status: false,
        reason: 'AboveCap',
        message: `The machine costs ${formatUnits(price)} USD per GPU and hour, more than ${sayCap(binding)} allows: stop or delete the instance if that is too much.`,
      };
};

const upToDate = (snapshot: Snapshot): Aspect => {
  const { update } = snapshot.instance;
  const type = 'UpToDate';
  if (update?.state === 'failed') {
    return {
      type,
      status: false,
      reason: 'UpdateFailed',
      message: update.failure?.message ?? 'The update has failed.',
    };
  }
  return update?.state === 'pending'
    ? { type, status: false, reason: 'UpdatePending', message: updateMessage(snapshot) ?? 'The update is made.' }
    : { type, status: true, reason: 'AsAsked', message: 'The machine is as asked for.' };
};

const pascalCase = (words: string): string =>
  words.replace(/(?:^|-)(\w)/g, (_, letter: string) => letter.toUpperCase());
