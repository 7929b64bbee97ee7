import { describe, expect, it } from 'vitest';
import { DomainError } from '../../errors/domain-error.js';
import { Ids } from '../../time/ids.js';
import { MemoryDatabase } from '../../../test/simulation/memory-database.js';
import { MemoryInstanceStore } from '../../../test/simulation/memory-instance-store.js';
import { BLANK_SPEC } from '../domain/instance-spec.js';
import type { IdempotencyClaim } from '../store/instance-store.js';
import { InstanceCommands, type CommandContext } from './instance-commands.js';

const START = Date.parse('2026-01-01T00:00:00Z');

/** Runs other work at a chosen point of a command: between two of its questions to the store. */
class Stage {
  nowMs = START;
  private drawn = 0;
  private between: { method: string; work: () => Promise<unknown> } | null = null;
  readonly store: MemoryInstanceStore;
  readonly commands: InstanceCommands;

  constructor() {
    const clock = { now: () => new Date(this.nowMs), monotonicMs: () => this.nowMs };
    this.store = new MemoryInstanceStore(new MemoryDatabase(() => undefined, clock));
    const interrupted = new Proxy(this.store, {
      get: (store, name) => {
        const method = Reflect.get(store, name) as unknown;
        if (typeof method !== 'function') return method;
        return async (...given: unknown[]): Promise<unknown> => {
          const { between } = this;
          if (between?.method === name) {
            this.between = null;
            await between.work();
          }
          return Reflect.apply(method, store, given) as Promise<unknown>;
        };
      },
    });
    this.commands = new InstanceCommands(
      interrupted,
      new Ids(clock, () => (this.drawn = (this.drawn + 0.37) % 1)),
      clock,
    );
  }

  /** The next call of that method waits for this work first. */
  before(method: 'find' | 'findByKey' | 'commit' | 'remember' | 'create', work: () => Promise<unknown>): void {
    this.between = { method, work };
  }

  create(name: string, context = by()): Promise<string> {
    return this.commands.create({ name, spec: BLANK_SPEC }, context).then(({ snapshot }) => snapshot.instance.id);
  }

  async requested(id: string): Promise<string[]> {
    return (await this.store.events(id, 0, 100)).map(({ type }) => type).filter((type) => type.endsWith('_requested'));
  }
}

const claimOf = (key: string, fingerprint = key): IdempotencyClaim => ({ caller: 'a', key, fingerprint });
const by = (claim: IdempotencyClaim | null = null): CommandContext => ({
  cause: { actor: 'caller', requestId: 'req-1' },
  within: null,
  claim,
});
const codeOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => 'done',
    (error: unknown) => (error instanceof DomainError ? error.code : error),
  );

describe('a command that is sent twice with one key', () => {
  // each method that the second request calls while the first one is carried out
  it.each(['find', 'findByKey', 'commit'] as const)(
    'is carried out once when the first is at work before %s',
    async (at) => {
      const stage = new Stage();
      const id = await stage.create('one');
      const first = () => stage.commands.ask(id, 'delete', by(claimOf('k')));
      stage.before(at, first);
      const { kind } = await stage.commands.ask(id, 'delete', by(claimOf('k')));
      expect(kind).toBe('replayed');
      expect(await stage.requested(id)).toEqual(['instance.delete_requested']);
    },
  );

  it.each(['find', 'findByKey'] as const)(
    'is a repetition, and not refused by what the first has changed, before %s',
    async (at) => {
      const stage = new Stage();
      const id = await stage.create('one');
      // after a delete, nothing but a delete is allowed: the second stop would be refused, had it not been carried out
      const first = async () => {
        await stage.commands.ask(id, 'stop', by(claimOf('k')));
        await stage.commands.ask(id, 'delete', by());
      };
      stage.before(at, first);
      const { kind } = await stage.commands.ask(id, 'stop', by(claimOf('k')));
      expect(kind).toBe('replayed');
    },
  );

  it('is one for both also when there was nothing to change', async () => {
    const stage = new Stage();
    const id = await stage.create('one');
    stage.before('remember', () => stage.commands.ask(id, 'start', by(claimOf('k'))));
    expect((await stage.commands.ask(id, 'start', by(claimOf('k')))).kind).toBe('replayed');
  });

  it('is refused when the key came with another command, also at the same moment', async () => {
    const stage = new Stage();
    const id = await stage.create('one');
    stage.before('remember', () => stage.commands.ask(id, 'start', by(claimOf('k', 'another'))));
    expect(await codeOf(stage.commands.ask(id, 'start', by(claimOf('k'))))).toBe('IDEMPOTENCY_KEY_REUSED');
    expect(await codeOf(stage.commands.ask(id, 'stop', by(claimOf('k'))))).toBe('IDEMPOTENCY_KEY_REUSED');
    expect(await stage.requested(id)).toEqual([]);
  });
});

describe('a create', () => {
  it('is checked when it is new, and never as a repetition', async () => {
    const stage = new Stage();
    const checked: string[] = [];
    const create = (key: string) =>
      stage.commands.create({ name: 'one', spec: BLANK_SPEC }, by(claimOf(key)), () => {
        checked.push(key);
        return Promise.resolve({ expectedPricePerHour: null, plannedPricePerHour: null });
      });
    const first = await create('k');
    const second = await create('k');
    expect([first.kind, second.kind]).toEqual(['changed', 'replayed']);
    expect(second.snapshot.instance.id).toBe(first.snapshot.instance.id);
    expect(checked).toEqual(['k']);
    expect(await codeOf(create('other'))).toBe('NAME_TAKEN');
  });

  it('that is refused by its check writes nothing', async () => {
    const stage = new Stage();
    const refusal = new DomainError('VALIDATION_ERROR', 'Novita sells no such product.');
    const refused = stage.commands.create({ name: 'one', spec: BLANK_SPEC }, by(claimOf('k')), () =>
      Promise.reject(refusal),
    );
    expect(await codeOf(refused)).toBe('VALIDATION_ERROR');
    expect(await stage.store.find('one', null)).toBeNull();
    expect(await stage.store.findByKey(claimOf('k'))).toBeNull();
  });
});

describe('a command', () => {
  it('is put on the newest snapshot when another writer was quicker', async () => {
    const stage = new Stage();
    const id = await stage.create('one');
    stage.before('commit', () => stage.commands.ask(id, 'stop', by()));
    const { snapshot } = await stage.commands.ask(id, 'delete', by());
    expect(snapshot.instance).toMatchObject({ desired: 'deleted', generation: 3 });
    expect(await stage.requested(id)).toEqual(['instance.stop_requested', 'instance.delete_requested']);
  });

  it('tells in its event by whom and by which request it was given', async () => {
    const stage = new Stage();
    const id = await stage.create('one');
    await stage.commands.ask(id, 'stop', {
      cause: { actor: 'policy:idle', requestId: null },
      within: null,
      claim: null,
    });
    const [created, stopped] = await stage.store.events(id, 0, 10);
    expect([created?.actor, created?.requestId]).toEqual(['caller', 'req-1']);
    expect([stopped?.actor, stopped?.requestId]).toEqual(['policy:idle', null]);
  });

  it('is refused with what is allowed, and what its check refuses is not done', async () => {
    const stage = new Stage();
    const id = await stage.create('one');
    expect(await codeOf(stage.commands.ask('ins_nothing', 'stop', by()))).toBe('INSTANCE_NOT_FOUND');
    expect(await codeOf(stage.commands.ask(id, 'restart', by()))).toBe('ACTION_NOT_ALLOWED');
    const refuse = () => {
      throw new DomainError('PRECONDITION_FAILED', 'it has changed');
    };
    expect(await codeOf(stage.commands.ask(id, 'stop', by(), refuse))).toBe('PRECONDITION_FAILED');
    expect(await stage.requested(id)).toEqual([]);
  });
});
