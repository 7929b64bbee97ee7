import type { Excuse, Law } from './law.js';
import type { Scene } from './scene.js';

/** The lease of a dead replica lasts for four ticks of a quiet world, and the rarest duty is done once in five minutes. */
const DUTY_MS = 900_000;

const hadNoTime: Excuse = {
  when: `the weather has been good for less than ${DUTY_MS / 60_000} minutes`,
  why: 'a lease of a dead replica ends by time, and some duties are rare',
  applies: ({ world: { healedAt, time } }) => healedAt === null || time.now - healedAt < DUTY_MS,
};

/** Duties of the deployment that have not run since all is well, or have failed. */
export const neglectedDuties = ({ world }: Scene): string[] => {
  const { healedAt } = world;
  if (healedAt === null) return [];
  const names = ['due-instances', 'fleet-sweep', ...(world.keep ? ['retention'] : [])];
  return names.filter((name) => {
    const run = world.timetable.runNow(name);
    return !run?.beganAt || run.beganAt.getTime() < healedAt - world.skewMs || run.error !== null;
  });
};

export const doneDuties: Law = {
  name: 'done-duties',
  sentence:
    'Each background task of the deployment goes on, though runs of it failed and replicas died with its lease.',
  excuses: [hadNoTime],
  checks: {
    *deploymentAtRest(_, scene) {
      if (hadNoTime.applies(scene)) return;
      for (const name of neglectedDuties(scene)) yield `${name} is not done any more`;
    },
  },
};
