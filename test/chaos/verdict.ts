import { appendFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { countTwins } from './books.js';
import { judge, LAWS, zombies, type Evidence, type Violation } from './judge.js';
import type { ChaosOptions } from './options.js';
import type { Storm } from './storm.js';
import type { Workplace } from './workplace.js';

/** Figures about the run. */
export interface Course {
  options: ChaosOptions;
  done: Storm['done'];
  starts: number;
  failedStarts: number;
  freezes: ReadonlyMap<string, number>;
  answers: ReadonlyMap<number, number>;
  noAnswer: number;
  stormSeconds: number;
  calmSeconds: number;
  postgresVersion: string;
}

export interface Verdict {
  violations: Violation[];
  figure: string;
}

export const reach = (evidence: Evidence, course: Course): Verdict => {
  const violations = judge(evidence);
  return { violations, figure: figureOf(evidence, course, violations) };
};

const figureOf = (evidence: Evidence, course: Course, violations: readonly Violation[]): string => {
  const { done, options, freezes, answers } = course;
  const { instances, ledger, orders, events } = evidence;
  const replaced = [...events].filter(([, seen]) => seen.some(({ type }) => type === 'instance.replace_requested'));
  const twins = countTwins(ledger, new Set(replaced.map(([id]) => id)), Date.now());
  const late = zombies(evidence);
  const times = (type: string): number => [...events.values()].flat().filter((event) => event.type === type).length;
  const count = (status: string): number => instances.filter((instance) => instance.status === status).length;
  const lawful = LAWS.map((law) => `${violations.filter((violation) => violation.law === law).length} ${law}`);
  return [
    `seed ${options.seed}, ${options.replicas} replicas: ${done.kills} kills of service processes, ${done.databaseKills} of PostgreSQL, ` +
      `${done.pauses} pauses (${done.longPauses} over 10 s), ${course.starts} starts (${course.failedStarts} in vain), in ${course.stormSeconds.toFixed(0)} s; at rest after ${course.calmSeconds.toFixed(0)} s more`,
    `${orders.length} instances asked for: ${count('ready')} ready, ${count('stopped')} stopped, ${count('failed')} failed, ${count('deleted')} deleted`,
    `${ledger.filter(({ foreign }) => !foreign).length} machines made by ${times('placement.sent')} creates: ${times('placement.ambiguous')} in doubt, ` +
      `${times('placement.adopted')} adopted, ${times('placement.absent')} proved absent, ${times('machine.condemned')} condemned`,
    `${times('instance.replace_requested')} replacements asked for: ${times('replacement.cut_over')} took over, ${times('replacement.failed')} failed`,
    `${twins.instances} transient twins (longest ${twins.longestSeconds.toFixed(0)} s), ${late.length} made by Novita after the settle window of a deleted instance`,
    `${[...freezes.values()].reduce((sum, each) => sum + each, 0)} freezes${[...freezes].map(([why, often]) => ` (${why} ${often})`).join('')}`,
    `callers got ${[...answers]
      .sort(([a], [b]) => a - b)
      .map(([status, often]) => `${often} × ${status}`)
      .join(', ')}, and ${course.noAnswer} times no answer`,
    lawful.join(', '),
  ].join('; ');
};

/** The evidence of a failed run, in addition to its logs. */
export const keepEvidence = (place: Workplace, evidence: Evidence, violations: readonly Violation[]): void => {
  const asJson = (_: string, value: unknown): unknown =>
    value instanceof Map ? Object.fromEntries(value) : value instanceof Set ? [...(value as Set<unknown>)] : value;
  writeFileSync(place.file('violations.json'), JSON.stringify(violations, null, 2));
  writeFileSync(place.file('evidence.json'), JSON.stringify(evidence, asJson, 2));
};

export const record = (file: string, figure: string, { postgresVersion }: Course, failed: boolean): void => {
  const machine = `${cpus().length} cores, Node ${process.version}, PostgreSQL ${postgresVersion} with fsync`;
  const date = new Date().toISOString().slice(0, 10);
  appendFileSync(
    file,
    `\n- ${date}, \`npm run chaos\`, **${failed ? 'FAILED' : 'passed'}**: ${figure}. Machine: ${machine}.\n`,
  );
};
