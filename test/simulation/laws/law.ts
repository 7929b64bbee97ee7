import type { Moments } from './moments.js';
import type { Scene } from './scene.js';

/** A case in which a law need not hold. `docs/proofs.md` shows both texts: "It need not hold when …: …". */
export interface Excuse<Subject = void> {
  readonly when: string;
  readonly why: string;
  readonly applies: (scene: Scene, subject: Subject) => boolean;
}

/** Yields one sentence for each breach. It sees the world as the moment left it, and changes nothing. */
export type Check<Moment> = (moment: Moment, scene: Scene) => Iterable<string>;

/** What must hold in every simulated world. A law reads the truth, and not what the core believes. */
export interface Law {
  /** Equal to the name of the law's file. Recorded results name it, so it stays. */
  readonly name: string;
  /** What must hold. */
  readonly sentence: string;
  readonly excuses: readonly Excuse<never>[];
  /** When the law is checked, and how. */
  readonly checks: { readonly [Name in keyof Moments]?: Check<Moments[Name]> };
}
