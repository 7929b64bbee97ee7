import { makeGaugeProvider } from '@willsoto/nestjs-prometheus';
import type { Gauge } from 'prom-client';
import { FIGURE_TIMEOUT_MS } from '../metrics/figure-timeout.js';
import { FREEZE_REASONS } from '../machines/domain/fleet-guard.js';
import { INSTANCE_STATUSES } from '../novita-instances/domain/instance-phase.js';
import { FleetSurveyor, type FleetSurvey } from './fleet-survey.js';
import { REPORTED_VERDICTS } from './machine-report.js';

/**
 * The fleet as seen by whoever scrapes. Each replica answers from the database, so that it does not matter which of them watches
 * the fleet; all gauges of a scrape share one survey, and so do scrapes that follow closely. Without a survey there is no
 * sample: an old figure would look like a true one.
 */
const UNITS_PER_DOLLAR = 100_000;
/** What a refused create may have all creates wait for. */
const PAUSE_REASONS = ['balance', 'rate-limit', 'novita'] as const;

const show = <Label extends string>(
  name: string,
  help: string,
  labelNames: Label[],
  fill: (gauge: Gauge<Label>, survey: FleetSurvey) => void,
) =>
  makeGaugeProvider({
    name,
    help,
    labelNames,
    inject: [FleetSurveyor],
    async collect(this: Gauge<Label>, surveyor: FleetSurveyor) {
      const survey = await surveyor.recent(FIGURE_TIMEOUT_MS).catch(() => null);
      this.reset();
      if (survey) fill(this, survey);
      else if (labelNames.length === 0) this.remove();
    },
  });

const dollars = (units: number): number => units / UNITS_PER_DOLLAR;

export const fleetMetricProviders = [
  show('novitai_instances', 'Instances that are not deleted, by status.', ['status'], (gauge, { statuses }) => {
    for (const status of INSTANCE_STATUSES) {
      if (status !== 'deleted') gauge.set({ status }, statuses.get(status) ?? 0);
    }
  }),
  show(
    'novitai_machines',
    'Machines of the account that are there, by what they are to this service.',
    ['verdict'],
    (gauge, { tallies }) => {
      for (const verdict of REPORTED_VERDICTS) gauge.set({ verdict }, tallies[verdict].machines);
    },
  ),
  show(
    'novitai_unaccounted_dollars_per_hour',
    'What machines with our tag cost that no instance holds: unknown, suspected, unrecorded, twin, condemned, tombstoned. More than 0 for long needs a person.',
    [],
    (gauge, { unaccounted }) => {
      gauge.set(dollars(unaccounted.pricePerHour));
    },
  ),
  show(
    'novitai_unpriced_machines',
    'Machines that run at a price that nobody knows, and so are missing in the dollars: ours that no instance holds, and foreign ones.',
    ['owner'],
    (gauge, { unaccounted, tallies }) => {
      gauge.set({ owner: 'us' }, unaccounted.unpriced);
      gauge.set({ owner: 'foreign' }, tallies.foreign.unpriced);
    },
  ),
  show(
    'novitai_bound_dollars_per_hour',
    'What the machines cost that instances hold, at the prices that they were bought at.',
    [],
    (gauge, { tallies }) => {
      gauge.set(dollars(tallies.bound.pricePerHour));
    },
  ),
  show(
    'novitai_foreign_dollars_per_hour',
    'What the machines of the account cost that carry no tag of ours, and that are never touched.',
    [],
    (gauge, { tallies }) => {
      gauge.set(dollars(tallies.foreign.pricePerHour));
    },
  ),
  show(
    'novitai_fleet_frozen',
    '1 while everything is held that rests on the word of the code alone, until a person resumes.',
    ['why'],
    (gauge, { guard }) => {
      for (const why of FREEZE_REASONS) gauge.set({ why }, guard.frozen?.why === why ? 1 : 0);
    },
  ),
  show(
    'novitai_creates_paused',
    '1 while no machine is bought because Novita would refuse each of them.',
    ['waiting_for'],
    (gauge, { guard, at }) => {
      const { createsPaused } = guard;
      for (const reason of PAUSE_REASONS) gauge.set({ waiting_for: reason }, 0);
      if (createsPaused && createsPaused.until > at) gauge.set({ waiting_for: createsPaused.waitingFor }, 1);
    },
  ),
  show(
    'novitai_instances_stuck',
    'Instances that Novitai cannot go on with, because every pass over them throws. Alarm on it: look in the log.',
    [],
    (gauge, { stuck }) => {
      gauge.set(stuck);
    },
  ),
  show(
    'novitai_deletes_pending',
    'Deletes of instances and of surplus machines whose machine is not yet proved gone.',
    [],
    (gauge, { deletes }) => {
      gauge.set(deletes.pending);
    },
  ),
  show(
    'novitai_deletes_overdue',
    'Of those, the ones that were asked for more than 10 minutes ago. Alarm on it: they may be billed.',
    [],
    (gauge, { deletes }) => {
      gauge.set(deletes.overdue);
    },
  ),
  show(
    'novitai_oldest_delete_seconds',
    'How long ago the oldest delete was asked for that is not proved; 0 when there is none.',
    [],
    (gauge, { oldestDeleteSeconds }) => {
      gauge.set(oldestDeleteSeconds);
    },
  ),
];
