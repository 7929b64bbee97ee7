import { plantedIn } from './suite-mutant.js';

const FLEET_VIEW = 'src/fleet/api/fleet.view.test.ts';

export const FLEET_MUTANTS = plantedIn(
  'src/fleet',
  [
    'a machine of unknown price costs nothing',
    'api/fleet.view.ts',
    'report.pricePerHour === null ? null : toMoney(report.pricePerHour)',
    'toMoney(report.pricePerHour ?? 0)',
    FLEET_VIEW,
  ],
  [
    'a pause that is over is shown',
    'api/fleet.view.ts',
    'createsPaused !== null && createsPaused.until > at',
    'createsPaused !== null',
    FLEET_VIEW,
  ],
  [
    'an ignored machine counts as unaccounted',
    'fleet-survey.ts',
    'UNACCOUNTED.includes(verdict) && !ignored',
    'UNACCOUNTED.includes(verdict)',
    'test/integration/fleet-survey.test.ts',
  ],
  [
    'the survey tells dollars where units are',
    'fleet.metrics.ts',
    'units / UNITS_PER_DOLLAR',
    'units',
    'test/e2e/metrics-json.test.ts',
  ],
  [
    'the secret before is not needed while machines carry it in their names',
    'secret-change.task.ts',
    'needed: signal.aborted || machines + openAttempts > 0',
    'needed: signal.aborted || resealed > 0',
    'test/e2e/secret-change.test.ts',
  ],
  [
    'stored secrets stay sealed with the secret before',
    'secret-change.task.ts',
    'await resealColumn(database, column, sealing, signal);',
    'await Promise.resolve({ resealed: 0, unreadable: 0, left: [resealColumn, database, column, signal] });',
    'test/e2e/secret-change.test.ts',
  ],
  [
    'a key that is missing is not told',
    'encryption-keys.task.ts',
    'isMissing = ofUnknownKeys > 0;',
    'isMissing = ofUnknownKeys > texts;',
    'test/e2e/encryption-keys.test.ts',
  ],
  [
    'the secrets of webhooks are forgotten by rotation',
    'stored-secrets.ts',
    '  ...SEALED_WEBHOOK_COLUMNS,\n',
    '',
    'test/integration/sealed-columns.test.ts',
  ],
  [
    'a rotation that left something says that older keys may go',
    'rotate-encryption.ts',
    'if (left === 0) return',
    'if (left === unreadable) return',
    'test/integration/sealed-columns.test.ts',
  ],
);
