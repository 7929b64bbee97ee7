import { afterEach, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.js';
import { startApp, type RunningApp } from '../support/running-app.js';

const AN_HOUR = 3_600;
let app: RunningApp;
afterEach(() => app.stop());

const made = async (name: string, replacementDrainSeconds: number) => {
  app = await startApp({ config: { instances: { replacementDrainSeconds } } });
  await app.api.create({ name });
  const { id, machine, connection } = await app.api.until(name, 'ready');
  return { id, machineId: machine?.id ?? '', address: connection?.endpoints[0]?.address ?? '' };
};
const entryOf = (machineId: string) => app.novita.ledger().find((entry) => entry.machineId === machineId);
const typesOf = async (id: string): Promise<string[]> => (await app.api.events(id)).map(({ type }) => type);

describe('a machine that is replaced', () => {
  it('goes on until the new machine answers: the instance stays ready and its address changes once', async () => {
    const { id, machineId, address } = await made('make-before-break', 0);
    const asked = await app.api.ask(id, 'replace');
    expect(asked.status).toBe(202);
    expect(asked.body.replacement).toMatchObject({ reason: 'requested', phase: 'placing', otherMachine: null });
    // asking again while it is under way changes nothing
    expect((await app.api.ask(id, 'replace')).body.generation).toBe(asked.body.generation);

    const addresses: string[] = [];
    const slots = new Set<string>();
    const replaced = await eventually('the replacement is over', async () => {
      const seen = await app.api.get(id);
      expect(seen.status).toBe('ready');
      const now = seen.connection?.endpoints[0]?.address ?? 'none';
      if (addresses.at(-1) !== now) addresses.push(now);
      slots.add(`${seen.replacement?.phase ?? 'none'}: ${seen.attempts.map(({ slot }) => slot).join(' ')}`);
      return seen.replacement === null && seen;
    });
    expect(addresses).toEqual([address, replaced.connection?.endpoints[0]?.address]);
    expect(replaced.machine?.id).not.toBe(machineId);
    expect([...slots]).toContain('warming: current successor');
    expect([...slots].at(-1)).toBe('none: current current');

    await eventually('the old machine is gone', () => entryOf(machineId)?.status === 'removed');
    const [old, next] = [entryOf(machineId), entryOf(replaced.machine?.id ?? '')];
    expect(next?.status).toBe('running');
    // both were billed for a while: there was no moment without a machine
    expect(next?.segments[0]?.from).toBeLessThan(old?.segments.at(-1)?.to ?? 0);
    const told = await typesOf(id);
    const since = told.slice(told.indexOf('instance.replace_requested'));
    // among them no change of the status
    expect(since.filter((type) => /^(instance|replacement|status)\./.test(type))).toEqual([
      'instance.replace_requested',
      'replacement.cut_over',
      'replacement.finished',
    ]);
  });

  it('stays when no other machine can be had, and the caller is told why', async () => {
    const { id, machineId } = await made('no-other', 0);
    app.novita.faults.next('createInstance', { status: 400, reason: 'IMAGE_NOT_FOUND', message: 'no such image' });
    await app.api.ask(id, 'replace');
    const events = await eventually('the replacement has failed', async () => {
      const seen = await app.api.events(id);
      return seen.some(({ type }) => type === 'replacement.failed') && seen;
    });
    expect(events.find(({ type }) => type === 'replacement.failed')?.data).toMatchObject({
      code: 'REQUEST_REJECTED',
      machineId: null,
    });
    expect(await app.api.get(id)).toMatchObject({
      status: 'ready',
      replacement: null,
      failure: null,
      machine: { id: machineId },
    });
    expect(entryOf(machineId)?.deleteRequestedAt).toBeNull();
  });

  it.each(['stop', 'delete'] as const)('a %s ends the replacement and both machines of it', async (verb) => {
    const { id, machineId } = await made(`ended-by-${verb}`, AN_HOUR);
    await app.api.ask(id, 'replace');
    // while it warms, or as the current one while the old machine drains
    const machines = await eventually(
      'there are two machines',
      () => app.novita.ledger().length === 2 && app.novita.ledger(),
    );
    if (verb === 'delete') await app.api.delete(id);
    else await app.api.ask(id, verb);
    const after = await app.api.until(id, verb === 'delete' ? 'deleted' : 'stopped');
    expect(after.replacement).toBeNull();
    expect(machines.map(({ machineId: each }) => each)).toContain(machineId);
    const left = () => app.novita.ledger().filter(({ status }) => status !== 'removed');
    await eventually('one machine is kept, stopped, or none', () => left().length === (verb === 'stop' ? 1 : 0));
    expect(left().map(({ status }) => status)).toEqual(verb === 'stop' ? ['exited'] : []);
  });

  it('is refused for an instance that does not run', async () => {
    const { id } = await made('does-not-run', 0);
    await app.api.ask(id, 'stop');
    await app.api.until(id, 'stopped');
    const refused = await app.api.ask(id, 'replace');
    expect(refused.status).toBe(409);
    expect(refused.body).toMatchObject({ code: 'ACTION_NOT_ALLOWED' });
  });
});
