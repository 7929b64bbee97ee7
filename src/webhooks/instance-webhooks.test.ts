import { describe, expect, it } from 'vitest';
import { Secret } from '../config/config.js';
import { DomainError } from '../errors/domain-error.js';
import { Sealing } from '../secrets/sealing.js';
import { Ids } from '../time/ids.js';
import { openSecrets } from './domain/signing-secrets.js';
import { InstanceWebhooks } from './instance-webhooks.js';

const NOW = new Date('2026-01-01T12:00:00Z');
const OF_SERVICE = `whsec_${'S'.repeat(32)}`;
const OF_CALLER = `whsec_${'C'.repeat(32)}`;
const HOOK = 'https://hooks.example.com/one';
const OWNER = { id: 'ins_01JGFJJZ00N5MQ2YS3B3X8T1RV', projectId: 'prj_01JGFJJZ00N5MQ2YS3B3X8T1RV', createdAt: NOW };

const sealer = new Sealing('a deployment secret of some length');
const ids = new Ids({ now: () => NOW, monotonicMs: () => 0 }, () => 0.5);
const webhooks = (secret: string | null = null) =>
  new InstanceWebhooks(sealer, ids, {
    allowHttp: false,
    allowAddresses: [],
    secret: secret === null ? null : new Secret(secret),
  });

const refusalOf = (act: () => void): unknown => {
  try {
    act();
    return null;
  } catch (error) {
    if (error instanceof DomainError) return [error.code, error.details.faults?.map(({ pointer }) => pointer)];
    throw error;
  }
};

describe('the webhook of an instance', () => {
  it.each<[string, string | undefined, string | undefined, string | null, string | null]>([
    ['nothing', undefined, undefined, null, null],
    ['nothing, with a secret of the service', undefined, undefined, OF_SERVICE, null],
    ['a URL and a secret', HOOK, OF_CALLER, null, null],
    ['a URL, with a secret of the service', HOOK, undefined, OF_SERVICE, null],
    ['a URL without any secret', HOOK, undefined, null, '/webhookSecret'],
    ['a secret without a URL', undefined, OF_CALLER, OF_SERVICE, '/webhookSecret'],
    ['a private address', 'https://10.0.0.1/', OF_CALLER, null, '/webhookUrl'],
    ['a URL that is not encrypted', 'http://hooks.example.com/', OF_CALLER, null, '/webhookUrl'],
  ])('is judged: %s', (_, url, secret, ofService, pointer) => {
    expect(refusalOf(() => webhooks(ofService).assertWanted({ url, secret }))).toEqual(
      pointer === null ? null : ['VALIDATION_ERROR', [pointer]],
    );
  });

  it.each([
    ['the one of the caller, if there is one', OF_CALLER, OF_CALLER],
    ['else the one of the service', undefined, OF_SERVICE],
  ])('signs with %s', (_, secret, signs) => {
    const endpoint = webhooks(OF_SERVICE).endpointOf({ url: HOOK, secret }, OWNER);
    expect(endpoint).toMatchObject({
      instanceId: OWNER.id,
      projectId: OWNER.projectId,
      url: HOOK,
      setting: 'enabled',
      eventTypes: [],
      labels: {},
      createdAt: NOW,
    });
    expect(JSON.stringify(endpoint)).not.toContain(signs);
    expect(openSecrets(endpoint?.id ?? '', endpoint?.sealedSecrets ?? '', sealer)).toEqual({
      current: signs,
      previous: [],
    });
  });

  it('is not made without a URL', () => {
    expect(webhooks(OF_SERVICE).endpointOf({ url: undefined, secret: undefined }, OWNER)).toBeNull();
  });
});
