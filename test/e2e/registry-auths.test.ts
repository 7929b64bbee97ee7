/** Registry credentials of the Novita account. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startApp, type RunningApp } from '../support/running-app.js';

interface Listed<Row> {
  data: Row[];
}
interface Auth {
  id: string;
  name: string;
  username: string;
}
interface Refusal {
  code: string;
  detail: string;
}

const AUTH = { name: 'ghcr.io', username: 'me', password: 'a password that stays secret' };

describe('registry credentials', () => {
  let app: RunningApp;
  beforeEach(async () => {
    app = await startApp();
  });
  afterEach(() => app.stop());

  const create = (body: object = AUTH) => app.api.request<Auth & Refusal>('POST', '/api/registry-auths', body);
  const list = async () => (await app.api.request<Listed<Auth>>('GET', '/api/registry-auths')).body.data;

  it('are stored at Novita, found by their ids, used by an instance, and deleted when it is gone', async () => {
    const [known] = await list();
    const made = await create();
    expect(made.status).toBe(201);
    expect(made.body).toEqual({ id: expect.any(String) as string, name: 'ghcr.io', username: 'me' });
    expect(app.novita.catalogue.registryAuths.at(-1)).toEqual({ ...AUTH, id: made.body.id });
    expect(await list()).toEqual([known, made.body]);

    await app.api.create({ name: 'private', registryAuthId: made.body.id });
    await app.api.until('private', 'ready');
    const path = `/api/registry-auths/${made.body.id}`;
    expect(await app.api.request<Refusal>('DELETE', path)).toMatchObject({
      status: 409,
      body: { code: 'REGISTRY_AUTH_IN_USE' },
    });
    const { id } = await app.api.get('private');
    await app.api.delete(id);
    await app.api.until(id, 'deleted');
    expect(await app.api.request('DELETE', path)).toMatchObject({ status: 200, body: made.body });
    expect(await list()).toEqual([known]);
    expect(await app.api.request<Refusal>('DELETE', path)).toMatchObject({
      status: 404,
      body: { code: 'REGISTRY_AUTH_NOT_FOUND' },
    });
  });

  it('of the same name and user are two, and each answer has the id of its own', async () => {
    const [first, second] = [await create(), await create({ ...AUTH, password: 'another' })];
    expect(first.body.id).not.toBe(second.body.id);
    const stored = app.novita.catalogue.registryAuths.map(({ id, password }) => [id, password]);
    expect(stored).toEqual(
      expect.arrayContaining([
        [first.body.id, AUTH.password],
        [second.body.id, 'another'],
      ]),
    );
  });

  it('that Novita stores without a word, or whose answer is lost, are found', async () => {
    app.novita.switches.registryAuthSave = 'noContent';
    expect((await create()).status).toBe(201);
    app.novita.faults.next('saveRepositoryAuth', { after: true, drop: true });
    expect((await create()).status).toBe(201);
    expect(app.novita.count('saveRepositoryAuth')).toBe(2);
  });

  it('are said to be uncertain when Novita neither answers nor lists them', async () => {
    app.novita.faults.next('saveRepositoryAuth', 'drop');
    expect(await create()).toMatchObject({ status: 503, body: { code: 'REGISTRY_AUTH_UNCERTAIN' } });
    expect(app.novita.count('saveRepositoryAuth')).toBe(1);
  });

  it('that Novita refuses are refused with its reason, and not with its sentence', async () => {
    const message = `bad password ${AUTH.password}`;
    app.novita.faults.next('saveRepositoryAuth', { status: 400, reason: 'VALIDATOR_PARAM', message });
    const { status, body } = await create();
    expect([status, body.code]).toEqual([422, 'REGISTRY_AUTH_REFUSED']);
    expect(body.detail).toContain('VALIDATOR_PARAM');
    expect(JSON.stringify(body)).not.toContain(AUTH.password);
  });

  it('are not touched while Novita cannot be asked', async () => {
    app.novita.faults.always('listRepositoryAuths', { status: 500 });
    expect(await create()).toMatchObject({ status: 503, body: { code: 'NOVITA_UNAVAILABLE' } });
    expect(app.novita.count('saveRepositoryAuth')).toBe(0);
  });
});
