import type { NovitaReply, NovitaRequest, NovitaTransport } from '../../src/novita-api/novita-transport.js';
import type { Replica } from './replica.js';
import type { SimMachine } from './sim-machine.js';
import type { NovitaAnswer } from './novita-answer.js';
import type { SimWorld } from './sim-world.js';
import type { Fault, Strike } from './weather.js';

type Verb = 'create' | 'start' | 'stop' | 'restart' | 'migrate' | 'delete' | 'edit' | 'upgrade';

const LATENCY_MS: readonly [number, number] = [20, 600];
const RATE_LIMITED = { code: 429, reason: 'RATE_LIMIT_EXCEEDED', message: 'slow down', metadata: {} };

/**
 * The network between one replica and Novita. A request arrives, is carried out and answered, and each part of that may go wrong.
 * A request that has left a replica takes effect even when the replica dies.
 */
export class SimTransport implements NovitaTransport {
  constructor(
    private readonly world: SimWorld,
    private readonly replica: Replica,
  ) {}

  close(): void {
    // there are no connections to close
  }

  send(request: NovitaRequest, deadline: AbortSignal): Promise<NovitaReply> {
    const verb = request.path.split('/').at(-1) as Verb;
    const name = request.method === 'POST' ? verb : request.path.slice(1);
    this.world.weather.current = `send ${name}`;
    return this.replica.crossing(`send ${name}`, 'crash-before-send', 'crash-after-send', (settle) => {
      const tell = (reply: NovitaReply): void => {
        this.world.trace(`${this.replica.name} ${name} ${brief(reply)}`);
        settle(reply);
      };
      if (deadline.aborted) return tell(failed('not-sent', 'timeout'));
      if (request.method === 'POST') this.world.judge.leaving(verb, request.body ?? {});
      const lose = (): void => {
        if (deadline.aborted) tell(failed('sent', 'timeout'));
        else deadline.addEventListener('abort', () => tell(failed('sent', 'timeout')), { once: true });
      };
      if (request.method === 'POST') this.change(verb, request, tell, lose);
      else this.read(request, tell, lose);
    });
  }

  private change(verb: Verb, request: NovitaRequest, tell: (reply: NovitaReply) => void, lose: () => void): void {
    const { world } = this;
    const { weather, time, random } = world;
    const hit = (fault: Fault): Strike | null => weather.strikes(fault);
    const there = random.between(...LATENCY_MS);
    const back = random.between(...LATENCY_MS);
    const carryOut = (): NovitaAnswer => this.execute(verb, request);
    const answer = (said: NovitaAnswer): void => void time.after(back, () => tell(answered(said)));

    if (hit('not-sent')) return void time.after(there, () => tell(failed('not-sent', 'network')));
    if (hit('request-lost')) return void time.after(there, lose);
    const late = hit('done-late');
    if (late) {
      time.after(this.world.lateMs(late.random), carryOut);
      return lose();
    }
    time.after(there, () => {
      const refusal = this.refusalNow() ?? (hit('too-many-requests') ? tooMany(random.chance(0.5) ? 5 : null) : null);
      if (refusal) return answer(refusal);
      if (hit('error-before-doing')) return answer(broken(random.next()));
      if (hit('said-by-a-proxy')) {
        if (random.chance(0.5)) carryOut();
        return answer({ status: random.chance(0.5) ? 403 : 404, body: '<html>no</html>' });
      }
      const twice = hit('done-twice');
      const said = carryOut();
      if (twice) time.after(twice.random.between(10, 20_000), carryOut);
      if (hit('answer-lost')) return random.chance(0.5) ? lose() : tell(failed('sent', 'network'));
      if (hit('error-after-doing')) return answer(broken(random.next()));
      if (hit('garbled-answer')) return answer({ status: 200, body: random.chance(0.5) ? '' : '{"id":' });
      answer(said);
    });
  }

  private execute(verb: Verb, { body = {} }: NovitaRequest): NovitaAnswer {
    const { novita } = this.world;
    if (this.world.isAway('outage')) return broken(0.5);
    if (this.world.isAway('wrong-account')) return novita.missing();
    const said = this.carriedOut(verb, body);
    this.world.executed(verb, body, said);
    return said;
  }

  private carriedOut(verb: Verb, body: Record<string, unknown>): NovitaAnswer {
    const { novita } = this.world;
    switch (verb) {
      case 'create':
        return novita.create(body);
      case 'edit':
        return novita.edit(body);
      case 'upgrade':
        return novita.upgrade(body);
      default:
        return novita.act(verb, String(body.instanceId));
    }
  }

  private refusalNow(): NovitaAnswer | null {
    if (this.world.isAway('outage')) return broken(this.world.random.next());
    return this.world.isAway('key-revoked')
      ? {
          status: 401,
          body: JSON.stringify({ code: 401, reason: 'UNAUTHORIZED', message: 'invalid key', metadata: {} }),
        }
      : null;
  }

  private read(request: NovitaRequest, tell: (reply: NovitaReply) => void, lose: () => void): void {
    const { weather, time, random } = this.world;
    const isList = request.path === '/gpu/instances';
    if (weather.strikes('read-lost')) return lose();
    time.after(random.between(...LATENCY_MS), () => {
      const refusal = this.refusalNow() ?? (weather.strikes('too-many-requests') ? tooMany(3) : null);
      if (refusal) return tell(answered(refusal));
      if (weather.strikes('read-error')) return tell(answered(broken(random.next())));
      if (weather.strikes('read-garbled')) return tell(answered({ status: 200, body: '{"instances": [{"id"' }));
      tell(answered(isList ? this.list(request) : this.look(request)));
    });
  }

  private look({ query = {} }: NovitaRequest): NovitaAnswer {
    const { novita } = this.world;
    const machine = novita.machines.get(String(query.instanceId));
    if (!machine || novita.isForgotten(machine) || this.world.isAway('wrong-account')) return novita.missing();
    if (novita.isNotKnownYet(machine)) return novita.missing();
    return { status: 200, body: JSON.stringify(this.onTheWire(machine)) };
  }

  private list({ query = {} }: NovitaRequest): NovitaAnswer {
    const { novita, weather, random } = this.world;
    const lie = this.emptyList();
    if (lie) {
      this.world.listLiedAt = this.world.time.now;
      return lie;
    }
    // the documented filter is fuzzy: it finds every name that contains these letters
    const wanted = typeof query.name === 'string' ? query.name.slice(0, 12) : '';
    const machines = this.inOrder(novita.listed().filter(({ name }) => name.includes(wanted)));
    const size = Math.min(Number(query.pageSize ?? 10), this.world.pageSize);
    const page = this.world.pagesFromOne ? Math.max(0, Number(query.pageNum) - 1) : Number(query.pageNum);
    const shift = weather.strikes('list-shifts') ? 1 : 0;
    const rows = machines
      .slice(page * size + shift, (page + 1) * size + shift)
      .map((machine) => this.onTheWire(machine));
    const hasNoTotal = weather.strikes('list-has-no-total') !== null;
    // without a total the client cannot notice that a row is missing
    if (shift > 0 && hasNoTotal) this.world.listLiedAt = this.world.time.now;
    const total = hasNoTotal ? {} : { total: random.chance(0.5) ? String(machines.length) : machines.length };
    return { status: 200, body: JSON.stringify({ instances: rows, ...total }) };
  }

  private inOrder(machines: SimMachine[]): SimMachine[] {
    if (!this.world.listsUnordered) return machines;
    return machines
      .map((machine) => ({ machine, place: this.world.orders.next() }))
      .sort((a, b) => a.place - b.place)
      .map(({ machine }) => machine);
  }

  /** An answer to a list request that shows no machine. */
  private emptyList(): NovitaAnswer | null {
    const { novita, weather, random } = this.world;
    if (this.world.isAway('wrong-account')) return { status: 200, body: '{"instances":[],"total":"0"}' };
    if (this.world.isAway('list-broken')) {
      return random.chance(0.5) ? { status: 200, body: '{"instances":[],"total":"0"}' } : novita.missing();
    }
    if (weather.strikes('list-says-nothing'))
      return random.chance(0.5) ? novita.missing() : { status: 200, body: '{"instances":null,"total":0}' };
    return weather.strikes('list-is-empty') ? { status: 200, body: '{"instances":[],"total":0}' } : null;
  }

  private onTheWire(machine: SimMachine): object {
    const runs = machine.status === 'running';
    const host = this.world.runsShowBy === 'address' ? `${machine.id}-r${machine.runs}` : machine.id;
    return {
      id: machine.id,
      name: machine.name,
      status: machine.status,
      clusterId: machine.clusterId,
      clusterName: machine.clusterId.toUpperCase(),
      productId: machine.productId,
      productName: 'RTX 4090 24GB',
      gpuNum: String(machine.gpuNum),
      imageUrl: machine.image,
      imageAuthId: '',
      command: machine.command,
      entrypoint: '',
      rootfsSize: machine.rootfsSize,
      billingMode: machine.billingMode,
      envs: machine.envs,
      portMappings: machine.ports.map(({ port, protocol }) => ({
        port,
        type: protocol,
        endpoint: !runs
          ? ''
          : protocol === 'http'
            ? `https://${host}-${port}.novita.example`
            : `${host}.novita.example:2${port}`,
      })),
      lastStartedAt: this.world.runsShowBy === 'start-time' ? unixSeconds(machine.startedAt) : '0',
      statusError: machine.statusError ?? { state: '', message: '' },
      spotStatus: machine.spotStatus,
      spotReclaimTime: String(machine.spotReclaimTime),
    };
  }
}

const unixSeconds = (ms: number): string => String(Math.floor(ms / 1000));

const answered = ({ status, body, retryAfterSeconds = null }: NovitaAnswer): NovitaReply => ({
  kind: 'answer',
  status,
  contentType: 'application/json',
  retryAfterSeconds,
  body,
});

const tooMany = (retryAfterSeconds: number | null): NovitaAnswer => ({
  status: 429,
  body: JSON.stringify(RATE_LIMITED),
  retryAfterSeconds,
});

const failed = (phase: 'sent' | 'not-sent', cause: 'timeout' | 'network'): NovitaReply => ({
  kind: 'failure',
  phase,
  cause,
  status: null,
  code: cause === 'timeout' ? 'ETIMEDOUT' : phase === 'sent' ? 'ECONNRESET' : 'ECONNREFUSED',
});

/** The answer when Novita, or something on the way to it, is broken. */
const broken = (chance: number): NovitaAnswer =>
  chance < 0.4
    ? { status: 502, body: '<html><body>Bad Gateway</body></html>' }
    : chance < 0.7
      ? { status: 500, body: JSON.stringify({ code: 500, reason: 'UNKNOWN', message: 'unknown', metadata: {} }) }
      : chance < 0.9
        ? { status: 504, body: '' }
        : { status: 302, body: '' };

const brief = (reply: NovitaReply): string =>
  reply.kind === 'answer' ? String(reply.status) : `${reply.phase} ${reply.cause}`;
