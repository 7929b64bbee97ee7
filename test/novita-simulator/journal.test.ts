import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { JournalEntry } from './journal.js';
import { ManualClock } from './simulator-clock.js';
import { withNovita } from './with-novita.js';

describe('the journal', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'novita-journal-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const written = async (journalFile: string): Promise<JournalEntry[]> =>
    (await readFile(journalFile, 'utf8'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as JournalEntry);

  it('holds each machine, how it went on, and the request that made or ended it', async () => {
    const journalFile = path.join(folder, 'journal.jsonl');
    await withNovita({ journalFile }, async ({ api, novita }) => {
      const machineId = await api.create({ name: 'written-down' });
      await novita.advance(machineId, 'running');
      await api.act('delete', machineId);
      const entries = await written(journalFile);
      expect(entries.filter(({ what }) => what === 'made')).toMatchObject([{ machineId, name: 'written-down' }]);
      expect(entries.flatMap((entry) => (entry.what === 'status' ? [entry.status] : []))).toEqual([
        ...['pending', 'creating', 'pulling', 'running', 'toRemove'],
      ]);
      expect(entries.filter(({ what }) => what === 'done')).toMatchObject([
        { operation: 'createInstance', machineId, status: 200, fault: null },
        { operation: 'deleteInstance', machineId, status: 200, fault: null },
      ]);
    });
  });

  it('tells what happened and not what was answered, with the time at which it happened', async () => {
    const journalFile = path.join(folder, 'journal.jsonl');
    const clock = new ManualClock();
    await withNovita({ journalFile, clock }, async ({ api, novita }) => {
      novita.faults.next('createInstance', { status: 504, executeLateMs: 5_000 });
      const arrivedAt = clock.now();
      await api.tryCreate({ name: 'late' });
      clock.tick(5_000);
      expect((await written(journalFile)).at(-1)).toMatchObject({
        ...{ what: 'done', at: arrivedAt + 5_000, arrivedAt, status: 200 },
        ...{ machineId: novita.machines()[0]?.id, fault: { executeLateMs: 5_000 } },
      });
    });
  });
});
