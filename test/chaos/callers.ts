import { setTimeout as sleep } from 'node:timers/promises';
import { CallerApi, type Answer, type Traffic } from './caller-api.js';
import { Chance } from './chance.js';
import { readEvents } from './fleet-view.js';
import { idOf, newOrder, type Order, type SeenEvent, type SeenInstance, type Verb } from './orders.js';
import type { Replica } from './replica.js';

const CALLERS = 4;
/** The most undeleted instances of one caller. */
const MOST_KEPT = 12;
const PAUSE_SECONDS: [from: number, to: number] = [0.1, 0.9];
/** The share of creates that are sent twice at once. */
const SENT_TWICE = 0.15;
const FAILS_ON_DOUBT = 0.05;

const PRODUCTS = ['RTX 4090 24GB', 'RTX 3090 24GB'];

/** The shares of the actions of a caller. */
const HABITS: [act: 'create' | 'delete' | Verb | 'quarrel' | 'events', weight: number][] = [
  ['create', 34],
  ['delete', 20],
  ['stop', 12],
  ['start', 12],
  ['restart', 5],
  ['replace', 7],
  ['quarrel', 7],
  ['events', 10],
];

/** Callers who create instances, change their minds, compete with each other, and remember what was answered. */
export class Callers {
  readonly orders: Order[] = [];
  readonly traffic: Traffic = { answers: new Map(), noAnswer: 0 };
  private apis = 0;

  constructor(
    private readonly seed: number,
    private readonly replicas: readonly Replica[],
    private readonly signal: AbortSignal,
  ) {}

  /** Works until `stop` is aborted, and then until every request has an answer. */
  async work(stop: AbortSignal): Promise<void> {
    await Promise.all(
      Array.from({ length: CALLERS }, (_, number) => this.callAgainAndAgain(`caller-${number + 1}`, stop)),
    );
  }

  /** The API of a caller, for requests after the storm. */
  api(name: string): CallerApi {
    this.apis += 1;
    const chance = new Chance(this.seed, `replicas of ${name} ${this.apis}`);
    return new CallerApi(this.replicas, chance, this.traffic, this.signal);
  }

  private async callAgainAndAgain(caller: string, stop: AbortSignal): Promise<void> {
    const chance = new Chance(this.seed, caller);
    const api = this.api(caller);
    const kept: Order[] = [];
    while (!stop.aborted) {
      await this.act(caller, chance, api, kept);
      await sleep(chance.between(...PAUSE_SECONDS) * 1000, undefined, { signal: stop }).catch(() => undefined);
    }
  }

  private async act(caller: string, chance: Chance, api: CallerApi, kept: Order[]): Promise<void> {
    const habit = choose(chance);
    const living = kept.filter(({ deletePromised }) => !deletePromised);
    const order = chance.pick(living);
    if (habit === 'create' || order === undefined) {
      if (living.length < MOST_KEPT) kept.push(await this.create(caller, kept.length + 1, chance, api));
      return;
    }
    switch (habit) {
      case 'delete':
        return this.ask(api, order, 'delete');
      case 'start':
      case 'stop':
      case 'restart':
      case 'replace':
        return this.ask(api, order, habit);
      case 'quarrel':
        await Promise.all([this.ask(api, order, 'start'), this.ask(this.api(`${caller}'s rival`), order, 'stop')]);
        // it is unknown which of them came last
        order.lateCommands.add('start').add('stop');
        return;
      case 'events':
        return this.readAgain(api, order);
    }
  }

  private async create(caller: string, count: number, chance: Chance, api: CallerApi): Promise<Order> {
    const name = `${caller}-${count}`;
    const order = newOrder(`key-${name}`, {
      name,
      productName: chance.pick(PRODUCTS),
      image: 'example/workload:1',
      ports: [{ port: 8188, protocol: 'http' }],
      billingMode: 'spot',
      labels: { key: `key-${name}` },
      onAmbiguous: chance.happens(FAILS_ON_DOUBT) ? 'fail' : 'wait',
    });
    // recorded before the first request, since it may be bought without an answer
    this.orders.push(order);
    const senders = chance.happens(SENT_TWICE) ? [api, this.api(`${caller}'s double`)] : [api];
    await Promise.all(senders.map((sender) => placeOrder(sender, order)));
    return order;
  }

  private async ask(api: CallerApi, order: Order, verb: Verb): Promise<void> {
    const id = idOf(order) ?? '';
    const [method, path] = verb === 'delete' ? ['DELETE', ''] : ['POST', `/${verb}`];
    const answer = await api.ask(method, `/api/instances/${id}${path}`);
    if (answer.lostAnswers > 0) order.lateCommands.add(verb);
    if (answer.status === 202) keepPromise(order, verb);
    // the service may refuse other actions, but never a delete
    else if (answer.status !== 409 || verb === 'delete') order.surprises.push(surprise(`${verb} of ${id}`, answer));
  }

  /** Events that were shown once must always be shown. */
  private async readAgain(api: CallerApi, order: Order): Promise<void> {
    const events = await readEvents(api, idOf(order) ?? '');
    if (typeof events === 'string') order.surprises.push(events);
    else rememberEvents(order, events);
  }
}

/** Repeats the create with its key until it is answered. */
export const placeOrder = async (api: CallerApi, order: Order): Promise<void> => {
  const answer = await api.ask('POST', '/api/instances', order.body, { 'idempotency-key': order.key });
  if (answer.status === 202) order.ids.add((answer.body as SeenInstance).id);
  else order.surprises.push(surprise(`create ${order.key}`, answer));
};

/** Every event that was read before must exist unchanged. */
export const rememberEvents = (order: Order, events: SeenEvent[]): void => {
  const isChanged = order.events.some((event, index) => JSON.stringify(event) !== JSON.stringify(events[index]));
  if (isChanged) order.surprises.push(`events of ${idOf(order) ?? ''} that were shown are gone or have changed`);
  if (events.length > order.events.length) order.events = events;
};

const keepPromise = (order: Order, verb: Verb): void => {
  if (verb === 'delete') order.deletePromised = true;
  else if (verb === 'start' || verb === 'stop') order.lastCommand = verb;
};

const surprise = (what: string, { status, body }: Answer): string =>
  `${what} was answered with ${status} ${JSON.stringify(body).slice(0, 300)}`;

const choose = (chance: Chance): (typeof HABITS)[number][0] => {
  let ticket = chance.whole(HABITS.reduce((sum, [, weight]) => sum + weight, 0));
  for (const [habit, weight] of HABITS) {
    ticket -= weight;
    if (ticket < 0) return habit;
  }
  return 'events';
};
