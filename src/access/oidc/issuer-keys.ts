/**
 * The public keys of the identity provider. They are found by OpenID discovery, kept, and read again in the background. While the provider
 * is away they stay usable for an hour. A key that it no longer shows is refused within about ten minutes.
 */
import { createRemoteJWKSet, customFetch, type FlattenedJWSInput, type JWTHeaderParameters } from 'jose';

/** After a failure the provider is not asked for this long, so that not every request waits and knocks. */
const REST_MS = 5_000;
/** The keys are read again when they are older, without a request that waits for it. */
const FRESH_MS = 10 * 60_000;
const USABLE_MS = 60 * 60_000;
const MOST_BYTES = 256 * 1024;

const PACE = {
  timeoutMs: 3_000,
  /** How often an unknown key id may make us ask. */
  cooldownMs: 30_000,
};

type RemoteKeys = ReturnType<typeof createRemoteJWKSet>;

export class IssuerKeys {
  private keys: Promise<RemoteKeys> | null = null;
  private readAtMs = 0;
  private failure: { error: unknown; untilMs: number } | null = null;

  /**
   * @param issuer exactly as in the claim `iss`
   * @param nowMs monotonic
   */
  constructor(
    private readonly issuer: string,
    private readonly nowMs: () => number = () => performance.now(),
    private readonly pace: Readonly<typeof PACE> = PACE,
  ) {}

  /** For `jwtVerify`. Rejects with an error of jose when no key fits, and with any other error when the provider does not answer. */
  readonly keyFor = async (header: JWTHeaderParameters, token: FlattenedJWSInput) => {
    const keys = await this.remoteKeys();
    if (keys.fresh && this.nowMs() - this.readAtMs > FRESH_MS && !keys.reloading) {
      // what is known is used meanwhile
      keys.reload().catch(() => undefined);
    }
    return keys(header, token);
  };

  private remoteKeys(): Promise<RemoteKeys> {
    this.keys ??= this.discover().catch((error: unknown) => {
      this.keys = null;
      throw error;
    });
    return this.keys;
  }

  private async discover(): Promise<RemoteKeys> {
    const answer = await this.get(`${this.issuer.replace(/\/$/, '')}/.well-known/openid-configuration`);
    const found = (await answer.json()) as { issuer?: unknown; jwks_uri?: unknown };
    if (found.issuer !== this.issuer) throw new Error('the discovery document is of another issuer');
    const url = new URL(String(found.jwks_uri));
    if (url.protocol !== new URL(this.issuer).protocol)
      throw new Error('jwks_uri has another protocol than the issuer');
    return createRemoteJWKSet(url, {
      timeoutDuration: this.pace.timeoutMs,
      cooldownDuration: this.pace.cooldownMs,
      cacheMaxAge: USABLE_MS,
      [customFetch]: async (address) => {
        const keys = await this.get(address);
        this.readAtMs = this.nowMs();
        return keys;
      },
    });
  }

  /** No redirects, no proxy of the environment, and a bounded body: then only the configured provider is asked. */
  private async get(url: string): Promise<Response> {
    if (this.failure && this.nowMs() < this.failure.untilMs) throw this.failure.error;
    try {
      const answer = await fetch(url, {
        redirect: 'error',
        headers: { accept: 'application/json' },
        signal: AbortSignal.timeout(this.pace.timeoutMs),
      });
      const text = await readAtMost(answer, MOST_BYTES);
      if (answer.status !== 200) throw new Error(`${url} answers ${answer.status}`);
      JSON.parse(text);
      this.failure = null;
      return new Response(text);
    } catch (error) {
      this.failure = { error, untilMs: this.nowMs() + REST_MS };
      throw error;
    }
  }
}

async function readAtMost(answer: Response, mostBytes: number): Promise<string> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of (answer.body ?? []) as AsyncIterable<Uint8Array>) {
    bytes += part.length;
    if (bytes > mostBytes) throw new Error(`${answer.url} answers more than ${mostBytes} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts).toString();
}
