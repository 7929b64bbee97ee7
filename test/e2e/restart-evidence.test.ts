import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type RunningApp } from '../support/running-app.js';

/** What Novita answers to a restart is not what becomes of it. */
let app: RunningApp;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.stop());

const restarted = async (name: string) => {
  const { id } = (await app.api.create({ name })).body;
  await app.api.until(id, 'ready');
  return {
    id,
    ask: async () => {
      const before = app.novita.requests().length;
      await app.api.ask(id, 'restart');
      await app.api.until(id, 'ready');
      const asked = app.novita.requests().slice(before);
      return {
        requests: asked.filter(({ operation }) => operation === 'restartInstance').length,
        told: (await app.api.events(id)).map(({ type }) => type).filter((type) => type.startsWith('machine.restart')),
        message: (await app.api.get(id)).statusMessage,
      };
    },
  };
};

describe('a restart', () => {
  it('that Novita acknowledges and does not do is asked for once more, and done', async () => {
    const { ask } = await restarted('in-vain');
    app.novita.faults.next('restartInstance', { body: {} });
    const { requests, told, message } = await ask();
    expect(requests).toBe(2);
    expect(told.at(-1)).toBe('machine.restarted');
    expect(message).toBeNull();
  });

  it('that is done without an answer is asked for no second time', async () => {
    const { ask } = await restarted('answer-lost');
    app.novita.faults.next('restartInstance', { after: true, drop: true });
    const { requests, told, message } = await ask();
    expect(requests).toBe(1);
    expect(told).toEqual(['machine.restart_ambiguous', 'machine.restarted']);
    expect(message).toBeNull();
  });

  it('that nobody can see is told as unknown, and the instance goes on', async () => {
    const { id, ask } = await restarted('never-done');
    app.novita.faults.next('restartInstance', { body: {} }, 2);
    const { requests, told, message } = await ask();
    expect(requests).toBe(2);
    expect(told.at(-1)).toBe('machine.restart_unknown');
    expect(message).toMatch(/not known whether the restart .* was done/);
    const again = await ask();
    expect(again.told.at(-1)).toBe('machine.restarted');
    expect((await app.api.get(id)).statusMessage).toBeNull();
  });
});
