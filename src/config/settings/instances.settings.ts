import { addressList, dollars, keyRing, longSecret, wholeNumber, yesOrNo } from '../kinds.js';
import type { SettingGroup } from '../setting-group.js';

const DAY_SECONDS = 86_400;
const WEEK_SECONDS = 7 * DAY_SECONDS;

export const INSTANCES_SETTINGS: SettingGroup = {
  title: 'Instances',
  settings: [
    {
      name: 'DEPLOYMENT_SECRET',
      goesTo: 'instances.deploymentSecret',
      doc: 'Signs the names of machines and encrypts the secrets that are stored for them. Without this setting a secret is generated and kept in the database. Set it, and keep a copy, if a database backup alone must not reveal secrets.',
      optional: true,
      secret: true,
      ...longSecret,
    },
    {
      name: 'DEPLOYMENT_SECRET_PREVIOUS',
      goesTo: 'instances.previousDeploymentSecret',
      doc: 'The secret before DEPLOYMENT_SECRET, while the secret is changed: names of machines and stored secrets that carry it are still recognised and opened. See "Changing the deployment secret" in docs/runbook.md.',
      optional: true,
      secret: true,
      ...longSecret,
    },
    {
      name: 'ENCRYPTION_KEYS',
      goesTo: 'instances.encryptionKeys',
      doc: 'The keys that encrypt stored secrets, best as a file (ENCRYPTION_KEYS_FILE): one for each line, an id and 32 bytes as base64. The first key encrypts, all of them decrypt, and so do keys made of DEPLOYMENT_SECRET, which encrypts without this setting, or when the first line is the word DEPLOYMENT_SECRET. See "Changing the encryption key" in docs/runbook.md.',
      optional: true,
      secret: true,
      privateFile: true,
      ...keyRing,
    },
    {
      name: 'CREATES_ENABLED',
      goesTo: 'instances.createsEnabled',
      doc: 'While this is false no machine is bought. Everything else goes on.',
      default: 'true',
      ...yesOrNo,
    },
    {
      name: 'MAX_INSTANCES',
      goesTo: 'instances.maxInstances',
      doc: 'The most instances that all projects together may have; deleted ones do not count. Without this setting there is no limit. Projects have limits of their own: see PATCH /api/projects/{project}.',
      optional: true,
      ...wholeNumber(0, 1_000_000),
    },
    {
      name: 'MAX_DOLLARS_PER_HOUR',
      goesTo: 'instances.maxPricePerHour',
      doc: 'The most that all machines together may cost per hour, in USD, without their disks. A create or a start that would cost more is refused. Without this setting there is no limit.',
      optional: true,
      ...dollars,
    },
    {
      name: 'CREATE_SETTLE_SECONDS',
      goesTo: 'instances.createSettleSeconds',
      doc: 'How many seconds a machine is searched for after a create with an unknown outcome, before another create is sent. A shorter time is faster, and may buy a machine twice.',
      default: '120',
      ...wholeNumber(1, 3_600),
    },
    {
      name: 'SWEEP_REPORT_ONLY_HOURS',
      goesTo: 'instances.sweepReportOnlyHours',
      doc: 'For this many hours after a deployment was made, surplus machines are reported (GET /api/machines) but not deleted. They are billed meanwhile.',
      default: '24',
      ...wholeNumber(0, 720),
    },
    {
      name: 'CAPACITY_TIMEOUT_SECONDS',
      goesTo: 'instances.capacityTimeoutSeconds',
      doc: 'How many seconds an instance waits for an available machine before it fails. Neither this limit nor those below count time in which nothing could be done: an outage, a revoked key, an empty balance, a freeze.',
      default: '3600',
      ...wholeNumber(1, WEEK_SECONDS),
    },
    {
      name: 'OUT_OF_STOCK_SECONDS',
      goesTo: 'instances.outOfStockSeconds',
      doc: 'How many seconds an offer that had no stock is not asked for again, by any instance of any replica. A shorter time finds new stock sooner, and spends requests on offers that are still empty.',
      default: '120',
      ...wholeNumber(0, 3_600),
    },
    {
      name: 'PROVISION_TIMEOUT_SECONDS',
      goesTo: 'instances.provisionTimeoutSeconds',
      doc: 'How many seconds a bought machine may take to appear and to pull its image. It is billed meanwhile.',
      default: '1800',
      ...wholeNumber(1, DAY_SECONDS),
    },
    {
      name: 'START_TIMEOUT_SECONDS',
      goesTo: 'instances.startTimeoutSeconds',
      doc: 'How many seconds a machine may take to start.',
      default: '900',
      ...wholeNumber(1, DAY_SECONDS),
    },
    {
      name: 'REPLACEMENT_DRAIN_SECONDS',
      goesTo: 'instances.replacementDrainSeconds',
      doc: 'How many seconds a replaced machine goes on after the new machine has taken over, so that it can finish what it is answering. It is billed meanwhile, and then deleted.',
      default: '30',
      ...wholeNumber(0, 3_600),
    },
    {
      name: 'MAX_REPLACEMENTS_PER_HOUR',
      goesTo: 'instances.maxReplacementsPerHour',
      doc: 'How many machines of one instance may be replaced within an hour since they failed (`onFailure` and `onStartFailure`). Beyond that the instance waits, and says until when.',
      default: '3',
      ...wholeNumber(1, 60),
    },
    {
      name: 'STOP_TIMEOUT_SECONDS',
      goesTo: 'instances.stopTimeoutSeconds',
      doc: 'How many seconds a machine may take to stop.',
      default: '600',
      ...wholeNumber(1, DAY_SECONDS),
    },
    {
      name: 'READINESS_TIMEOUT_SECONDS',
      goesTo: 'instances.readinessTimeoutSeconds',
      doc: 'How many seconds the workload of a running machine may take to answer its probe.',
      default: '600',
      ...wholeNumber(1, DAY_SECONDS),
    },
    {
      name: 'PROBE_ALLOW_ADDRESSES',
      goesTo: 'instances.probeAllowAddresses',
      doc: 'Private addresses that readiness probes may reach. Public addresses are always allowed, all others never.',
      default: '',
      ...addressList,
    },
  ],
};
