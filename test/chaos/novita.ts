import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Fault } from '../novita-simulator/faults.js';
import type { JournalEntry } from '../novita-simulator/journal.js';
import type { LedgerEntry } from '../novita-simulator/ledger.js';
import type { LoggedRequest } from '../novita-simulator/request-log.js';
import { killProcess, watchProcess, type LivingProcess } from './living-process.js';
import type { Workplace } from './workplace.js';

const PROGRAM = fileURLToPath(new URL('../novita-simulator/main.js', import.meta.url));
/** How many times faster than at Novita machines boot, stop and disappear. */
const TIME_FACTOR = 10;

/** The simulated Novita in its own process. It is never killed, since its state is the truth. */
export class Novita {
  private constructor(
    private readonly running: LivingProcess,
    private readonly url: string,
    private readonly journalFile: string,
  ) {}

  static async start(place: Workplace, seed: number): Promise<Novita> {
    const journal = place.file('novita-journal.jsonl');
    const flags = { '--time-factor': TIME_FACTOR, '--seed': seed, '--journal': journal };
    const args = Object.entries(flags).flatMap(([name, value]) => [name, String(value)]);
    const child = place.withLog('novita', (log) =>
      spawn(process.execPath, [PROGRAM, ...args], { stdio: ['ignore', 'pipe', log], detached: true }),
    );
    const running = watchProcess(child);
    const url = await new Promise<string>((resolve, reject) => {
      void running.ended.then(() => {
        reject(new Error('the simulator ended before it said where it listens'));
      });
      if (child.stdout === null) return;
      createInterface({ input: child.stdout }).on('line', (line) => {
        const [, found] = /^Novita simulator: (\S+)$/.exec(line) ?? [];
        if (found !== undefined) resolve(found);
      });
    });
    return new Novita(running, url, journal);
  }

  /** The value for NOVITA_API_BASE_URL. */
  get baseUrl(): string {
    return `${this.url}/gpu-instance/openapi`;
  }

  ledger(): Promise<LedgerEntry[]> {
    return this.control('GET', 'ledger');
  }

  requests(): Promise<LoggedRequest[]> {
    return this.control('GET', 'requests/log');
  }

  contractViolations(): Promise<string[]> {
    return this.control('GET', 'violations');
  }

  /** Its journal, line by line. */
  async journal(): Promise<JournalEntry[]> {
    const text = await readFile(this.journalFile, 'utf8');
    return text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as JournalEntry);
  }

  async addForeignMachine(name: string): Promise<string> {
    return (await this.control<{ id: string }>('POST', 'machines', { name })).id;
  }

  async faultSometimes(operation: string, fault: Fault, share: number): Promise<void> {
    await this.control('POST', 'faults', { operation, fault, share });
  }

  async clearFaults(): Promise<void> {
    await this.control('DELETE', 'faults');
  }

  kill(): Promise<void> {
    return killProcess(this.running);
  }

  private async control<T>(method: string, path: string, body?: unknown): Promise<T> {
    const response = await fetch(`${this.url}/_sim/${path}`, {
      method,
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`the simulator says ${response.status} to ${path}: ${await response.text()}`);
    return (await response.json()) as T;
  }
}
