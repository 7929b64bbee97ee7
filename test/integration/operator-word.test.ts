import { afterAll, beforeAll, expect, it } from 'vitest';
import { OperatorWord } from '../../src/fleet/operator-word.js';
import { anAttempt, at } from '../support/snapshot-builder.js';
import { StoreStage } from '../support/store-stage.js';

let stage: StoreStage;
beforeAll(async () => {
  stage = await StoreStage.open();
});
afterAll(() => stage.close());

it('a word that waits to be heard is judged by the moment in which it was said', async () => {
  const { id } = (await stage.made('in-doubt')).instance;
  const settleAfter = at(120);
  const inDoubt = anAttempt({ tag: 'nvt-doubt', state: 'AMBIGUOUS', machineId: null, decidedAt: null, settleAfter });
  await stage.commit(id, { attempts: [inDoubt] });
  const clock = { now: () => stage.now, monotonicMs: () => 0 };
  // the process is paused after the request has come
  const fleetAfter: typeof stage.store.fleetAfter = (...given) => {
    stage.now = at(200);
    return stage.store.fleetAfter(...given);
  };
  const paused = new Proxy(stage.store, {
    get: (store, name) => (name === 'fleetAfter' ? fleetAfter : (Reflect.get(store, name, store) as unknown)),
  });
  const word = new OperatorWord(stage.store, paused, clock);
  stage.now = at(119);
  await expect(word.absent(id, 1)).rejects.toMatchObject({ code: 'ATTEMPT_NOT_SETTLED' });
  expect((await word.absent(id, 1)).attempts).toMatchObject([{ state: 'ABSENT' }]);
});
