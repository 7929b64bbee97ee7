import { noticeOf } from '../../../src/novita-instances/domain/reclaim.js';
import { openAttempts, type Snapshot } from '../../../src/novita-instances/domain/instance.js';
import { SPELLS } from '../weather.js';
import { HOUR_MS } from './allowances.js';
import { databaseWentBack } from './excuses.js';
import type { Excuse, Law } from './law.js';

/** How long after a notice it has been noticed, and a machine has been asked for. */
const ENOUGH_MS = 1_200_000;

const isToldWhy: Excuse<Snapshot> = {
  when: 'the instance says what its new machine waits for, or that its new machines have failed',
  why: 'nothing can be bought then, and the machine runs to its end',
  applies: (_, { instance }) => {
    const { replacement, machineId } = instance;
    return (replacement?.placement.waitingFor ?? null) !== null || (noticeOf(instance, machineId)?.failures ?? 0) > 0;
  },
};

const isInDoubt: Excuse<Snapshot> = {
  when: 'a create is under way or in doubt',
  why: 'a second one beside it might be a machine too many',
  applies: (_, snapshot) => openAttempts(snapshot).length > 0,
};

const spellLately: Excuse = {
  when: 'Novita or the database was away or refused everything within the last hour',
  why: 'then nothing can be seen, or nothing can be bought',
  applies: ({ world }) => SPELLS.some((spell) => world.spells.lastedWithin(spell, HOUR_MS)),
};

const askedLately: Excuse<Snapshot> = {
  when: `what is wanted changed within the last ${ENOUGH_MS / 60_000} minutes`,
  why: 'a machine that was not to run is not replaced',
  applies: (scene, { instance }) => scene.leastAgeMs(instance.progress.wantedAt) < ENOUGH_MS,
};

export const outrunReclaim: Law = {
  name: 'outrun-reclaim',
  sentence:
    'An instance with `onReclaim: replace` whose machine Novita takes after a notice of twenty minutes or more has another machine then.',
  excuses: [databaseWentBack, isToldWhy, isInDoubt, spellLately, askedLately],
  checks: {
    *machineTaken({ machine, snapshot }, scene) {
      const { instance } = snapshot;
      const { noticedAt } = machine.reclaim;
      if (noticedAt === null || scene.world.time.now - noticedAt < ENOUGH_MS) return;
      if (instance.machineId !== machine.id || instance.desired !== 'running') return;
      if (instance.progress.failure || instance.spec.onReclaim !== 'replace') return;
      if (databaseWentBack.applies(scene) || spellLately.applies(scene) || askedLately.applies(scene, snapshot)) return;
      if (isToldWhy.applies(scene, snapshot) || isInDoubt.applies(scene, snapshot)) return;
      if (scene.livingMachinesOf(instance.id).length > 1) return;
      yield `${instance.id} loses ${machine.id}, was warned ${Math.round((scene.world.time.now - noticedAt) / 60_000)} minutes ago, and has no other machine`;
    },
  },
};
