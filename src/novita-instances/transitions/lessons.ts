import type { Lesson } from '../../catalogue/domain/offer-memory.js';
import { secondsBetween } from '../../time/clock.js';
import { attemptOf } from '../domain/machine-verdict.js';
import { boundMachine, type Attempt, type Snapshot } from '../domain/instance.js';
import { UNRECORDED } from '../domain/unrecorded.js';

/** A run that began later may be another than the first one: it says nothing of the image. */
const LONGEST_SECONDS = 3_600;

/** The machine was seen running. What its image took counts for all machines with this image in this region. */
export const lessonOfRun = (snapshot: Snapshot, now: Date): Lesson | undefined => {
  const first = firstRun(snapshot, now);
  if (!first) return undefined;
  const { image, templateId } = snapshot.instance.spec;
  const { attempt, seconds } = first;
  return { kind: 'pulled', regionId: attempt.offer.regionId, image: imageKeyOf({ image, templateId }), seconds };
};

/** The workload has answered for the first time. */
export const lessonOfReady = (snapshot: Snapshot, now: Date): Lesson | undefined => {
  const first = firstRun(snapshot, now);
  return first && { kind: 'ready', offer: first.attempt.offer, seconds: first.seconds };
};

/** What is pulled: the image, or that of a template, whose name is not known here. */
export const imageKeyOf = ({ image, templateId }: { image: string | null; templateId: string | null }): string =>
  image ?? `template:${templateId ?? ''}`;

/** The seconds since the create was sent, while the machine is in its first run. */
const firstRun = (snapshot: Snapshot, now: Date): { attempt: Attempt; seconds: number } | undefined => {
  const { action, readiness } = snapshot.instance.progress;
  const machine = boundMachine(snapshot);
  const attempt = machine && attemptOf(snapshot, machine);
  if (!attempt || attempt.reason === UNRECORDED || action !== null || readiness.readyAt !== null) return undefined;
  const seconds = Math.max(0, secondsBetween(attempt.sentAt, now));
  return seconds <= LONGEST_SECONDS ? { attempt, seconds } : undefined;
};
