import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type RunningApp } from '../support/running-app.js';

const UNKNOWN = '00000000-0000-4000-8000-000000000000';

describe('the operators’ API of the jobs', () => {
  let app: RunningApp;

  beforeAll(async () => {
    app = await startApp({ config: { server: { role: 'api' } } });
  });

  afterAll(async () => {
    await app.stop();
  });

  const get = async (path: string): Promise<{ status: number; body: unknown }> => {
    const response = await fetch(`${app.url}${path}`);
    return { status: response.status, body: await response.json() };
  };

  it('an empty list is a page without a next one', async () => {
    expect(await get('/api/jobs?state=dead&name=reconcile-instance&limit=100')).toEqual({
      status: 200,
      body: { data: [], nextCursor: null },
    });
  });

  it.each(['limit=0', 'limit=101', 'state=asleep', 'name=%00', 'cursor=rubbish', 'unknown=1', 'cursor=e30'])(
    'a list with ?%s is refused as malformed',
    async (query) => {
      expect(await get(`/api/jobs?${query}`)).toMatchObject({ status: 400, body: { code: 'VALIDATION_ERROR' } });
    },
  );

  it('a cursor whose id is no id is refused and does not reach the database', async () => {
    const cursor = Buffer.from('{"createdAt":"2026-01-01T00:00:00Z","id":"x"}').toString('base64url');
    expect(await get(`/api/jobs?cursor=${cursor}`)).toMatchObject({ status: 400, body: { code: 'VALIDATION_ERROR' } });
  });

  it.each([UNKNOWN, 'no-uuid', '%27'])('an unknown job %s is not found, for reading and for retrying', async (id) => {
    expect(await get(`/api/jobs/${id}`)).toMatchObject({ status: 404, body: { code: 'JOB_NOT_FOUND' } });
    const retry = await fetch(`${app.url}/api/jobs/${id}/retry`, { method: 'POST' });
    expect(retry.status).toBe(404);
  });
});
