import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { anAttempt } from '../support/snapshot-builder.js';
import { StoreStage } from '../support/store-stage.js';

const INSTANCES = 20;
const ATTEMPTS = 360;
const TIMES = 30;

/** As an hour without capacity leaves them. */
describe(`a page of ${INSTANCES} instances with ${ATTEMPTS} attempts each`, () => {
  let stage: StoreStage;
  beforeAll(async () => {
    stage = await StoreStage.open();
    for (const [kind, count] of [
      ['many', ATTEMPTS],
      ['one', 1],
    ] as const) {
      for (let at = 0; at < INSTANCES; at++) {
        const { instance } = await stage.made(`${kind}-${at}`, { labels: { kind } });
        const attempts = Array.from({ length: count }, (_, index) =>
          anAttempt({ number: index + 1, tag: `${kind}-${at}-${index}`, machineId: null, state: 'REJECTED' }),
        );
        await stage.commit(instance.id, { attempts });
      }
    }
  });
  afterAll(() => stage.close());

  it('takes about what a page of instances with one attempt takes: printed, not judged', async () => {
    const millisecondsOf = async (kind: string): Promise<number> => {
      const taken: number[] = [];
      for (let time = 0; time < TIMES; time++) {
        const began = performance.now();
        const { snapshots } = await stage.store.list({ within: null, limit: INSTANCES, labels: { kind } });
        taken.push(performance.now() - began);
        expect(snapshots).toHaveLength(INSTANCES);
      }
      return taken.sort((a, b) => a - b)[Math.floor(TIMES / 2)] ?? Infinity;
    };
    const one = await millisecondsOf('one');
    const many = await millisecondsOf('many');
    console.log(
      `FIGURE a page of ${INSTANCES} instances: ${one.toFixed(1)} ms with one attempt each, ` +
        `${many.toFixed(1)} ms with ${ATTEMPTS}: ${(many / one).toFixed(1)} times as long`,
    );
  });
});
