import { toMoney } from '../../money/price.js';
import type { FleetSurvey } from '../fleet-survey.js';
import { REPORTED_VERDICTS, type MachineReport } from '../machine-report.js';
import type { FleetDto } from './fleet.dto.js';
import type { FleetMachineDto } from './machine.dto.js';

/** What an operator sees of one machine of the account. */
export const machineReportView = (report: MachineReport): FleetMachineDto => ({
  id: report.machineId,
  name: report.name,
  verdict: report.verdict,
  instance: report.instance && { id: report.instance.id, name: report.instance.name },
  status: report.observation.statusWord,
  productId: report.make?.productId ?? null,
  productName: report.make?.productName ?? null,
  regionId: report.make?.clusterId ?? null,
  gpuNum: report.make?.gpuNum ?? null,
  billingMode: report.make?.billingMode ?? null,
  pricePerInstanceHour: report.pricePerHour === null ? null : toMoney(report.pricePerHour),
  firstSeenAt: report.firstSeenAt.toISOString(),
  lastSeenAt: report.lastSeenAt.toISOString(),
  ignored: report.ignored,
});

/** What an operator sees of the fleet as a whole. */
export const fleetView = ({
  at,
  guard,
  hold,
  reportOnlyUntil,
  tallies,
  unaccounted,
  deletes,
}: FleetSurvey): FleetDto => {
  const { frozen, createsPaused } = guard;
  const isPaused = createsPaused !== null && createsPaused.until > at;
  return {
    frozen: frozen && { why: frozen.why, detail: frozen.detail, since: frozen.at.toISOString() },
    hold: hold && { waitingFor: hold.waitingFor, detail: hold.detail },
    verifiedAt: guard.verifiedAt?.toISOString() ?? null,
    resumedAt: guard.resumedAt?.toISOString() ?? null,
    createsPaused: isPaused
      ? {
          waitingFor: createsPaused.waitingFor,
          detail: createsPaused.detail,
          until: createsPaused.until.toISOString(),
        }
      : null,
    reportOnlyUntil: reportOnlyUntil?.toISOString() ?? null,
    unaccountedPerHour: toMoney(unaccounted.pricePerHour),
    verdicts: REPORTED_VERDICTS.map((verdict) => {
      const { machines, pricePerHour, unpriced } = tallies[verdict];
      return { verdict, machines, pricePerHour: toMoney(pricePerHour), unpriced };
    }),
    deletes: {
      pending: deletes.pending,
      overdue: deletes.overdue,
      oldestAt: deletes.oldestAt?.toISOString() ?? null,
    },
  };
};
