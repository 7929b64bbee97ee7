/** The cursors of every list of the document, forged in every field: refused as the caller's fault, and never a failure of ours. */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApiDocument, type Operation } from '../support/api-document.js';
import { type ApiClient } from '../support/api-client.js';
import { eventually } from '../support/eventually.js';
import { forgeriesOf, mutatedCursors, positionIn } from '../support/forged-cursors.js';
import { closeBy } from '../support/owner-key.js';
import { startApp, type RunningApp } from '../support/running-app.js';

interface Page {
  code?: string;
  errors?: { pointer: string }[];
  nextCursor?: string | null;
}

describe('the cursor', () => {
  const lists = ApiDocument.load()
    .operations.filter(({ operationId }) => operationId.startsWith('list'))
    .flatMap((operation) => {
      const parameter = operation.parameters?.find(({ name }) => name === 'cursor' || name === 'after')?.name;
      return parameter === undefined ? [] : [{ ...operation, parameter }];
    })
    .map((list) => [list.operationId, list] as const);
  let app: RunningApp;
  let owner: ApiClient;
  let webhookId = '';

  beforeAll(async () => {
    app = await startApp({ config: { rateLimit: { windowMs: 60_000, maxRequests: 1_000_000 } } });
    for (const name of ['one', 'two']) await app.api.create({ name });
    for (const name of ['one', 'two']) await app.api.until(name, 'ready');
    ({ owner } = await closeBy(app.url));
    await owner.request('POST', '/api/projects', { name: 'another' });
    await owner.request('POST', '/api/keys', { name: 'another', scopes: ['instances:read'] });
    for (const name of ['one', 'two']) {
      const url = `http://127.0.0.1:9/${name}`;
      webhookId = (await owner.request<{ id: string }>('POST', '/api/webhooks', { url })).body.id;
      await owner.request('PATCH', `/api/webhooks/${webhookId}`, { state: 'paused' });
    }
    for (let at = 0; at < 2; at++) await owner.request('POST', `/api/webhooks/${webhookId}/test`);
  });
  afterAll(() => app.stop());

  const ask = ({ path }: Pick<Operation, 'path'>, query: string) =>
    owner.request<Page>('GET', `${path.replace('{webhook}', webhookId).replace(/\{\w+\}/, 'one')}?limit=1${query}`);
  const realCursorOf = (list: Pick<Operation, 'path' | 'operationId'>): Promise<string> =>
    eventually(`${list.operationId} has a second page`, async () => (await ask(list, '')).body.nextCursor);

  it.each(lists)('of %s is taken as it was given', async (_id, list) => {
    expect((await ask(list, `&${list.parameter}=${await realCursorOf(list)}`)).status).toBe(200);
  });

  it.each(lists)('of %s is refused when any of its fields is forged', async (_id, list) => {
    for (const { what, cursor } of forgeriesOf(positionIn(await realCursorOf(list)))) {
      const answer = await ask(list, `&${list.parameter}=${cursor}`);
      expect(answer, what).toMatchObject({
        status: 400,
        body: { code: 'VALIDATION_ERROR', errors: [{ pointer: `?${list.parameter}` }] },
      });
    }
  });

  it.each(lists)('of %s is taken or refused however it was changed', async (_id, list) => {
    await fc.assert(
      fc.asyncProperty(mutatedCursors(await realCursorOf(list)), async (cursor) => {
        const answer = await ask(list, `&${list.parameter}=${encodeURIComponent(cursor)}`);
        if (answer.status === 200) return;
        expect(answer).toMatchObject({ status: 400, body: { code: 'VALIDATION_ERROR' } });
        expect(answer.body.errors).toMatchObject([{ pointer: `?${list.parameter}` }]);
      }),
      { numRuns: 100 },
    );
  });
});
