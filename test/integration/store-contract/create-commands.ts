import fc from 'fast-check';
import type { EventDraft } from '../../../src/events/event-catalogue.js';
import type { EnvVar } from '../../../src/placement/machine-spec.js';
import { newInstance } from '../../../src/novita-instances/domain/commands.js';
import { aSpec } from '../../support/snapshot-builder.js';
import { normalResult, type BothStores } from './both-stores.js';
import { command } from './command.js';
import {
  attemptDraft,
  attemptFrom,
  cause,
  claim,
  events,
  index,
  INSTANCE_IDS,
  labels,
  machineDraft,
  machineFrom,
  name,
  projectId,
} from './small-world.js';
import { record } from './record.js';
import { countQuota, type Tally } from './tally.js';

const birth = record({
  attempts: fc.array(attemptDraft, { maxLength: 2 }),
  machines: fc.array(machineDraft, { maxLength: 2 }),
});

const creation = record({
  index,
  /** Take the next id that nobody has: ids do not clash in life, and only seldom here. */
  isFresh: fc.constantFrom(true, true, true, true, false),
  expected: fc.constantFrom(null, 35_000, 70_000),
  projectId,
  name,
  labels,
  envs: fc.constantFrom<EnvVar[][]>([], [{ key: 'A', value: 'secret' }]),
  events: fc.oneof({ weight: 30, arbitrary: events }, { weight: 1, arbitrary: fc.constant<EventDraft[]>([]) }),
  claim: fc.option(claim, { freq: 2 }),
  cause,
  birth: fc.option(birth, { freq: 2 }),
});

const freshFrom = (both: BothStores, index: number): number => {
  const candidates = INSTANCE_IDS.map((_, offset) => (index + offset) % INSTANCE_IDS.length);
  return candidates.find((candidate) => !both.snapshot(candidate)) ?? index;
};

const create = command('create', 14, creation, async (both, given) => {
  const index = given.isFresh ? freshFrom(both, given.index) : given.index;
  const spec = aSpec({ labels: given.labels, envs: given.envs });
  const instance = newInstance(INSTANCE_IDS[index] ?? '', given.name, spec, both.now, given.projectId);
  instance.progress.expectedPricePerHour = given.expected;
  const born = given.birth && {
    attempts: given.birth.attempts.map((draft) => attemptFrom(draft, both.now, index)),
    machines: given.birth.machines.map((draft) => machineFrom(draft, both.now)),
  };
  const answer = await both.ask(
    (store) => store.create(instance, given.events, given.claim, given.cause, born ?? undefined),
    normalResult,
  );
  countCreate(both.tally, answer, born !== null);
});

const REJECTIONS = [
  'create_attempts_tag_key',
  'create_attempts_machine_id_key',
  'instances_last_event_seq_check',
] as const;

const countCreate = (
  tally: Tally,
  answer: { value: { kind: 'created' | 'replayed' | 'key-reused' | 'name-taken' | 'id-taken' } } | { rejected: string },
  isBorn: boolean,
): void => {
  if ('rejected' in answer) {
    countQuota(tally, answer.rejected, 'create');
    for (const constraint of REJECTIONS) tally.countIf(answer.rejected === constraint, `create: ${constraint}`);
    return;
  }
  const { kind } = answer.value;
  tally.countIf(kind === 'created', 'create: created');
  tally.countIf(kind === 'created' && isBorn, 'create: created around a machine');
  tally.countIf(kind === 'replayed', 'create: key replayed');
  tally.countIf(kind === 'key-reused', 'create: key reused');
  tally.countIf(kind === 'name-taken', 'create: name taken');
  tally.countIf(kind === 'id-taken', 'create: id taken');
};

const findByKey = command('findByKey', 3, claim, async (both, given) => {
  const answer = await both.ask((store) => store.findByKey(given), normalResult);
  if ('value' in answer) both.tally.count(`findByKey: ${answer.value?.kind ?? 'nothing'}`);
});

const remember = command('remember', 2, record({ index, claim }), async (both, { index, claim }) => {
  const snapshot = both.snapshot(both.near(index));
  if (snapshot) await both.ask((store) => store.remember(claim, snapshot.instance.id));
});

/** A commit that claims a key. */
const commitOnce = command('commitOnce', 3, record({ index, claim }), async (both, { index, claim }) => {
  const snapshot = both.snapshot(both.near(index));
  if (!snapshot) return;
  const before = snapshot.instance;
  const after = { ...before, generation: before.generation + 1 };
  const answer = await both.ask((store) => store.commit({ before, after, claim, actor: 'caller' }));
  if ('value' in answer) both.tally.count(answer.value ? 'commit: key claimed' : 'commit: key known');
});

export const createCommands = [create, findByKey, remember, commitOnce];
