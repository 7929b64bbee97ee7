import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { eventually } from './eventually.js';
import { freePort } from './free-port.js';

/** Replaces the nginx on the PATH. */
const PROGRAM = process.env['NGINX_PROGRAM'] ?? 'nginx';
/** The first version that knows all directives of `deploy/nginx`. */
const KNOWS_ALL = [1, 27, 3];

const CONFIGURATION = fileURLToPath(new URL('../../deploy/nginx/', import.meta.url));

export interface ByName {
  /** The address of the name server, instead of Docker's. */
  nameServerPort: number;
  /** The port of all replicas, each at its own address. */
  port: number;
  /** Longer than production waits for a connection, and longer than until the name server is asked again. */
  connectSeconds?: number;
}

/** The real nginx with our configuration. Only addresses and paths of files differ from `deploy/nginx`. */
export class Nginx {
  private constructor(
    readonly url: string,
    private readonly child: ChildProcess,
    private readonly directory: string,
    private readonly output: string[],
  ) {}

  /**
   * @param replicas ports on this machine, instead of the containers that Docker's name server knows; or a name server that knows them,
   *   which needs nginx 1.27.3 or later
   * @param tls files for listening with TLS as in production
   */
  static async start(
    replicas: readonly number[] | ByName,
    tls: { certificate: string; key: string } | null = null,
  ): Promise<Nginx> {
    const directory = await mkdtemp(path.join(tmpdir(), 'novitai-nginx-'));
    // its workers run as another user than root
    await chmod(directory, 0o711);
    const port = await freePort();
    const listenTls = (text: string): string =>
      (knowsAll()
        ? replaced(text, /^listen 8443 ssl;/m, `listen 127.0.0.1:${port} ssl;`)
        : // older versions have HTTP/2 as a parameter of `listen`
          replaced(text, /^listen 8443 ssl;\nhttp2 on;/m, `listen 127.0.0.1:${port} ssl http2;`)
      )
        .replace('/etc/nginx/tls/fullchain.pem', tls?.certificate ?? '')
        .replace('/etc/nginx/tls/privkey.pem', tls?.key ?? '');
    const listenPlain = (text: string): string => replaced(text, /^listen 8080;/m, `listen 127.0.0.1:${port};`);
    const replicasHere = (text: string): string => {
      if ('nameServerPort' in replicas) {
        const asked = replaced(text, /^ *resolver 127\.0\.0\.11 /m, `  resolver 127.0.0.1:${replicas.nameServerPort} `);
        return replaced(asked, / novita-gpu-api:3000 resolve /m, ` novita-gpu-api:${replicas.port} resolve `);
      }
      return replaced(replaced(text, /^ *resolver .*\n/m, ''), /^ *server \S+ resolve(.*);$/m, (_, rest: string) =>
        replicas.map((replica) => `  server 127.0.0.1:${replica}${rest};`).join('\n'),
      );
    };
    const patient = (text: string): string =>
      'connectSeconds' in replicas
        ? replaced(text, /proxy_connect_timeout \S+;/, `proxy_connect_timeout ${String(replicas.connectSeconds)}s;`)
        : text;
    const files: [name: string, from: string, adapt: (text: string) => string][] = [
      ['nginx.conf', 'nginx.conf', (text) => patient(text.replaceAll('/tmp/', `${directory}/`))],
      ['listen.conf', ...(tls ? (['listen-tls.conf', listenTls] as const) : (['listen.conf', listenPlain] as const))],
      ['replicas.conf', 'replicas.conf', replicasHere],
    ];
    for (const [name, from, adapt] of files) {
      await writeFile(path.join(directory, name), adapt(await readFile(CONFIGURATION + from, 'utf8')));
    }
    const child = spawn(PROGRAM, ['-p', directory, '-c', path.join(directory, 'nginx.conf'), '-g', 'daemon off;'], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const output: string[] = [];
    child.stderr.on('data', (chunk: Buffer) => output.push(chunk.toString()));
    child.once('error', (error) => output.push(String(error)));
    const nginx = new Nginx(`${tls ? 'https' : 'http'}://127.0.0.1:${port}`, child, directory, output);
    await eventually('nginx answers', () => {
      if (child.exitCode !== null || child.pid === undefined) throw new Error(`nginx does not start: ${nginx.log}`);
      return listens(port);
    });
    return nginx;
  }

  get log(): string {
    return this.output.join('');
  }

  async stop(): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null) {
      const ended = new Promise((resolve) => this.child.once('exit', resolve));
      this.child.kill('SIGTERM');
      await ended;
    }
    await rm(this.directory, { recursive: true, force: true });
  }
}

const listens = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => {
      resolve(false);
    });
  });

const knowsAll = (): boolean => {
  const { stderr } = spawnSync(PROGRAM, ['-v'], { encoding: 'utf8' });
  const version = /nginx\/(\d+)\.(\d+)\.(\d+)/.exec(stderr)?.slice(1).map(Number);
  if (!version) throw new Error(`${PROGRAM} does not tell its version: ${stderr}`);
  const differs = version.findIndex((part, at) => part !== KNOWS_ALL[at]);
  return differs === -1 || (version[differs] ?? 0) > (KNOWS_ALL[differs] ?? 0);
};

/** Replaces text that must exist: fails when the configuration has changed, so that the test would test something else. */
const replaced = (
  text: string,
  what: RegExp,
  by: string | ((whole: string, ...groups: string[]) => string),
): string => {
  if (!what.test(text)) throw new Error(`deploy/nginx has no line ${String(what)} any more`);
  return text.replace(what, by as string);
};
