import { addressList, longSecret, wholeNumber, yesOrNo } from '../kinds.js';
import type { SettingGroup } from '../setting-group.js';

const DAY_SECONDS = 86_400;
const WEEK_SECONDS = 7 * DAY_SECONDS;

export const INSTANCES_SETTINGS: SettingGroup = {
  title: 'Instances',
  settings: [
    {
      name: 'DEPLOYMENT_SECRET',
      goesTo: 'instances.deploymentSecret',
      doc: 'Signs the names of our machines and seals what is stored of their secrets. Without it one is made and kept in the database. Give it, and keep a copy, where database backups must not be enough to read secrets.',
      optional: true,
      secret: true,
      ...longSecret,
    },
    {
      name: 'CREATES_ENABLED',
      goesTo: 'instances.createsEnabled',
      doc: 'false buys no machine, for as long as it is set; everything else goes on.',
      default: 'true',
      ...yesOrNo,
    },
    {
      name: 'CREATE_SETTLE_SECONDS',
      goesTo: 'instances.createSettleSeconds',
      doc: 'How long a create whose outcome is unknown is looked for before another one is sent. Shorter is faster and may buy twice.',
      default: '120',
      ...wholeNumber(1, 3_600),
    },
    {
      name: 'SWEEP_REPORT_ONLY_HOURS',
      goesTo: 'instances.sweepReportOnlyHours',
      doc: 'So long after a deployment was made, machines that are one too many for their instance are only reported (GET /api/machines) and not given back.',
      default: '24',
      ...wholeNumber(0, 720),
    },
    {
      name: 'CAPACITY_TIMEOUT_SECONDS',
      goesTo: 'instances.capacityTimeoutSeconds',
      doc: 'How long an instance waits for a machine to be available before it fails. Like the other limits, it counts no time in which nothing could be done: an outage, a revoked key, an empty balance, a freeze.',
      default: '3600',
      ...wholeNumber(1, WEEK_SECONDS),
    },
    {
      name: 'PROVISION_TIMEOUT_SECONDS',
      goesTo: 'instances.provisionTimeoutSeconds',
      doc: 'How long a bought machine may take to be made and to pull its image. Billing runs meanwhile.',
      default: '1800',
      ...wholeNumber(1, DAY_SECONDS),
    },
    {
      name: 'START_TIMEOUT_SECONDS',
      goesTo: 'instances.startTimeoutSeconds',
      doc: 'How long a machine may take to start.',
      default: '900',
      ...wholeNumber(1, DAY_SECONDS),
    },
    {
      name: 'STOP_TIMEOUT_SECONDS',
      goesTo: 'instances.stopTimeoutSeconds',
      doc: 'How long a machine may take to stop.',
      default: '600',
      ...wholeNumber(1, DAY_SECONDS),
    },
    {
      name: 'READINESS_TIMEOUT_SECONDS',
      goesTo: 'instances.readinessTimeoutSeconds',
      doc: 'How long a running machine may take until its workload answers.',
      default: '600',
      ...wholeNumber(1, DAY_SECONDS),
    },
    {
      name: 'PROBE_ALLOW_ADDRESSES',
      goesTo: 'instances.probeAllowAddresses',
      doc: 'Private addresses that readiness probes may reach all the same. Everything public is allowed, nothing else.',
      default: '',
      ...addressList,
    },
  ],
};
