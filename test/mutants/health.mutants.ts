import { plantedIn } from './suite-mutant.js';

const NOVITA = 'src/health/novita-api.health.test.ts';
const HEALTH = 'test/e2e/health.test.ts';

export const HEALTH_MUTANTS = plantedIn(
  'src/health',
  [
    'a newer schema takes readiness away',
    'database.health.ts',
    'applied < this.needed ?',
    'applied !== this.needed ?',
    HEALTH,
  ],
  ['an older schema is called well', 'database.health.ts', 'applied < this.needed ?', 'applied < 1 ?', HEALTH],
  [
    'Novita being away makes the service unready',
    'novita-api.health.ts',
    "readonly kind = 'dependency';",
    "readonly kind = 'service' as never;",
    HEALTH,
  ],
  [
    'one lost request is called an outage of Novita',
    'novita-api.health.ts',
    'FAILURES_OF_AN_OUTAGE = 3',
    'FAILURES_OF_AN_OUTAGE = 1',
    NOVITA,
  ],
  [
    'a leaving process is ready',
    'health.service.ts',
    "if (this.state.isShuttingDown) return { status: 'not_ready', waitingFor: ['shutdown'] };",
    '',
    HEALTH,
  ],
  [
    'a service that was ready once is starting again when its database goes',
    'health.service.ts',
    'this.state.hasStarted ? [] : ',
    '',
    HEALTH,
  ],
  [
    'an unhealthy report is answered with 200',
    'health.controller.ts',
    "if (report.status === 'unhealthy') unavailable(reply);",
    '',
    HEALTH,
  ],
  [
    'debug details are shown in production',
    'health.service.ts',
    "this.server.environment === 'development' && {",
    "this.server.environment !== 'test' && {",
    HEALTH,
  ],
  [
    'jobs that are not being taken for a minute are called well',
    'jobs.health.ts',
    'STUCK_SECONDS = 15',
    'STUCK_SECONDS = 1500',
    HEALTH,
  ],
  ['dead jobs are told as waiting', 'jobs.health.ts', "failed: sum('dead')", "failed: sum('waiting')", HEALTH],
  [
    'the error rate of requests counts refusals',
    'health.service.ts',
    'errorRate: percent(answered.failed, answered.count)',
    'errorRate: percent(answered.count, answered.count)',
    HEALTH,
  ],
  [
    'a log that has lost lines once is degraded for ever',
    'log.health.ts',
    '      isDropping\n',
    '      isDropping || droppedLines > 0\n',
    'src/health/log.health.test.ts',
  ],
);
