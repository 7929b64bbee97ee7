import { afterAll, beforeAll, describe, it } from 'vitest';
import { decodeObservation } from '../../src/machines/store/decode-machine.js';
import { decodeOffer } from '../../src/placement/offer.codec.js';
import { PROGRESS_CODEC } from '../../src/novita-instances/store/progress.codec.js';
import { SPEC_CODEC } from '../../src/novita-instances/store/spec.codec.js';
import { aMachine, anAttempt, at } from '../support/snapshot-builder.js';
import { StoreStage } from '../support/store-stage.js';

const INSTANCES = 100;
const TURNS = 30;

/** The part of a list that goes into decoding JSON columns. A request costs more than the list: the answer is built and sent too. */
describe(`a list of ${INSTANCES} instances`, () => {
  let stage: StoreStage;
  beforeAll(async () => {
    stage = await StoreStage.open();
    for (let number = 0; number < INSTANCES; number++) {
      const { instance } = await stage.made(`n-${number}`);
      const machineId = `m-${number}`;
      await stage.commit(instance.id, {
        instance: { machineId, progress: { ...instance.progress, heldUp: [{ from: at(0), to: at(9) }] } },
        attempts: [anAttempt({ tag: `tag-${number}`, machineId })],
        machines: [aMachine('running', { machineId })],
      });
    }
  });
  afterAll(() => stage.close());

  it('spends little of its time on decoding: printed, not judged', async () => {
    const { database, store } = stage;
    const [instances, attempts, machines] = await Promise.all([
      database.selectFrom('instances').select(['spec', 'progress']).execute(),
      database.selectFrom('create_attempts').select('offer').execute(),
      database.selectFrom('machines').select(['observation', 'state']).execute(),
    ]);
    const lists: number[] = [];
    const decodings: number[] = [];
    for (let turn = 0; turn < TURNS; turn++) {
      const began = performance.now();
      await store.list({ within: null, limit: INSTANCES });
      lists.push(performance.now() - began);
      // decoding takes over the JSON that it is given
      const copies = structuredClone({ instances, attempts, machines });
      const decodedFrom = performance.now();
      for (const { spec, progress } of copies.instances) {
        SPEC_CODEC.decode(spec);
        PROGRESS_CODEC.decode(progress);
      }
      for (const { offer } of copies.attempts) decodeOffer(offer);
      for (const { observation, state } of copies.machines) decodeObservation(observation, state);
      decodings.push(performance.now() - decodedFrom);
    }
    const [list, decoding] = [median(lists), median(decodings)];
    console.log(
      `FIGURE a list of ${INSTANCES}: ${list.toFixed(1)} ms from the store, ${decoding.toFixed(2)} ms of them to decode JSON: ` +
        `${((100 * decoding) / list).toFixed(1)} %`,
    );
  });
});

const median = (numbers: number[]): number => numbers.sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Infinity;
