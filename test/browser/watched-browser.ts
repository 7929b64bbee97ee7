import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { chromium, type BrowserContext, type Page } from 'playwright-core';

const USUAL_PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

const flags = (names: readonly string[]): string[] => [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  // a name that a page asks for is no address: what slips past the watch goes nowhere
  `--host-resolver-rules=${names.map((name) => `MAP ${name} 127.0.0.1, `).join('')}MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost`,
];

/** Chromium fires this in the page for everything that the policy held back; the watch reads the console. */
const TELL_OF_VIOLATIONS = `addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) =>
  console.error('CSP forbids ' + violatedDirective + ': ' + blockedURI))`;

const findBrowser = (): string => {
  const named = process.env['BROWSER_PATH'];
  const found = named ? [named].find(existsSync) : USUAL_PLACES.find(existsSync);
  if (found) return found;
  throw new Error(
    named
      ? `There is no browser at BROWSER_PATH=${named}.`
      : `There is no Chromium at ${USUAL_PLACES.join(', ')}: install one (on Debian: apt-get install -y chromium), or name yours in BROWSER_PATH.`,
  );
};

/** A headless Chromium with a profile of its own that remembers everything a page complained of or asked another machine for. */
export class WatchedBrowser {
  /** Errors and warnings on the console, uncaught exceptions, and what the content security policy held back. */
  private complaints: string[] = [];
  /** Requests that failed or were meant for another machine than this. */
  readonly foreignRequests: string[] = [];
  readonly requests: string[] = [];

  private constructor(
    private readonly context: BrowserContext,
    private readonly profile: string,
  ) {}

  /** @param names that lead to this computer, as a stranger's name server may say of any */
  static async start(names: readonly string[] = []): Promise<WatchedBrowser> {
    const executablePath = findBrowser();
    const profile = await mkdtemp(path.join(tmpdir(), 'novitai-browser-'));
    const context = await chromium.launchPersistentContext(profile, {
      executablePath,
      args: flags(names),
      headless: true,
      viewport: { width: 1280, height: 1400 },
    });
    const browser = new WatchedBrowser(context, profile);
    await context.addInitScript({ content: TELL_OF_VIOLATIONS });
    browser.watch();
    return browser;
  }

  /** What was complained of since this was asked last. */
  takeComplaints(): string[] {
    const taken = this.complaints;
    this.complaints = [];
    return taken;
  }

  newPage(): Promise<Page> {
    return this.context.newPage();
  }

  async stop(): Promise<void> {
    await this.context.close();
    await rm(this.profile, { recursive: true, force: true, maxRetries: 5 });
  }

  private watch(): void {
    this.context.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) {
        this.complaints.push(`${message.type()}: ${message.text()} (${message.location().url})`);
      }
    });
    this.context.on('weberror', (error) => {
      this.complaints.push(`uncaught: ${error.error().message}`);
    });
    this.context.on('request', (request) => {
      this.requests.push(request.url());
      const { protocol, hostname } = new URL(request.url());
      if (protocol.startsWith('http') && hostname !== '127.0.0.1') this.foreignRequests.push(request.url());
    });
    this.context.on('requestfailed', (request) => {
      this.foreignRequests.push(`${request.url()} failed: ${request.failure()?.errorText ?? ''}`);
    });
  }
}
