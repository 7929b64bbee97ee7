import { expect, it } from 'vitest';
import { aMachine, at, OPEN, T0 } from '../../../test/support/snapshot-builder.js';
import { REPORTED_VERDICTS } from '../machine-report.js';
import type { FleetSurvey } from '../fleet-survey.js';
import { fleetView, machineReportView } from './fleet.view.js';

const NOTHING = { machines: 0, pricePerHour: 0, unpriced: 0 };

/** Of a fleet without machines, at second 100, whose creates are paused until then. */
const survey = (pausedUntil: number | null): FleetSurvey => ({
  at: at(100),
  guard: {
    ...OPEN,
    createsPaused:
      pausedUntil === null
        ? null
        : { waitingFor: 'capacity', detail: 'no balance left', tries: 1, until: at(pausedUntil) },
  },
  hold: null,
  reportOnlyUntil: null,
  statuses: new Map(),
  stuck: 0,
  tallies: Object.fromEntries(REPORTED_VERDICTS.map((verdict) => [verdict, NOTHING])) as FleetSurvey['tallies'],
  unaccounted: NOTHING,
  deletes: { pending: 0, overdue: 0, oldestAt: null },
  oldestDeleteSeconds: 0,
});

it.each([
  ['never was', null, false],
  ['is over', 99, false],
  ['is over at this moment', 100, false],
  ['lasts', 101, true],
])('a pause of creates that %s is told as such', (_, until, isTold) => {
  expect(fleetView(survey(until)).createsPaused !== null).toBe(isTold);
});

it.each([
  [null, null],
  [0, { amount: '0.00', currency: 'USD' }],
  [35_000, { amount: '0.35', currency: 'USD' }],
])('the price of a machine is told, and that nobody knows it: %j', (pricePerHour, told) => {
  const report = machineReportView({
    machineId: 'm1',
    name: null,
    verdict: 'foreign',
    instance: null,
    observation: aMachine('running').observation,
    make: null,
    pricePerHour,
    firstSeenAt: T0,
    lastSeenAt: T0,
    ignored: false,
  });
  expect(report.pricePerInstanceHour).toEqual(told);
});
