import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { describe, expect, it } from 'vitest';
import { SETTINGS } from '../../src/config/settings.js';

interface Service {
  deploy?: { replicas?: number; resources?: unknown; update_config?: unknown };
  environment?: Record<string, string>;
  logging?: unknown;
  ports?: string[];
  tmpfs?: string[];
  volumes?: string[];
  [field: string]: unknown;
}

interface Compose {
  services: Record<'novita-gpu-api' | 'nginx' | 'database', Service>;
  volumes?: Record<string, unknown>;
}

const textOf = (name: string): string => readFileSync(new URL(`../../deploy/${name}`, import.meta.url), 'utf8');
/** `!override` is compose's own: what is below it replaces what the file underneath says. */
const override = { tag: '!override', collection: 'seq' as const };
const read = (name: string): Compose => parse(textOf(name), { customTags: [override] }) as Compose;

const base = read('docker-compose.yml').services;
const production = read('docker-compose.prod.yml').services;

describe('deploy/docker-compose.yml', () => {
  const service = base['novita-gpu-api'];

  it('limits what the service may take and reserves what it needs', () => {
    expect(service.deploy?.resources).toEqual({
      limits: { memory: '1G', cpus: '1.0' },
      reservations: { memory: '512M', cpus: '0.5' },
    });
  });

  it.each(['novita-gpu-api', 'nginx'] as const)('%s has a root that is read-only and no privileges', (name) => {
    expect(base[name]).toMatchObject({
      read_only: true,
      cap_drop: ['ALL'],
      security_opt: ['no-new-privileges:true'],
    });
  });

  it('lets the service write into two small directories, and run nothing from there', () => {
    expect(service.tmpfs).toEqual(['/tmp:noexec,nosuid,size=100m', '/var/tmp:noexec,nosuid,size=50m']);
  });

  it('gives the service 30 s to leave: longer than it takes by itself', () => {
    expect(service['stop_grace_period']).toBe('30s');
    const grace = SETTINGS.find(({ name }) => name === 'SHUTDOWN_GRACE_SECONDS')?.default;
    expect(Number(grace)).toBeLessThan(30);
  });

  it.each(Object.keys(base) as (keyof typeof base)[])('%s keeps three logs of 10 MB', (name) => {
    expect(base[name].logging).toEqual({ driver: 'json-file', options: { 'max-size': '10m', 'max-file': '3' } });
  });

  it('can run the service several times: it has no name, no port and no volume of its own', () => {
    for (const field of ['container_name', 'hostname', 'ports', 'volumes']) expect(service).not.toHaveProperty(field);
    expect(textOf('nginx/replicas.conf')).toContain('server novita-gpu-api:3000 resolve');
  });

  it('is open to this computer only', () => {
    const ports = Object.values(base).flatMap((each) => each.ports ?? []);
    expect(ports).toEqual(['127.0.0.1:${NOVITAI_PORT:-3000}:8080']);
  });

  it('keeps the database in a volume, and starts the service when it answers', () => {
    expect(base.database.volumes).toEqual(['database:/var/lib/postgresql']);
    expect(read('docker-compose.yml').volumes).toHaveProperty('database');
    expect(service['depends_on']).toEqual({ database: { condition: 'service_healthy' } });
  });

  it('believes the network that nginx is in, and sets nothing that the service does not know', () => {
    const network = '${NOVITAI_SUBNET:-172.30.83.0/24}';
    expect(service.environment?.['TRUST_PROXY']).toBe(network);
    expect(parse(textOf('docker-compose.yml'))).toHaveProperty('networks.default.ipam.config', [{ subnet: network }]);
    expect(textOf('nginx/nginx.conf')).toContain('proxy_set_header X-Forwarded-For $remote_addr;');
    const known = SETTINGS.map(({ name }) => name);
    const set = [service, production['novita-gpu-api']].flatMap(({ environment = {} }) => Object.keys(environment));
    expect(set.filter((name) => !known.includes(name))).toEqual([]);
  });

  it('answers its own network, where Prometheus asks each replica by its address, and the names that it is told', () => {
    expect(service.environment?.['ALLOWED_HOSTS']).toBe('${NOVITAI_SUBNET:-172.30.83.0/24},${NOVITAI_HOSTS:-}');
    // with the port, by which pages of other origins are told from ours
    expect(textOf('nginx/nginx.conf')).toContain('proxy_set_header Host $http_host;');
    expect(textOf('scripts/common.sh')).toMatch(/^ *for name in .*\bNOVITAI_HOSTS\b.*; do$/m);
  });

  it('holds no secret', () => {
    for (const { environment = {} } of Object.values(base)) {
      for (const [name, value] of Object.entries(environment)) {
        if (/KEY|PASSWORD|SECRET|URL/.test(name)) expect(value).toContain('${');
      }
    }
  });
});

describe('deploy/docker-compose.prod.yml', () => {
  const service = production['novita-gpu-api'];

  it('gives each replica half a core and 512 MB, and runs two at least', () => {
    expect(service.deploy?.resources).toEqual({
      limits: { memory: '512M', cpus: '0.5' },
      reservations: { memory: '256M', cpus: '0.25' },
    });
    expect(service.deploy?.replicas).toBeGreaterThanOrEqual(2);
  });

  it('replaces one replica at a time', () => {
    expect(service.deploy?.update_config).toMatchObject({ parallelism: 1, delay: '10s', order: 'stop-first' });
  });

  it.each(Object.keys(production) as (keyof typeof production)[])('%s keeps five labelled logs of 50 MB', (name) => {
    expect(production[name]).toMatchObject({
      labels: { service: name, environment: 'production' },
      logging: {
        driver: 'json-file',
        options: { 'max-size': '50m', 'max-file': '5', labels: 'service,environment' },
      },
    });
  });

  it('is reached by TLS alone', () => {
    expect(textOf('docker-compose.prod.yml')).toContain(
      "ports: !override ['${NOVITAI_HTTPS_ADDRESS:-127.0.0.1:443}:8443']",
    );
    expect(production.nginx.volumes).toContain('./nginx/listen-tls.conf:/etc/nginx/listen.conf:ro');
    expect(textOf('nginx/listen-tls.conf')).toMatch(/^listen 8443 ssl;$/m);
    expect(textOf('nginx/listen-tls.conf')).toMatch(/^ssl_protocols TLSv1\.2 TLSv1\.3;$/m);
  });
});
