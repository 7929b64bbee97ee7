import { ConnectionLost } from './connection-lost.js';
import type { SeededRandom } from './seeded-random.js';
import type { SimWorld } from './sim-world.js';
import type { Weather } from './weather.js';

const never = <T>(): Promise<T> => new Promise<T>(() => undefined);

/** What stands between a process and its end. */
export interface Host {
  readonly hasDied: boolean;
  readonly isAsleep: boolean;
  /** Goes on once the process is awake; never when it has died. */
  deliver: (go: () => void) => void;
  crash: () => void;
}

/**
 * The connection of a process to its database, for work whose faults and whose chance are drawn apart: it changes nothing of the rest
 * of the world.
 */
export class SideConnection {
  constructor(
    private readonly world: SimWorld,
    private readonly host: Host,
    private readonly weather: Weather,
    private readonly ties: SeededRandom,
    /** A method has done its work in the database. */
    private readonly onDone: (name: string, done: Promise<unknown>) => void = () => undefined,
    private readonly isAway: () => boolean = () => world.isAway('database-away'),
  ) {}

  to<Store extends object>(store: Store): Store {
    return new Proxy(store, {
      get: (target, name) => {
        const methods = target as unknown as Record<string | symbol, (...given: unknown[]) => Promise<unknown>>;
        return (...args: unknown[]) =>
          this.ask(String(name), () => methods[name]?.apply(target, args) ?? Promise.resolve());
      },
    });
  }

  later<T>(ms: number, work: () => Promise<T>): Promise<T> {
    return new Promise((resolve) => {
      this.world.time.after(ms, () => this.host.deliver(() => resolve(work())), this.ties);
    });
  }

  private ask(name: string, work: () => Promise<unknown>): Promise<unknown> {
    const { host, weather } = this;
    if (host.hasDied) return never();
    if (host.isAsleep) return new Promise((resolve) => host.deliver(() => resolve(this.ask(name, work))));
    if (this.isAway() || weather.strikes('store-refuses')) {
      return this.later(200, () => Promise.reject(new ConnectionLost()));
    }
    if (weather.strikes('crash-before-store')) return this.die(`before ${name}`);
    const slow = weather.strikes('store-slow');
    if (slow) return this.later(slow.random.logUniform(5, 5_000), () => this.work(name, work));
    return this.work(name, work);
  }

  private work(name: string, work: () => Promise<unknown>): Promise<unknown> {
    const { weather, world } = this;
    const done = work();
    world.trace(`aside ${name}`);
    this.onDone(name, done);
    if (weather.strikes('crash-after-store')) return this.die(`after ${name}`);
    if (weather.strikes('commit-unknown')) {
      done.catch(() => undefined);
      return this.later(100, () => Promise.reject(new ConnectionLost()));
    }
    const late = weather.strikes('store-answers-late');
    if (!late) return done;
    done.catch(() => undefined);
    return this.later(late.random.logUniform(5, 5_000), () => done);
  }

  private die(when: string): Promise<never> {
    this.world.count(`a sender died ${when}`);
    this.host.crash();
    return never();
  }
}
