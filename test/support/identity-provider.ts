import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWK, type JWTPayload } from 'jose';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

type Answering = (request: IncomingMessage, response: ServerResponse) => boolean;

/** An identity provider over real HTTP: discovery, keys, and tokens that it signs. */
export class IdentityProvider {
  /** The paths that were asked for. */
  readonly asked: string[] = [];
  /** Answers instead of the provider when it returns true. */
  instead: Answering = () => false;
  private readonly keys: { privateKey: CryptoKey; jwk: JWK }[] = [];

  private constructor(
    private readonly server: Server,
    readonly port: number,
  ) {}

  static async start(port = 0): Promise<IdentityProvider> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    const provider = new IdentityProvider(server, (server.address() as AddressInfo).port);
    server.on('request', (request, response) => {
      provider.answer(request, response);
    });
    await provider.addKey('first');
    return provider;
  }

  get issuer(): string {
    return `http://127.0.0.1:${this.port}/realms/gpu`;
  }

  get jwks(): { keys: JWK[] } {
    return { keys: this.keys.map(({ jwk }) => jwk) };
  }

  /** The latest key signs. */
  async addKey(kid: string, algorithm = 'RS256'): Promise<void> {
    const { privateKey, publicKey } = await generateKeyPair(algorithm, { extractable: true });
    this.keys.push({ privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg: algorithm, use: 'sig' } });
  }

  /** @param claims over those of a right token */
  async token(claims: JWTPayload = {}, header: { kid?: string; alg?: string } = {}): Promise<string> {
    const key = this.keys.at(-1);
    if (!key) throw new Error('there is no key');
    const token = new SignJWT({ iss: this.issuer, aud: 'novitai', sub: 'alice', ...claims });
    if (claims.exp === undefined) token.setExpirationTime('1h');
    return token.setProtectedHeader({ alg: 'RS256', kid: key.jwk.kid ?? '', ...header }).sign(key.privateKey);
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.server.closeAllConnections();
    await closed;
  }

  private answer(request: IncomingMessage, response: ServerResponse): void {
    this.asked.push(request.url ?? '');
    if (this.instead(request, response)) return;
    const body = {
      '/realms/gpu/.well-known/openid-configuration': {
        issuer: this.issuer,
        jwks_uri: `http://127.0.0.1:${this.port}/keys`,
      },
      '/keys': this.jwks,
    }[request.url ?? ''];
    response.writeHead(body ? 200 : 404, { 'content-type': 'application/json' }).end(JSON.stringify(body ?? {}));
  }
}
