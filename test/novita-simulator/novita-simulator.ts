import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { apiPlace, ApiServer } from './api-server.js';
import { ControlServer } from './control-server.js';
import { SeededRandom } from './seeded-random.js';
import { SimulatorControls, type SimulatorOptions } from './simulator-controls.js';

export { everySwitchPosition, SWITCH_ALTERNATIVES } from './switches.js';
export { ManualClock } from './simulator-clock.js';
export type { Fault } from './faults.js';
export type { Machine } from './machine.js';
export type { SimulatorOptions } from './simulator-controls.js';
export type { Switches } from './switches.js';

/**
 * Simulates Novita's v1 API over real HTTP, with workloads that really listen, an exact ledger, and faults on demand. Every answer is
 * checked against the published contract: {@link stop} throws when one violated it.
 */
export class NovitaSimulator extends SimulatorControls {
  private readonly server = http.createServer();
  private readonly crashes: Error[] = [];
  private api: ApiServer | undefined;

  static async start(options: SimulatorOptions = {}): Promise<NovitaSimulator> {
    const simulator = new NovitaSimulator(options);
    await simulator.listen();
    return simulator;
  }

  /** Closes every port. Throws when an answer violated the contract or the simulator itself failed. */
  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.server.closeAllConnections();
    await this.api?.close();
    await closed;
    this.state.save(this.fleet);
    await this.fleet.close();
    if (this.contractViolations.length > 0) {
      throw new Error(`the simulator left the contract: ${[...new Set(this.contractViolations)].join('; ')}`);
    }
    const crashes = [...this.crashes, ...this.fleet.timers.crashes];
    if (crashes.length > 0)
      throw new AggregateError(crashes, `the simulator crashed: ${crashes.map(String).join('; ')}`);
  }

  private async listen(): Promise<void> {
    const host = this.options.host ?? '127.0.0.1';
    // Gateways keep idle connections about this long. Node's default of 5 s would close them far more often.
    this.server.keepAliveTimeout = 65_000;
    await this.fleet.resume(this.state.load());
    await new Promise<void>((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen(this.options.port ?? 0, host, resolve);
    });
    const authority = `${host}:${(this.server.address() as AddressInfo).port}`;
    this.url = `http://${authority}`;
    const { switches, catalogue, stock, fleet, jobs, holdings, ids, account, clock, openedAt } = this;
    const api = new ApiServer({
      world: {
        ...{ switches, catalogue, stock, fleet, jobs, holdings, ids, account, clock, openedAt, authority },
        orders: new SeededRandom(1),
      },
      faults: this.faults,
      log: this.log,
      journal: this.journal,
      apiKey: this.options.apiKey,
      violations: this.contractViolations,
      crashes: this.crashes,
    });
    this.api = api;
    const control = new ControlServer(this);
    this.server.on('request', (request, response) => {
      const url = new URL(request.url ?? '/', this.url);
      const handler = apiPlace(url.pathname) === null ? control : api;
      handler.handle(request, response, url).catch((error: unknown) => {
        this.crashes.push(error instanceof Error ? error : new Error(String(error)));
        response.destroy();
      });
    });
  }
}
