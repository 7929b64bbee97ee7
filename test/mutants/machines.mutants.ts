import { plantedIn } from './suite-mutant.js';

export const MACHINES_MUTANTS = plantedIn(
  'src/machines',
  [
    'readings at both ends of the window are not taken together',
    'domain/joint-reading.ts',
    '<= WINDOW_SECONDS',
    '< WINDOW_SECONDS',
    'src/machines/domain/joint-reading.test.ts',
  ],
  [
    'a machine that is younger than the database freezes nothing',
    'domain/fleet-guard.ts',
    'if (unknown.some(isFromLater)) {',
    'if (unknown.some(isFromLater) && false) {',
    'src/machines/domain/fleet-guard.test.ts',
  ],
  [
    'readings are complete although the last one showed a machine more',
    'domain/joint-reading.ts',
    'if (all.size > total) return null;',
    '',
    'src/machines/domain/joint-reading.test.ts',
  ],
  [
    'readings are complete without one more that shows no other',
    'domain/joint-reading.ts',
    'if (before.size === total) return',
    'if (all.size === total) return',
    'src/machines/domain/joint-reading.test.ts',
  ],
  [
    'what several readings prove is as new as the last of them',
    'domain/joint-reading.ts',
    'return { startedAt, ids: [...all] };',
    'return { startedAt: last.startedAt > startedAt ? last.startedAt : startedAt, ids: [...all] };',
    'src/machines/domain/joint-reading.test.ts',
  ],
  [
    'a list that the budget refuses at its beginning is thought to cost all of it',
    'sweep/fleet-watch.ts',
    'if (pagesRead >= this.listCost) this.listCost = Math.min(pagesRead + 1, this.readsWhenFull);',
    'this.listCost = this.readsWhenFull;',
    'test/integration/fleet-watch.test.ts',
  ],
  [
    'a list that has grown is begun anew with no more in hand',
    'sweep/fleet-watch.ts',
    'if (pagesRead >= this.listCost)',
    'if (pagesRead < this.listCost)',
    'test/integration/fleet-watch.test.ts',
  ],
);
